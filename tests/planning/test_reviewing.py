"""Marks that a lead confirms, or returns with a reason."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from migration_planner.lib.errors import DomainError
from migration_planner.planning import counting, outline, past, reviewing
from migration_planner.planning.models import Ban, Checklist, Event, Evidence, Mark
from migration_planner.reminders.glance import of_checklist as glanced

HOUR = timedelta(hours=1)


@pytest.fixture
def checklist(ban: Any, employee: Any) -> Any:
    """Eve's, with everything claimed."""
    row = ban.checklists.select_related("ban", "migration", "person").get(person=employee)
    for number, step in enumerate(row.steps().filter(required=True)):
        row.mark(step, Mark.State.DONE, by=employee, now=ban.published_at + number * HOUR, note="https://wiki.example")
    row.refresh_from_db()
    return row


@pytest.fixture
def step(checklist: Any) -> Any:
    return checklist.steps().filter(required=True).first()


def line(checklist: Checklist, step: Any) -> outline.Line:
    found = outline.of_checklist(Checklist.objects.get(pk=checklist.pk)).line(step.pk)
    assert found is not None
    return found


def nothing_differs(ban: Ban) -> bool:
    return not counting.differences(ban)


def test_a_returned_mark_opens_the_step_with_counters_and_history(
    ban: Any, checklist: Any, step: Any, lead: Any, employee: Any, now: datetime
) -> None:
    assert checklist.state == "done"
    done = reviewing.give_back([checklist], step, by=lead, now=now + 9 * HOUR, why=" The link is dead. ")
    assert list(done.done) == [checklist.pk]
    checklist.refresh_from_db()
    assert (checklist.state, checklist.finished_steps, checklist.done_at) == ("started", 2, None)
    assert checklist.migration.ban.migrations.get(pk=checklist.migration_id).done == 0
    assert nothing_differs(ban)
    event = Event.objects.get(verb="mark_returned")
    assert (event.actor, event.person, event.step, event.why) == (lead, employee, step, "The link is dead.")
    assert event.data["before"]["state"] == "done"
    shown = line(checklist, step)
    assert shown.returned is not None
    assert (shown.state, shown.returned.why, shown.returned.by) == ("open", "The link is dead.", "Lee")


def test_the_return_stands_until_the_step_is_marked_again_and_not_when_that_is_undone(
    checklist: Any, step: Any, lead: Any, employee: Any, now: datetime
) -> None:
    reviewing.give_back([checklist], step, by=lead, now=now + 9 * HOUR, why="No.")
    checklist.mark(step, Mark.State.DONE, by=employee, now=now + 10 * HOUR, note="https://wiki.example/new")
    assert line(checklist, step).returned is None
    checklist.mark(step, Mark.State.OPEN, by=employee, now=now + 11 * HOUR)
    assert line(checklist, step).returned is None
    assert glanced(checklist).returned


def test_returning_the_only_mark_leaves_a_checklist_that_is_not_started(
    ban: Any, lead: Any, employee: Any, now: datetime
) -> None:
    row = ban.checklists.select_related("ban", "migration").get(person=employee)
    step = row.steps().first()
    row.mark(step, Mark.State.DONE, by=employee, now=now, note="https://wiki.example")
    reviewing.give_back([row], step, by=lead, now=now + HOUR, why="No.")
    row.refresh_from_db()
    assert (row.state, row.started_at) == ("not_started", None)
    assert nothing_differs(ban)


def test_many_at_once_each_with_what_became_of_it(
    ban: Any, checklist: Any, step: Any, owner: Any, lead: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    theirs = ban.checklists.select_related("ban", "migration").get(person=lead)
    own = ban.checklists.select_related("ban", "migration").get(person=owner)
    owner.leaderships  # noqa: B018 - asked once for a request
    with django_assert_num_queries(11):
        done = reviewing.give_back([checklist, theirs, own], step, by=owner, now=now + 9 * HOUR, why="No.")
    assert list(done.done) == [checklist.pk]
    assert "have not said" in done.refused[theirs.pk]
    assert "their own" in done.refused[own.pk]


def test_a_return_is_taken_back_as_the_mark_was(
    ban: Any, checklist: Any, step: Any, lead: Any, owner: Any, now: datetime
) -> None:
    reviewing.confirm([checklist], step, by=owner, now=now + 8 * HOUR)
    before = Mark.objects.values("state", "note", "by", "at", "confirmed_by", "confirmed_at").get(
        checklist=checklist, step=step
    )
    done = reviewing.give_back([checklist], step, by=lead, now=now + 9 * HOUR, why="No.")
    assert reviewing.take_back_returns(ban, done.done.values(), by=owner, now=now + 9 * HOUR) == []  # another's
    assert reviewing.take_back_returns(ban, done.done.values(), by=lead, now=now + 9 * HOUR) == [checklist.pk]
    assert reviewing.take_back_returns(ban, done.done.values(), by=lead, now=now + 9 * HOUR) == []
    assert Mark.objects.values(*before).get(checklist=checklist, step=step) == before
    checklist.refresh_from_db()
    assert checklist.state == "done"
    assert line(checklist, step).returned is None
    assert nothing_differs(ban)


def test_what_was_marked_anew_meanwhile_is_not_written_over(
    ban: Any, checklist: Any, step: Any, lead: Any, employee: Any, now: datetime
) -> None:
    done = reviewing.give_back([checklist], step, by=lead, now=now + 9 * HOUR, why="No.")
    checklist.mark(step, Mark.State.BLOCKED, by=employee, now=now + 10 * HOUR, note="No licence.")
    assert reviewing.take_back_returns(ban, done.done.values(), by=lead, now=now + 10 * HOUR) == []
    assert checklist.marks.get(step=step).state == "blocked"


def test_a_confirmed_mark_stays_claimed_and_loses_its_confirmation_when_it_changes(
    ban: Any, checklist: Any, step: Any, lead: Any, employee: Any, now: datetime
) -> None:
    done = reviewing.confirm([checklist], step, by=lead, now=now + 9 * HOUR)
    shown = line(checklist, step)
    assert (shown.is_confirmed, shown.standing) == (True, "claimed")
    assert shown.mark is not None
    assert (shown.mark.confirmed_by, shown.mark.confirmed_at) == (lead, now + 9 * HOUR)
    assert "confirmed already" in reviewing.confirm([checklist], step, by=lead, now=now).refused[checklist.pk]
    checklist.refresh_from_db()
    assert (checklist.verified_steps, checklist.is_verified) == (0, False)
    checklist.mark(step, Mark.State.DONE, by=employee, now=now + 10 * HOUR, note="https://wiki.example/other")
    assert not line(checklist, step).is_confirmed
    assert done.done


def test_a_confirmation_is_taken_back_by_who_gave_it(
    ban: Any, checklist: Any, step: Any, lead: Any, owner: Any, now: datetime
) -> None:
    done = reviewing.confirm([checklist], step, by=lead, now=now + 9 * HOUR)
    assert reviewing.take_back_confirmations(ban, done.done.values(), by=owner, now=now + 9 * HOUR) == []
    assert reviewing.take_back_confirmations(ban, done.done.values(), by=lead, now=now + 9 * HOUR) == [checklist.pk]
    assert not line(checklist, step).is_confirmed
    assert Event.objects.filter(verb="confirmation_taken_back", checklist=checklist).count() == 1


def test_what_scans_verify_is_neither_returned_nor_confirmed(
    ban: Any, checklist: Any, step: Any, lead: Any, now: datetime
) -> None:
    Evidence.objects.create(migration=checklist.migration, step=step, verdict="clean", since=now)
    done = reviewing.give_back([checklist], step, by=lead, now=now + 9 * HOUR, why="No.")
    assert "set the evidence aside" in done.refused[checklist.pk]
    assert "verify it already" in reviewing.confirm([checklist], step, by=lead, now=now).refused[checklist.pk]
    Evidence.objects.update(verdict="regressed", found_at=now + 20 * HOUR)
    done = reviewing.give_back([checklist], step, by=lead, now=now + 21 * HOUR, why="No.")
    assert "open already" in done.refused[checklist.pk]
    assert checklist.marks.filter(step=step).exists()


def test_what_makes_no_sense_is_refused(
    ban: Any, checklist: Any, step: Any, lead: Any, owner: Any, now: datetime
) -> None:
    team_step = ban.steps.per_team().get()
    for wrong in ({"why": "  "}, {"why": "x" * 1001}):
        with pytest.raises(DomainError):
            reviewing.give_back([checklist], step, by=lead, now=now, **wrong)
    with pytest.raises(DomainError, match="not asked for"):
        reviewing.confirm([checklist], team_step, by=lead, now=now)
    ban.withdraw(by=owner, now=now + 9 * HOUR, why="Never mind.")
    with pytest.raises(DomainError, match="has ended"):
        reviewing.confirm([checklist], step, by=lead, now=now + 10 * HOUR)


def test_who_does_not_lead_them_does_neither(checklist: Any, step: Any, person: Any, sales: Any, now: datetime) -> None:
    peer = person("pat", home=sales, role="lead")
    refused = reviewing.give_back([checklist], step, by=peer, now=now, why="No.").refused
    assert "Only their leads" in refused[checklist.pk]


def test_past_states_know_what_was_returned(
    ban: Any, checklist: Any, step: Any, lead: Any, employee: Any, now: datetime
) -> None:
    reviewing.give_back([checklist], step, by=lead, now=now + 9 * HOUR, why="No.")
    checklist.mark(step, Mark.State.DONE, by=employee, now=now + 20 * HOUR, note="https://wiki.example/new")

    def state(hours: int) -> str:
        return next(was.state for was in past.people(ban, now + hours * HOUR) if was.email == employee.email)

    assert [state(8), state(10), state(21)] == ["done", "started", "done"]


@pytest.mark.django_db(transaction=True)
def test_a_mark_and_its_return_at_the_same_moment_leave_true_counters(
    ban: Any, checklist: Any, lead: Any, employee: Any, now: datetime
) -> None:
    first, second = checklist.steps().filter(required=True)[:2]

    def give_back() -> None:
        reviewing.give_back([checklist], first, by=lead, now=now + 9 * HOUR, why="No.")
        connection.close()

    def undo() -> None:
        Checklist.objects.get(pk=checklist.pk).mark(second, Mark.State.OPEN, by=employee, now=now + 9 * HOUR)
        connection.close()

    threads = [Thread(target=give_back), Thread(target=undo)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checklist.refresh_from_db()
    assert (checklist.state, checklist.finished_steps) == ("started", 1)
    assert nothing_differs(ban)
