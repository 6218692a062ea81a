"""Asking for waivers and deciding about them, as tests say it."""

from datetime import date, datetime
from typing import Any

from migration_planner.planning import deciding, waiving
from migration_planner.planning.models import Ban, Waiver
from migration_planner.planning.waiving import Wish


def wish(until: date = date(2026, 12, 10), *steps: Any, **other: Any) -> Wish:
    """A wish that nothing speaks against: ten days beyond the cutoff."""
    values = {"reason": "no_equivalent", "words": "Our macros do not run.", "control": "Offline only.", **other}
    return Wish(until=until, steps=tuple(step.pk for step in steps), **values)


def ask(checklist: Any, *, now: datetime, by: Any = None, until: date = date(2026, 12, 10), steps: Any = ()) -> Waiver:
    return waiving.request(checklist, wish(until, *steps), by=by or checklist.person, now=now)


def grant(checklist: Any, *, by: Any, now: datetime, **asked: Any) -> Waiver:
    """Asked for and granted by the one level there is, the owner's."""
    return deciding.approve(ask(checklist, now=now, **asked), by=by, now=now)


def rules(ban: Any, **changed: int) -> None:
    """Set the rules for waivers without a line of history."""
    Ban.objects.filter(pk=ban.pk).update(**{f"waiver_{name}": number for name, number in changed.items()})
    ban.refresh_from_db()
