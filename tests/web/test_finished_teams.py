"""The page of a team that is done: since when, and thanks to everybody, in no order of merit."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import finishing
from migration_planner.planning.models import Mark
from tests.finishing import finish_all


@pytest.fixture
def migration(ban: Any, search: Any) -> Any:
    return ban.migrations.select_related("ban", "team").get(team=search)


def page(client: Any, user: Any, migration: Any) -> str:
    client.force_login(user)
    return str(client.get(reverse("team", args=[migration.ban_id, migration.team_id])).content.decode())


def test_a_team_that_is_done_thanks_everybody_by_name_and_its_members_without(
    client: Any, migration: Any, lead: Any, employee: Any
) -> None:
    assert 'id="done"' not in page(client, lead, migration)
    finish_all(migration, by=lead, now=timezone.now())
    text = page(client, lead, migration)
    assert "Search is done since" in text
    assert "Thanks to: Eve, Lee</p>" in text
    assert "Everybody here has finished. Thank you!" not in text
    theirs = page(client, employee, migration)
    assert "Search is done since" in theirs
    assert "Thanks to:" not in theirs


def test_it_is_gone_when_a_step_is_open_again(client: Any, migration: Any, lead: Any) -> None:
    finish_all(migration, by=lead, now=timezone.now())
    migration.mark(migration.steps().get(), Mark.State.OPEN, by=lead, now=timezone.now())
    text = page(client, lead, migration)
    assert 'id="done"' not in text
    assert "Everybody here has finished. Thank you!" in text


def test_a_team_that_is_done_says_how_many_below_it_are_not(
    client: Any, ban: Any, migration: Any, acme: Any, owner: Any
) -> None:
    above = ban.migrations.select_related("ban", "team").get(team=acme)
    finish_all(above, by=owner, now=timezone.now())
    text = page(client, owner, above)
    assert "Acme is done since" in text
    assert "2 people in the teams below have still to finish." in text


def test_of_many_the_first_are_named_and_the_others_counted(
    client: Any, migration: Any, lead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finishing, "NAMED", 1)
    finish_all(migration, by=lead, now=timezone.now())
    assert "Thanks to: Eve and 1 more" in page(client, lead, migration)


def test_one_that_is_not_done_is_not_asked_about(client: Any, migration: Any, lead: Any) -> None:
    client.force_login(lead)
    with CaptureQueriesContext(connection) as asked:
        page(client, lead, migration)
    assert not [query for query in asked if "greatest(" in query["sql"]]
