"""On which days the rungs of a ladder fall, and at which instants: pure functions of the window, the rungs and a place.

A place is all that decides the days of a person's mail: zone, reminder hour, the hours in which mail may come, and the working
calendar. A preview and the real thing call the same functions with the same places, so they cannot differ.
The rules, and why: docs/decisions/0011-mail-on-working-days.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext as _t

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.lib.mail_hours import MailHours
from migration_planner.lib.working_days import MONDAY_TO_FRIDAY, Calendar
from migration_planner.planning.models import Ban, Checklist
from migration_planner.reminders.models import Rung

Anchor = Rung.Anchor
#: A shorter time than this from publishing to the cutoff is climbed by shares of itself.
SHORT_WINDOW = timedelta(days=14)
ANNOUNCEMENT = Rung(anchor=Anchor.PUBLISHING).key
BUNDLE = "bundle"
MONDAY = 0
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
#: Figures of the first days would say that nobody has begun.
NO_FIGURES_FOR = timedelta(days=2)
#: A Monday whose whole week is off gives its figures after it; no rest is longer.
LONGEST_REST = timedelta(weeks=3)
WHOLE_DAY = MailHours()
#: Rungs that name the clock, or the day of the cutoff itself: they stay where they are, working day or not.
FIXED = {Anchor.ON_THE_DAY, Anchor.LAST_DAY, Anchor.HOURS_BEFORE}


@dataclass(frozen=True)
class Window:
    """The time a ban gives: from publishing to the cutoff, both UTC instants."""

    published_at: datetime
    cutoff_at: datetime

    @classmethod
    def of(cls, ban: Ban, *, now: datetime | None = None) -> "Window":
        """The window of a ban; of a draft as if it were published `now`. Raises DomainError when it has no cutoff yet."""
        if ban.cutoff_at is None:
            raise DomainError(_t("Set the cutoff."))
        return cls(ban.published_at or now or ban.created_at, ban.cutoff_at)

    def until(self, deadline: datetime | None) -> "Window":
        """The same for those who move by an earlier deadline; None for the cutoff itself."""
        return self if deadline is None else Window(self.published_at, deadline)

    @classmethod
    def of_checklist(cls, checklist: Checklist) -> "Window":
        """The time that one person has: up to the deadline of their team."""
        return cls.of(checklist.ban).until(checklist.deadline)

    @property
    def is_short(self) -> bool:
        return self.cutoff_at - self.published_at < SHORT_WINDOW

    def at_share(self, percent: int) -> datetime:
        return self.published_at + (self.cutoff_at - self.published_at) * percent / 100


@dataclass(frozen=True)
class Place:
    """Where clocks show `zone`, mail is read at `hour` or as near to it as `hours` allow, and people work by `days`.

    `calendar` is the number of the calendar (0: Monday to Friday). Zone, hour and calendar name the place.
    """

    zone: str
    hour: int
    calendar: int = 0
    days: Calendar = MONDAY_TO_FRIDAY
    hours: MailHours = WHOLE_DAY

    def instant(self, day: date) -> datetime:
        """When mail comes on `day`."""
        return zones.instant(day, time(self.hours.clamp(self.hour)), self.zone)

    def next(self, moment: datetime) -> datetime:
        """The first time at or after `moment` at which mail comes."""
        return zones.next_at_hour(moment, self.hours.clamp(self.hour), self.zone)

    def last(self, moment: datetime) -> datetime:
        """The last time before `moment` at which mail comes."""
        return zones.last_at_hour(moment, self.hours.clamp(self.hour), self.zone)

    def soon(self, moment: datetime) -> datetime:
        """When mail that is late may come: at once, or when the hours for mail begin again."""
        return self.hours.at_or_after(moment, self.zone)

    def day(self, moment: datetime) -> date:
        return zones.local_day(moment, self.zone)


@dataclass(frozen=True)
class Fall:
    """One day on which a rung falls for everybody of one place. `occurrence` numbers those of a rung that comes weekly."""

    zone: str
    hour: int
    calendar: int
    rung: str
    day: date
    due_at: datetime
    reckoned_from: datetime
    occurrence: int = 0


@dataclass(frozen=True)
class _Day:
    """A day on which a rung falls, before anybody asks whether it lies in the stretch of time that is planned."""

    day: date
    due_at: datetime
    occurrence: int = 0


def falls(rungs: Sequence[Rung], window: Window, place: Place, *, after: datetime, until: datetime) -> list[Fall]:
    """Every day in [after, until) on which a rung falls at a place; no rung falls twice on one day.

    The announcement is not among them: it follows from each person's joining (see `first_hour`).
    """
    begin = max(after, window.published_at)
    found = {
        (rung.key, each.day): _fall(place, rung.key, each, window.cutoff_at)
        for rung in rungs
        for each in _days(rung, window, place, until)
        if begin <= each.due_at < until
    }
    return list(found.values())


def first_hour(moment: datetime, cutoff_at: datetime, place: Place) -> datetime:
    """When somebody hears of what happened at `moment`: at their next hour, working day or not.

    When the cutoff comes before that, at once, or when mail may come again; at night only where that, too, were too late.
    """
    due_at = place.next(moment)
    if not moment < cutoff_at <= due_at:
        return due_at
    soon = place.hours.at_or_after(moment, place.zone)
    return soon if soon < cutoff_at else moment


def mondays(window: Window, place: Place, *, after: datetime, until: datetime) -> list[Fall]:
    """The days in [after, until) on which leads of a place get their teams' figures: Mondays, or the working day after.

    They are reckoned from the Monday, wherever it is, so that a week has one of them whatever moves.
    """
    after = max(after, window.published_at + NO_FIGURES_FOR)
    found = {
        day: Fall(place.zone, place.hour, place.calendar, BUNDLE, day, place.instant(day), _midnight(monday))
        for monday in _mondays(place.day(after - LONGEST_REST), place.day(until))
        for day in [monday if place.days.is_working(monday) else place.days.next(monday)]
    }
    return [fall for fall in found.values() if after <= fall.due_at < until]


def _fall(place: Place, key: str, found: _Day, reckoned_from: datetime) -> Fall:
    return Fall(place.zone, place.hour, place.calendar, key, found.day, found.due_at, reckoned_from, found.occurrence)


def _days(rung: Rung, window: Window, place: Place, until: datetime) -> Iterator[_Day]:
    """Days and instants of one rung, in or out of the window, each moved onto a working day where the rung is not fixed."""
    last_day, amount = place.day(window.cutoff_at), rung.amount
    match rung.anchor:
        case Anchor.BEFORE:
            yield _before(last_day - amount * DAY, window, place)
        case Anchor.WORKDAYS_BEFORE:
            yield _on(place.days.add(last_day, -amount), place)
        case Anchor.AFTER:
            yield _after(last_day + amount * DAY, place)
        case Anchor.WORKDAYS_AFTER:
            yield _on(place.days.add(last_day, amount), place)
        case Anchor.WEEKLY:
            yield from _weekly(last_day + amount * DAY, place, until)
        case Anchor.SHARE:
            yield from _share(amount, window, place)
        case _ if rung.anchor in FIXED:
            yield from _fixed(rung, window, place)


def _before(day: date, window: Window, place: Place) -> _Day:
    """A day before the cutoff: off, it is the working day before, unless that was before publishing; then the one after.

    Where no working day lies between publishing and the cutoff, and where the day itself was before publishing, it stays.
    """
    if place.days.is_working(day) or place.instant(day) < window.published_at:
        return _on(day, place)
    if place.instant(earlier := place.days.previous(day)) >= window.published_at:
        return _on(earlier, place)
    later = place.days.next(day)
    return _on(later if place.instant(later) < window.cutoff_at else day, place)


def _after(day: date, place: Place, occurrence: int = 0) -> _Day:
    """A day after the cutoff: off, it is the working day after, since the one before may lie before the cutoff."""
    return _on(day if place.days.is_working(day) else place.days.next(day), place, occurrence)


def _weekly(day: date, place: Place, until: datetime) -> Iterator[_Day]:
    """Until `until`, by the days as they were before any was moved: moving never makes one earlier."""
    for number, each in enumerate(_weeks(day, place.day(until))):
        yield _after(each, place, number)


def _share(percent: int, window: Window, place: Place) -> Iterator[_Day]:
    """The first hour after that share of the window; none when the cutoff comes before it."""
    due_at = place.next(window.at_share(percent))
    if due_at < window.cutoff_at:
        yield _before(place.day(due_at), window, place)


def _fixed(rung: Rung, window: Window, place: Place) -> Iterator[_Day]:
    if rung.anchor != Anchor.HOURS_BEFORE:
        due_at = place.last(window.cutoff_at)
        yield _Day(place.day(due_at), due_at)
        return
    moment = window.cutoff_at - timedelta(hours=rung.amount)
    if moment < window.published_at:
        return
    due_at = place.hours.at_or_before(moment, place.zone)
    if due_at < window.published_at:
        due_at = place.hours.at_or_after(moment, place.zone)
    if due_at < window.cutoff_at:
        yield _Day(place.day(due_at), due_at)


def _on(day: date, place: Place, occurrence: int = 0) -> _Day:
    return _Day(day, place.instant(day), occurrence)


def _mondays(first: date, last: date) -> Iterable[date]:
    return _weeks(first - (first.weekday() - MONDAY) * DAY, last)


def _weeks(first: date, last: date) -> Iterator[date]:
    """`first` and every seventh day after it, up to and with `last`."""
    while first <= last:
        yield first
        first += WEEK


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
