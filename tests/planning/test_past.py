"""How it stood: everybody's checklist at a past instant, and the state at the cutoff that nothing changes any more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from migration_planner.planning import changing, deciding, freezing, past
from migration_planner.planning.models import AtCutoff, Checklist, Mark, PersonAtCutoff, Step
from migration_planner.planning.scans import aside
from migration_planner.reminders.ticking import tick
from tests import scans, waivers

DAY = timedelta(days=1)
DONE, BLOCKED, OPEN = Mark.State.DONE, Mark.State.BLOCKED, Mark.State.OPEN


@pytest.fixture
def state(ban: Any, employee: Any) -> Callable[[datetime], tuple[str, int]]:
    def at(end: datetime) -> tuple[str, int]:
        return next((was.state, was.finished) for was in past.people(ban, end) if was.email == employee.email)

    return at


def finish(checklist: Any, now: datetime) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, DONE, by=checklist.person, now=now)


def test_every_change_of_a_step_is_seen_at_its_time_and_not_before(
    checklist: Any, employee: Any, state: Any, now: datetime
) -> None:
    first, *rest = checklist.steps().filter(required=True)
    checklist.mark(first, BLOCKED, by=employee, now=now + DAY, note="No licence")
    checklist.mark(first, DONE, by=employee, now=now + 2 * DAY)
    checklist.mark(first, OPEN, by=employee, now=now + 3 * DAY)
    checklist.mark(first, DONE, by=employee, now=now + 4 * DAY)
    for step in rest:
        checklist.mark(step, DONE, by=employee, now=now + 5 * DAY)
    checklist.mark(rest[0], OPEN, by=employee, now=now + 6 * DAY)
    moment = timedelta(seconds=1)
    seen = [state(now + n * DAY + moment) for n in range(7)]
    assert seen == [
        ("not_started", 0), ("blocked", 0), ("started", 1), ("not_started", 0), ("started", 1), ("done", 3), ("started", 2),
    ]  # fmt: skip
    assert state(now + 2 * DAY) == ("blocked", 0)  # what happened at the very instant comes after it


def test_steps_that_came_or_went_later_do_not_change_the_past(
    ban: Any, checklist: Any, owner: Any, state: Any, now: datetime
) -> None:
    finish(checklist, now + DAY)

    def add() -> dict[str, Any]:
        Step.objects.create(ban=ban, key="more", position=9, title="More", per="person")
        return {"change": "added", "step": "More"}

    changing.change_steps(ban, add, by=owner, now=now + 2 * DAY, why="More is known.")
    checklist.refresh_from_db()
    assert checklist.state == Checklist.State.STARTED
    assert state(now + 2 * DAY) == ("done", 3)
    assert state(now + 3 * DAY) == ("started", 3)
    ban.steps.filter(key="export").update(removed_at=now + 4 * DAY)
    assert state(now + 3 * DAY) == ("started", 3)
    assert state(now + 5 * DAY) == ("started", 2)


def test_a_waiver_counts_from_when_it_was_granted_to_when_it_ended(
    ban: Any, checklist: Any, owner: Any, state: Any, now: datetime
) -> None:
    asked = waivers.ask(checklist, now=now, until=(now + 30 * DAY).date())
    granted = deciding.approve(asked, by=owner, now=now + DAY)
    deciding.revoke(granted, by=owner, now=now + 3 * DAY, words="No need any more.")
    assert [state(now + n * DAY + timedelta(hours=1))[0] for n in range(4)] == [
        "not_started", "waived", "waived", "not_started",
    ]  # fmt: skip


def test_now_it_says_what_the_checklists_say(ban: Any, checklist: Any, lead: Any, now: datetime) -> None:
    finish(checklist, now + DAY)
    other = ban.checklists.get(person=lead)
    other.mark(other.steps()[0], BLOCKED, by=lead, now=now + DAY, note="No licence")
    derived = {was.email: (was.state, was.finished, was.is_verified) for was in past.people(ban, now + 2 * DAY)}
    rows = ban.checklists.select_related("person")
    assert derived == {row.person.email: (row.state, row.finished_steps, row.is_verified) for row in rows}


def test_who_joined_later_was_not_there_and_who_left_since_is_said_to_have(
    ban: Any, checklist: Any, lead: Any, now: datetime
) -> None:
    ban.checklists.filter(person=lead).update(created_at=now + 3 * DAY)
    ban.checklists.filter(pk=checklist.pk).update(state="stopped", stopped_why="left")
    found = {was.name: was.stopped for was in past.people(ban, now + DAY)}
    assert "Lee" not in found
    assert found["Eve"] == "left"
    assert [was.name for was in past.people(ban, now + 4 * DAY, "Acme/Engineering")] == ["Eve", "Lee"]


def test_the_cutoff_is_frozen_by_the_first_tick_after_it_and_later_marks_change_nothing(
    ban: Any, checklist: Any, lead: Any, now: datetime
) -> None:
    at = ban.cutoff_at
    finish(checklist, at - DAY)
    late = ban.checklists.get(person=lead)
    finish(late, at + timedelta(hours=2))  # the clock stood still, and this came first
    assert not freezing.freeze_all(now=at - timedelta(minutes=1))
    tick(now=at + timedelta(hours=3))
    kept = AtCutoff.objects.get()
    assert (kept.cutoff_at, kept.people, kept.done) == (at, ban.checklists.count(), 1)
    checklist.mark(checklist.steps()[0], OPEN, by=checklist.person, now=at + timedelta(hours=4))
    tick(now=at + timedelta(hours=5))
    kept.refresh_from_db()
    assert kept.done == 1
    assert kept.people_rows.get(checklist=checklist).state == "done"
    assert kept.people_rows.get(checklist=late).state == "not_started"
    assert list(kept.teams.order_by("path").values_list("path", "people", "done")) == [
        ("Acme", 3, 1), ("Acme/Engineering", 2, 1), ("Acme/Engineering/Search", 2, 1),
    ]  # fmt: skip


def test_nobody_changes_what_was_frozen(ban: Any, checklist: Any, now: datetime) -> None:
    freezing.freeze_all(now=ban.cutoff_at)
    kept = AtCutoff.objects.get()
    for rows, change in (
        (PersonAtCutoff.objects.all(), {"state": "done"}),
        (kept.teams.all(), {"done": 3}),
        (AtCutoff.objects.all(), {"done": 3}),
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            rows.update(**change)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            rows._raw_delete(rows.db)


def test_a_cutoff_that_was_moved_after_it_had_passed_is_frozen_twice(
    ban: Any, checklist: Any, owner: Any, person: Any, now: datetime
) -> None:
    first: Any = ban.cutoff_at
    said: Any = {"why": "It was too early.", "first": person("oscar", is_owner=True)}
    freezing.freeze_all(now=first)
    changing.move_cutoff(ban, (first + 7 * DAY).date(), ban.cutoff_time, "UTC", by=owner, now=first + DAY, **said)
    finish(checklist, first + 2 * DAY)
    assert not freezing.freeze_all(now=first + 3 * DAY)
    assert freezing.freeze_all(now=first + 9 * DAY) == 1
    assert list(AtCutoff.objects.order_by("cutoff_at").values_list("done", flat=True)) == [0, 1]


def test_a_ban_that_ended_before_its_cutoff_has_no_state_there(ban: Any, owner: Any, now: datetime) -> None:
    ban.close(by=owner, now=now + DAY)
    assert not freezing.freeze_all(now=ban.cutoff_at + DAY)


def test_freezing_twice_at_once_writes_it_once(ban: Any) -> None:
    assert freezing.freeze(ban, now=ban.cutoff_at)
    assert not freezing.freeze(ban, now=ban.cutoff_at)


def test_what_scans_said_then_counts_and_what_was_set_aside_then_does_not(
    ban: Any, checklist: Any, search: Any, lead: Any, now: datetime
) -> None:
    scans.ask(ban)
    migration = ban.migrations.get(team=search)
    seen: list[tuple[datetime, tuple[str, int, bool]]] = []

    def look(at: datetime) -> None:
        checklist.refresh_from_db()
        seen.append((at, (checklist.state, checklist.finished_steps, checklist.is_verified)))

    for step in checklist.steps().filter(required=True):
        checklist.mark(step, DONE, by=checklist.person, now=now + timedelta(hours=1))
    look(now + timedelta(hours=2))
    scans.send(search, lead, "shop", now + DAY, {"hooks": ["hooks/a"]})
    look(now + DAY + timedelta(hours=1))
    scans.send(search, lead, "shop", now + 2 * DAY)
    look(now + 2 * DAY + timedelta(hours=1))
    scans.send(search, lead, "shop", now + 3 * DAY, {"hooks": ["hooks/a"]})
    look(now + 3 * DAY + timedelta(hours=1))
    regressed = migration.evidence.filter(verdict="regressed").first()
    assert regressed is not None
    aside.set_aside(migration, regressed.step_id, by=lead, now=now + 4 * DAY, why="Elsewhere.")
    look(now + 4 * DAY + timedelta(hours=1))
    aside.restore(migration, regressed.step_id, by=lead, now=now + 5 * DAY)
    look(now + 5 * DAY + timedelta(hours=1))
    derived = [
        (at, next((was.state, was.finished, was.is_verified) for was in past.people(ban, at) if was.name == "Eve"))
        for at, _then in seen
    ]
    assert derived == seen
    assert len({then for _at, then in seen}) > 2
