"""Leave, as leads note it: no mail comes on those days. The roster says nothing of leave, so nothing overwrites it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Checklist, Event
from migration_planner.planning.permissions import can_note_leave

#: Whoever is away for longer does not come back to a checklist: that is for the roster.
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Leave:
    """First and last day, on the person's calendar; both empty for none."""

    first: date | None = None
    last: date | None = None

    @classmethod
    def of(cls, person: User) -> "Leave":
        return cls(person.leave_from, person.leave_until)


@transaction.atomic
def note(checklist: Checklist, leave: Leave, *, by: User, now: datetime) -> Leave:
    """Write down when the person of this checklist is away; it counts for every ban. Returns what stood there before.

    Raises DomainError when `by` does not lead them, they have left, or the days make no sense.
    """
    person = _hold(checklist, by)
    _require_sense(leave, person, now)
    return _write(checklist, person, leave, by=by, now=now)


@transaction.atomic
def restore(checklist: Checklist, leave: Leave, *, by: User, now: datetime) -> Leave:
    """Put back what stood there before, even if those days are over."""
    return _write(checklist, _hold(checklist, by), leave, by=by, now=now)


def _hold(checklist: Checklist, by: User) -> User:
    person = User.objects.select_for_update().get(pk=checklist.person_id)
    if not person.is_active or not can_note_leave(by, checklist):
        raise DomainError(_t("Leave is noted by a lead of the team, for somebody who is here."))
    return person


def _write(checklist: Checklist, person: User, leave: Leave, *, by: User, now: datetime) -> Leave:
    before = Leave.of(person)
    if before == leave:
        return before
    User.objects.filter(pk=person.pk).update(leave_from=leave.first, leave_until=leave.last)
    days = [day.isoformat() if day else None for day in (before.first, before.last, leave.first, leave.last)]
    data = {"before": days[:2], "after": days[2:]}
    Event.record(Event.Verb.LEAVE_NOTED, by=by, now=now, data=data, **checklist.in_history())
    return before


def _require_sense(leave: Leave, person: User, now: datetime) -> None:
    if leave.first is None or leave.last is None:
        if leave.first or leave.last:
            raise DomainError(_t("Name the first and the last day."))
        return
    if leave.last < leave.first:
        raise DomainError(_t("The last day is before the first. Correct the days."))
    if leave.last < zones.local_day(now, person.zone):
        raise DomainError(_t("That day is over already. Choose a later one."))
    if leave.last - leave.first > LONGEST:
        raise DomainError(_t("Leave is at most a year long. Correct the days."))
