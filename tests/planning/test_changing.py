from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.planning import arranging, changing, choosing
from migration_planner.planning.arranging import StepContent
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Checklist, Event, Mark


def test_the_cutoff_moves_with_a_reason_and_history_says_from_when_to_when(ban: Any, owner: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="Say why"):
        changing.move_cutoff(ban, date(2026, 12, 4), time(18), "UTC", by=owner, now=now, why=" ")
    assert changing.move_cutoff(ban, date(2026, 12, 4), time(18), "UTC", by=owner, now=now, why="Licences are late.")
    event = ban.events.get(verb=Event.Verb.CUTOFF_MOVED)
    assert event.data["before"] == datetime(2026, 11, 30, 10, tzinfo=UTC).isoformat()
    assert (event.data["after"], event.why) == (datetime(2026, 12, 4, 18, tzinfo=UTC).isoformat(), "Licences are late.")
    assert not changing.move_cutoff(ban, date(2026, 12, 4), time(18), "UTC", by=owner, now=now, why="Again.")


def test_a_new_required_step_opens_finished_checklists_again(
    ban: Any, checklist: Any, owner: Any, employee: Any, now: datetime
) -> None:
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    assert checklist.state == Checklist.State.DONE
    arranging.add_step(ban, StepContent(title="One more"), by=owner, now=now, why="Security asks for it.")
    checklist.refresh_from_db()
    assert (checklist.state, checklist.done_at) == (Checklist.State.STARTED, None)
    assert ban.events.get(verb=Event.Verb.STEPS_CHANGED).data == {"change": "added", "step": "One more"}
    assert not differences(ban)


def test_a_removed_step_keeps_its_marks_but_nobody_counts_them(
    ban: Any, checklist: Any, owner: Any, employee: Any, now: datetime
) -> None:
    first, *others = checklist.steps().filter(required=True)
    checklist.mark(first, Mark.State.BLOCKED, by=employee, now=now, note="No licence")
    for step in others:
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    arranging.remove_step(first, by=owner, now=now, why="Not needed after all.")
    checklist.refresh_from_db()
    assert checklist.state == Checklist.State.DONE
    assert checklist.marks.filter(step=first).exists()
    assert not differences(ban)


def test_in_force_steps_want_a_reason_and_keep_for_whom_they_are(ban: Any, owner: Any, now: datetime) -> None:
    step = ban.steps.first()
    with pytest.raises(DomainError, match="Say why"):
        arranging.edit_step(step, replace(StepContent.of(step), title="Other"), by=owner, now=now)
    with pytest.raises(DomainError, match="Remove it, and add one"):
        arranging.edit_step(step, replace(StepContent.of(step), per="team"), by=owner, now=now, why="Simpler.")
    events = ban.events.count()
    arranging.edit_step(step, StepContent.of(step), by=owner, now=now, why="Nothing.")
    assert ban.events.count() == events


def test_the_last_required_step_cannot_go(ban: Any, owner: Any, now: datetime) -> None:
    for step in ban.steps.filter(required=True, per="person")[:2]:
        arranging.remove_step(step, by=owner, now=now, why="Less.")
    with pytest.raises(DomainError, match="at least one required step"):
        arranging.remove_step(ban.steps.live().get(required=True, per="person"), by=owner, now=now, why="Less.")
    assert ban.steps.live().filter(required=True, per="person").count() == 1


def test_a_scope_statement_gets_a_new_version_and_the_old_words_stay(ban: Any, owner: Any, now: datetime) -> None:
    assert changing.change_scope(ban, "The models too.", by=owner, now=now, why="It was unclear.", seen=1)
    assert [statement.version for statement in ban.scope_statements.order_by("version")] == [1, 2]
    assert ban.events.get(verb=Event.Verb.SCOPE_CHANGED).data == {"version": 2}
    with pytest.raises(ChangedMeanwhile, match="Version 2"):
        changing.change_scope(ban, "Something else.", by=owner, now=now, why="Late.", seen=1)
    assert changing.change_scope(ban, "The models too.", by=owner, now=now, why="Twice.", seen=1) is False
    with pytest.raises(DomainError, match="scope statement"):
        changing.change_scope(ban, "  ", by=owner, now=now, why="Empty.")


def test_owners_change_but_never_to_nobody(ban: Any, owner: Any, lead: Any, now: datetime) -> None:
    changing.change_owners(ban, [lead], by=owner, now=now, why="Handed over.")
    assert list(ban.owners.all()) == [lead]
    named = {"added": [lead.email], "removed": [owner.email], "joined": [lead.pk]}
    assert ban.events.get(verb=Event.Verb.OWNERS_CHANGED).data == named
    with pytest.raises(DomainError, match="at least one owner"):
        changing.change_owners(ban, [], by=lead, now=now, why="Nobody.")


def test_checklists_follow_a_changed_audience(ban: Any, owner: Any, search: Any, checklist: Any, now: datetime) -> None:
    numbers = changing.change_audience(
        ban, lambda: choosing.set_team(ban, search, "excluded") and None, by=owner, now=now, why="They moved already."
    )
    checklist.refresh_from_db()
    assert (numbers["stopped"], checklist.state) == (2, Checklist.State.STOPPED)
    assert not differences(ban)


def test_another_order_of_the_steps_is_history_but_nobody_is_told(ban: Any, owner: Any, now: datetime) -> None:
    first, second = ban.steps.all()[:2]
    arranging.move_step(second, 0, by=owner, now=now, why="It reads better.")
    assert list(ban.steps.all()[:2]) == [second, first]
    assert ban.events.filter(verb=Event.Verb.STEPS_ORDERED).count() == 1
    assert not ban.events.filter(verb=Event.Verb.STEPS_CHANGED).exists()
