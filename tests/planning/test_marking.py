from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Checklist, Event, Mark

DONE, BLOCKED, OPEN, NOT_APPLICABLE = Mark.State.DONE, Mark.State.BLOCKED, Mark.State.OPEN, Mark.State.NOT_APPLICABLE


def test_the_first_mark_starts_the_checklist_and_the_last_required_one_finishes_it(
    checklist: Any, employee: Any, now: datetime
) -> None:
    steps = list(checklist.steps().filter(required=True))
    assert checklist.mark(steps[0], DONE, by=employee, now=now) is True
    assert checklist.state == Checklist.State.STARTED
    for step in steps[1:]:
        checklist.mark(step, DONE, by=employee, now=now + timedelta(hours=1))
    assert (checklist.state, checklist.done_at) == (Checklist.State.DONE, now + timedelta(hours=1))
    checklist.migration.refresh_from_db()
    assert (checklist.migration.done, checklist.migration.started) == (1, 0)
    assert not differences(checklist.ban)


def test_marking_twice_changes_nothing_and_records_nothing(checklist: Any, employee: Any, now: datetime) -> None:
    step = checklist.steps().first()
    checklist.mark(step, DONE, by=employee, now=now)
    events = Event.objects.count()
    assert checklist.mark(step, DONE, by=employee, now=now) is False
    assert Event.objects.count() == events


def test_a_blocked_step_needs_a_reason_and_undo_brings_the_start_back(
    checklist: Any, employee: Any, now: datetime
) -> None:
    step = checklist.steps().first()
    with pytest.raises(DomainError, match="reason"):
        checklist.mark(step, BLOCKED, by=employee, now=now)
    checklist.mark(step, BLOCKED, by=employee, now=now, note="No licence yet")
    assert checklist.state == Checklist.State.BLOCKED
    checklist.mark(step, OPEN, by=employee, now=now)
    assert (checklist.state, checklist.started_at) == (Checklist.State.NOT_STARTED, None)
    assert not differences(checklist.ban)


def test_nothing_can_be_marked_once_the_ban_has_ended(
    ban: Any, checklist: Any, owner: Any, employee: Any, now: datetime
) -> None:
    ban.close(by=owner, now=now)
    with pytest.raises(DomainError, match="ended"):
        checklist.mark(checklist.steps().first(), DONE, by=employee, now=now)
