"""A lead's act on many people at once: nudge them, note leave, ask for waivers; what became of each, and taking it back.

Marks are confirmed and returned in `reviews.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import leave, waiving
from migration_planner.planning.leave import Leave
from migration_planner.planning.models import Checklist, Migration, Waiver
from migration_planner.planning.waiving import Wish
from migration_planner.reminders import nudging
from migration_planner.reminders.models import Mail, Reminder

#: So many people at once.
MOST = 100


@dataclass(frozen=True)
class Outcome:
    """What became of one of many: `error` says why nothing was done, and is empty when it was; `undo` is what takes it back."""

    checklist: Checklist
    error: str = ""
    undo: Any = None


def nudge(rows: Sequence[Checklist], *, by: User, now: datetime, migration: Migration) -> list[Outcome]:
    """A polite mail to these people alone. `undo` is the reminder."""
    people = [row.person_id for row in rows]
    mine = Reminder.objects.waiting().filter(ban=migration.ban_id, person__in=people, kind=Reminder.Kind.NUDGE)
    with transaction.atomic():
        known = set(mine.values_list("pk", flat=True))
        chosen = Checklist.objects.filter(pk__in=[row.pk for row in rows])
        nudging.nudge(chosen, by=by, now=now, migration=migration)
        fresh: dict[int, int] = dict(mine.exclude(pk__in=known).values_list("person", "pk"))
    return [Outcome(row, "" if row.person_id in fresh else _not_nudged(row), fresh.get(row.person_id)) for row in rows]


def _not_nudged(row: Checklist) -> str:
    if row.state not in ("not_started", "started", "blocked"):
        return _t("Nothing is asked of them now.")
    if not row.person.email or row.person.address_refused_at:
        return _t("No mail can reach them.")
    return _t("They were nudged today already.")


def note_leave(rows: Sequence[Checklist], away: Leave, *, by: User, now: datetime) -> list[Outcome]:
    """The same days for all of them. `undo` is what stood there before, and what stands there now."""

    def act(row: Checklist) -> list[str | None]:
        before = leave.note(row, away, by=by, now=now)
        return [day.isoformat() if day else None for day in (before.first, before.last, away.first, away.last)]

    return [_each(row, act) for row in rows]


def ask_for_waivers(rows: Sequence[Checklist], wish: Wish, *, by: User, now: datetime) -> list[Outcome]:
    """The same wish for all of them, each a request of its own. `undo` is the waiver."""
    return [_each(row, lambda row: waiving.request(row, wish, by=by, now=now).pk) for row in rows]


def _each(row: Checklist, act: Any) -> Outcome:
    try:
        with transaction.atomic():
            return Outcome(row, undo=act(row))
    except DomainError as error:
        return Outcome(row, str(error))


def take_back_nudges(ban_id: int, reminders: Sequence[int], *, by: User, now: datetime) -> int:
    """Those of one's own nudges that nobody has begun to send. Returns how many."""
    with transaction.atomic():
        mine = Reminder.objects.waiting().filter(pk__in=reminders, ban=ban_id, asked_by=by, kind=Reminder.Kind.NUDGE)
        still = Q(message_id__isnull=True, lease_token__isnull=True, state=Mail.State.WAITING)
        mails = Mail.objects.select_for_update().filter(still, reminders__in=mine)
        free = list(mails.values_list("pk", flat=True))
        return mine.filter(Q(mail__isnull=True) | Q(mail__in=free)).update(
            state=Reminder.State.CANCELLED, reason="taken_back"
        )


def take_back_leave(rows: dict[int, list[str | None]], *, by: User, now: datetime) -> int:
    """Put back what stood there, where nobody has noted anything else meanwhile. `rows` by checklist. Returns how many."""
    return sum(_put_back(pk, days, by, now) for pk, days in rows.items())


def _put_back(pk: int, days: list[str | None], by: User, now: datetime) -> bool:
    before_and_noted = [date.fromisoformat(day) if day else None for day in days]
    row = Checklist.objects.select_related("person", "migration").get(pk=pk)
    if Leave.of(row.person) != Leave(*before_and_noted[2:]):
        return False
    leave.restore(row, Leave(*before_and_noted[:2]), by=by, now=now)
    return True


def take_back_waivers(waivers: Sequence[int], *, by: User, now: datetime) -> int:
    """Those that nobody has decided about. Returns how many."""
    asked = Waiver.objects.filter(pk__in=waivers, requested_by=by)
    return sum(_taken_back(waiver, by, now) for waiver in asked)


def _taken_back(waiver: Waiver, by: User, now: datetime) -> bool:
    try:
        waiving.take_back(waiver, by=by, now=now)
    except DomainError:
        return False
    return True
