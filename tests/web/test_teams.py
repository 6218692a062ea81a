from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.planning import audience
from migration_planner.planning.models import Mark

HTMX = {"HX-Request": "true"}


@pytest.fixture
def migration(ban: Any, search: Any) -> Any:
    return ban.migrations.get(team=search)


@pytest.fixture
def url(migration: Any) -> str:
    return reverse("team", args=[migration.ban_id, migration.team_id])


def step_url(migration: Any, name: str = "team-step") -> str:
    return reverse(name, args=[migration.ban_id, migration.team_id, migration.steps().get().pk])


def test_a_lead_sees_figures_people_and_why_somebody_is_blocked(
    client: Any, url: str, checklist: Any, lead: Any, now: datetime
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=checklist.person, now=now, note="No licence yet")
    client.force_login(lead)
    page = client.get(url).content.decode()
    assert "Lead: Lee" in page
    assert "1 blocked" in page
    assert "No licence yet" in page
    assert page.index("Eve") < page.index(">Lee</a>")  # the one who needs help comes first


def test_a_member_sees_the_teams_figures_but_not_its_people(client: Any, url: str, employee: Any) -> None:
    client.force_login(employee)
    page = client.get(url).content.decode()
    assert "0 of 2 done" in page
    assert "People of this team" not in page


def test_a_lead_does_a_team_step_and_a_second_click_changes_nothing(client: Any, migration: Any, lead: Any) -> None:
    client.force_login(lead)
    for _ in range(2):
        answer = client.post(step_url(migration), {"state": "done"})
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (
            303,
            reverse("team", args=[migration.ban_id, migration.team_id]),
        )
    migration.refresh_from_db()
    assert migration.finished_team_steps == 1
    assert migration.events.count() == 1


def test_a_team_step_opens_where_it_stands_and_the_filter_stays(
    client: Any, url: str, migration: Any, lead: Any
) -> None:
    client.force_login(lead)
    step = migration.steps()[0]
    closed = client.get(url, {"state": "done"}).content.decode()
    assert "Mark done" not in closed
    assert f"?state=done&amp;step={step.pk}#step-{step.pk}" in closed
    assert "Mark done" in client.get(url, {"step": step.pk}).content.decode()


def test_a_member_may_do_the_step_that_a_lead_has_assigned_and_no_other(
    client: Any, migration: Any, lead: Any, employee: Any
) -> None:
    client.force_login(employee)
    assert client.post(step_url(migration), {"state": "done"}).status_code == 403
    client.force_login(lead)
    client.post(step_url(migration, "team-step-assignment"), {"person": employee.email})
    client.force_login(employee)
    assert client.post(step_url(migration), {"state": "done"}).status_code == 303


def test_only_members_of_the_team_can_be_named(client: Any, migration: Any, lead: Any, outsider: Any) -> None:
    client.force_login(lead)
    answer = client.post(step_url(migration, "team-step-assignment"), {"person": outsider.email}, headers=HTMX)
    assert answer.status_code == 422
    assert "No member of this team" in answer.content.decode()
    assert not migration.assignments.exists()


def test_a_missing_reason_is_asked_for_and_nothing_typed_is_lost(client: Any, migration: Any, lead: Any) -> None:
    client.force_login(lead)
    answer = client.post(step_url(migration), {"state": "blocked", "note": " "}, headers=HTMX)
    assert answer.status_code == 409
    assert "Give a reason" in answer.content.decode()
    long = "x" * 2001
    assert long in client.post(step_url(migration), {"state": "blocked", "note": long}).content.decode()


def test_people_are_filtered_by_state_and_the_file_holds_what_the_page_shows(
    client: Any, url: str, ban: Any, checklist: Any, lead: Any, now: datetime
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.DONE, by=checklist.person, now=now)
    client.force_login(lead)
    page = client.get(url, {"state": "started"}).content.decode()
    assert ">Eve</a>" in page
    assert ">Lee</a>" not in page
    file = b"".join(client.get(f"{url}people.csv", {"state": "started"}).streaming_content).decode()
    assert [line.split(",")[0] for line in file.splitlines()[1:]] == ["Eve"]


def test_a_name_that_is_a_formula_is_harmless_in_the_file(
    client: Any, url: str, person: Callable[..., Any], checklist: Any, lead: Any
) -> None:
    checklist.person.name = '=HYPERLINK("http://evil.example")'
    checklist.person.save(update_fields=["name"])
    client.force_login(lead)
    file = b"".join(client.get(f"{url}people.csv").streaming_content).decode()
    assert "\"'=HYPERLINK" in file


def test_a_team_of_another_company_is_not_found(client: Any, url: str, outsider: Any) -> None:
    client.force_login(outsider)
    assert client.get(url).status_code == 404


def test_the_page_takes_the_same_number_of_queries_for_two_people_and_for_forty(
    client: Any, url: str, ban: Any, search: Any, lead: Any, person: Callable[..., Any], now: datetime,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client.force_login(lead)
    with django_assert_max_num_queries(17) as few:
        client.get(url)
    for number in range(40):
        person(f"p{number}", home=search)
    audience.follow(ban, now=now)
    with django_assert_max_num_queries(17) as many:
        client.get(url)
    assert len(few) == len(many)


def test_a_nudge_reaches_the_unfinished_once_a_day_and_says_whom(
    client: Any, url: str, migration: Any, lead: Any
) -> None:
    client.force_login(lead)
    page = client.post(f"{url}nudge/", follow=True).content.decode()
    assert "2 people will hear from us." in page
    page = client.post(f"{url}nudge/", follow=True).content.decode()
    assert "2 people were nudged today already." in page
    assert migration.ban.events.filter(verb="nudged").count() == 1


def test_a_member_may_not_nudge(client: Any, url: str, employee: Any) -> None:
    client.force_login(employee)
    assert client.post(f"{url}nudge/").status_code == 403


def test_nobody_is_named_for_a_step_of_a_ban_that_has_ended(
    client: Any, migration: Any, lead: Any, employee: Any, owner: Any, now: datetime
) -> None:
    migration.ban.close(by=owner, now=now)
    client.force_login(lead)
    answer = client.post(step_url(migration, "team-step-assignment"), {"person": employee.email})
    assert answer.status_code == 409
    assert not migration.assignments.exists()
    assert not migration.events.exists()
