"""Putting one's own reminders off for some days, within what the owners of the ban allow.

Rungs before the cutoff can be snoozed, all but the last of them; announcements, changes, withdrawals and nudges cannot.
What is put off is not made up for: whoever has snoozed hears from us again at the next rung.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import gettext as _t

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User, below
from migration_planner.planning import locks
from migration_planner.planning.models import Ban, Checklist, Event
from migration_planner.planning.models.bans import MOST_SNOOZE_DAYS
from migration_planner.reminders.falling import Place, Window, falls
from migration_planner.reminders.ladder import rungs_of
from migration_planner.reminders.models import Snooze
from migration_planner.reminders.models.snoozes import MOST
from migration_planner.reminders.places import place_of


@dataclass(frozen=True)
class Choice:
    """A snooze that can be had: `days` long, silent through `until` (the person's own date), then heard again at `next_at`."""

    days: int
    until: date
    ends_at: datetime
    next_at: datetime


@dataclass(frozen=True)
class Offer:
    """What one person can do about the reminders of one ban: end the running snooze, or begin one of `choices`."""

    running: Snooze | None
    next_at: datetime | None
    choices: tuple[Choice, ...]
    left: int

    @property
    def until(self) -> date | None:
        """The last silent day of the running snooze, on the person's calendar."""
        return last_day(self.running) if self.running else None


@dataclass(frozen=True)
class Snoozed:
    """One checklist as its lead sees it: silent through `until`, if it is so now, and how often it was snoozed."""

    times: int
    until: date | None


def offer(checklist: Checklist, *, now: datetime) -> Offer:
    """The snoozes a person can have now; no choices where the owners allow none, or no reminder would be put off."""
    person = checklist.person
    used = checklist.snoozes.aggregate(number=Max("number"))["number"] or 0
    running = checklist.snoozes.running(now).order_by("-number").first()
    place = place_of(person)
    dues = sorted(_dues(checklist, place, now))
    heard = [due for due in dues if running is None or due >= running.ends_at]
    choices = _choices(checklist.ban, place, dues, now) if running is None and used < MOST else []
    return Offer(running, heard[0] if heard else None, tuple(choices), MOST - used)


def _dues(checklist: Checklist, place: Place, now: datetime) -> set[datetime]:
    """When the coming rungs before the cutoff fall at this place, for everybody unfinished."""
    window = Window.of_checklist(checklist)
    own = [rung for rung in rungs_of(checklist.ban) if rung.role == "unfinished/person"]
    return {fall.due_at for fall in falls(own, window, place, after=now, until=window.cutoff_at)}


def _choices(ban: Ban, place: Place, dues: list[datetime], now: datetime) -> list[Choice]:
    found: list[Choice] = []
    first = place.day(place.next(now))
    for days in range(1, ban.snooze_days + 1):
        day = first + timedelta(days=days)
        ends_at = place.instant(day)
        if dues and dues[0] < min(ends_at, dues[-1]):
            ends_at = min(ends_at, dues[-1])
            until = place.day(ends_at) - timedelta(days=1)
            found.append(Choice(days, until, ends_at, next(due for due in dues if due >= ends_at)))
            if ends_at == dues[-1]:
                break
    return found


def last_day(snooze: Snooze) -> date:
    return zones.local_day(snooze.ends_at, snooze.zone) - timedelta(days=1)


@transaction.atomic
def snooze(checklist: Checklist, days: int, *, by: User, now: datetime) -> bool:
    """Keep the rungs of the coming `days` back. False when a snooze of so many days runs already.

    Raises DomainError when the owners do not allow it, when it was done too often, and when there is nothing to put off.
    """
    row = _hold(checklist)
    offered = offer(row, now=now)
    if offered.running and offered.running.days == days:
        return False
    choice = next((choice for choice in offered.choices if choice.days == days), None)
    if choice is None:
        raise DomainError(_why_not(offered, row.ban))
    row.snoozes.create(
        number=MOST - offered.left + 1,
        days=days,
        made_at=now,
        ends_at=choice.ends_at,
        reckoned_from=Window.of_checklist(row).cutoff_at,
        zone=row.person.zone,
        hour=row.person.reminder_hour,
    )
    data = {"days": days, "until": choice.until.isoformat()}
    Event.record(Event.Verb.SNOOZED, by=by, now=now, data=data, **row.in_history())
    return True


@transaction.atomic
def take_back(checklist: Checklist, *, by: User, now: datetime) -> bool:
    """End the running snooze; what still lies ahead of it comes. False when none runs."""
    row = _hold(checklist)
    ended = row.snoozes.filter(pk__in=row.snoozes.running(now).values("pk")).update(taken_back_at=now)
    if ended:
        Event.record(Event.Verb.SNOOZE_ENDED, by=by, now=now, **row.in_history())
    return bool(ended)


@transaction.atomic
def set_limit(ban: Ban, days: int, *, by: User, now: datetime) -> bool:
    """Let people snooze for so many days at a time; 0 forbids it from now on. What runs goes on. False when it is so already."""
    if not 0 <= days <= MOST_SNOOZE_DAYS:
        raise DomainError(_t("Choose from 0 to %(most)d days.") % {"most": MOST_SNOOZE_DAYS})
    row = Ban.objects.select_for_update().get(pk=ban.pk)
    if row.state not in (Ban.State.DRAFT, Ban.State.PUBLISHED):
        raise DomainError(_t("This ban has ended; no more reminders go out."))
    if row.snooze_days == days:
        return False
    data = {"before": row.snooze_days, "after": days}
    Ban.objects.filter(pk=ban.pk).update(snooze_days=days)
    ban.snooze_days = days
    Event.record(Event.Verb.SNOOZE_LIMIT_CHANGED, by=by, now=now, ban=ban, data=data)
    return True


def seen(checklists: Iterable[Checklist], *, now: datetime) -> dict[int, Snoozed]:
    """By checklist, what its lead sees of its snoozes; those never snoozed are not in it. Two queries, for any number."""
    of_these = Snooze.objects.filter(checklist__in=[checklist.pk for checklist in checklists])
    times = dict(of_these.values_list("checklist").annotate(n=Count("pk")).order_by())
    until = {snooze.checklist_id: last_day(snooze) for snooze in of_these.running(now)} if times else {}
    return {pk: Snoozed(n, until.get(pk)) for pk, n in times.items()}


def running_below(ban: Ban, path: str, *, now: datetime) -> int:
    """How many unfinished people of the team at `path`, and below, have their reminders snoozed now."""
    unfinished = Checklist.objects.filter(below(path, field="migration__path"), ban=ban).asked()
    return Snooze.objects.running(now).filter(checklist__in=unfinished.values("pk")).count()


def _hold(checklist: Checklist) -> Checklist:
    """The checklist, locked; a mail about it that is being sent just now goes first."""
    locks.hold_ban(checklist.ban_id)
    rows = Checklist.objects.select_for_update(of=("self",)).select_related("ban", "person", "migration")
    row = rows.get(pk=checklist.pk)
    row.require_open()
    return row


def _why_not(offered: Offer, ban: Ban) -> str:
    if offered.running:
        return _t("Your reminders are snoozed already. Take that back first.")
    if not offered.left:
        return _t("You have snoozed these reminders %(n)d times; that is the most.") % {"n": MOST}
    if not ban.snooze_days:
        return _t("The owners of this ban do not allow its reminders to be snoozed.")
    return _t("No reminder that can be snoozed falls into that time. The last one before the cutoff always comes.")
