"""When a team is done: what history says of it, once, and what its page and its lead hear."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from migration_planner.planning import finishing
from migration_planner.planning.models import Checklist, Event, Mark, Migration
from tests.finishing import finish, finish_all, finish_team

HOUR = timedelta(hours=1)


@pytest.fixture
def migration(ban: Any, search: Any) -> Migration:
    return ban.migrations.select_related("ban", "team").get(team=search)


def lines(verb: str) -> int:
    return Event.objects.filter(verb=verb).count()


def test_a_team_is_done_with_its_last_person_and_its_last_step_and_not_before(
    migration: Migration, lead: Any, now: datetime
) -> None:
    first, last = migration.checklists.select_related("ban", "migration", "person").order_by("person__name")
    finish(first, now=now)
    finish_team(migration, by=lead, now=now)
    assert finishing.note(now=now + HOUR) == 0
    finish(last, now=now + HOUR)
    assert finishing.note(now=now + HOUR) == 1
    assert finishing.note(now=now + HOUR) == 0
    event = Event.objects.get(verb="team_done")
    assert (event.migration, event.actor, event.data) == (migration, None, {"people": 2, "is_news": True})


def test_without_the_team_step_it_is_not_done(migration: Migration, now: datetime) -> None:
    for row in migration.checklists.select_related("ban", "migration", "person"):
        finish(row, now=now)
    assert finishing.note(now=now) == 0
    migration.refresh_from_db()
    assert finishing.of_team(migration) is None


def test_opened_and_done_again_it_stays_one_line(migration: Migration, lead: Any, employee: Any, now: datetime) -> None:
    finish_all(migration, by=lead, now=now)
    finishing.note(now=now)
    row = migration.checklists.select_related("ban", "migration", "person").get(person=employee)
    row.mark(row.steps().first(), Mark.State.OPEN, by=employee, now=now + HOUR)
    finishing.note(now=now + HOUR)
    finish(row, now=now + 2 * HOUR)
    assert finishing.note(now=now + 2 * HOUR) == 0
    assert lines("team_done") == 1


def test_what_was_done_long_ago_is_no_news_and_a_team_of_an_ended_ban_is_none(
    ban: Any, migration: Migration, lead: Any, owner: Any, now: datetime
) -> None:
    finish_all(migration, by=lead, now=now)
    with transaction.atomic():
        ban.withdraw(by=owner, now=now + HOUR, why="Over.")
        assert finishing.note(now=now + HOUR) == 0
        transaction.set_rollback(True)
    assert finishing.note(now=now + timedelta(days=4)) == 1
    assert Event.objects.get(verb="team_done").data["is_news"] is False


def test_its_page_names_everybody_by_name_with_the_day(migration: Migration, lead: Any, now: datetime) -> None:
    finish_all(migration, by=lead, now=now)
    migration.refresh_from_db()
    found = finishing.of_team(migration)
    assert found is not None
    assert (found.names, found.more, found.since) == (("Eve", "Lee"), 0, now)


def test_that_a_checklist_is_done_is_history_each_time_it_becomes_so(ban: Any, employee: Any, now: datetime) -> None:
    row = ban.checklists.select_related("ban", "migration", "person").get(person=employee)
    finish(row, now=now)
    row.mark(row.steps().get(required=False), Mark.State.DONE, by=employee, now=now + HOUR)
    event = Event.objects.get(verb="checklist_completed")
    assert (event.checklist, event.person, event.actor, event.at) == (row, employee, None, now)
    assert event.data == {"is_verified": False}
    row.mark(row.steps().first(), Mark.State.OPEN, by=employee, now=now + HOUR)
    finish(row, now=now + 2 * HOUR)
    assert lines("checklist_completed") == 2
    Checklist.objects.filter(pk=row.pk).update(state="stopped", stopped_why="outside")
    Checklist.objects.filter(pk=row.pk).update(state="done", stopped_why="")  # back in the audience as they left it
    assert lines("checklist_completed") == 2


def test_the_database_takes_no_second_line_of_a_team(migration: Migration, now: datetime) -> None:
    Event.record(Event.Verb.TEAM_DONE, by=None, now=now, **migration.in_history())
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.record(Event.Verb.TEAM_DONE, by=None, now=now, **migration.in_history())


@pytest.mark.django_db(transaction=True)
def test_two_people_who_finish_last_at_once_and_two_clocks_make_one_line(
    migration: Migration, lead: Any, now: datetime
) -> None:
    finish_team(migration, by=lead, now=now)
    together = Barrier(2)

    def go(pk: int) -> None:
        row = Checklist.objects.select_related("ban", "migration", "person").get(pk=pk)
        together.wait()
        finish(row, now=now)
        together.wait()
        finishing.note(now=now)
        connection.close()

    threads = [Thread(target=go, args=[pk]) for pk in migration.checklists.values_list("pk", flat=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (lines("checklist_completed"), lines("team_done")) == (2, 1)
