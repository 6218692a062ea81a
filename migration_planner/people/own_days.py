"""Days off and make-up working days of one's own, from an .ics file (RFC 5545). Nothing is written here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _t
from icalendar import Calendar as Ics
from icalendar import Event as IcsEvent

from migration_planner.lib.errors import DomainError

LARGEST_FILE = 1_000_000
MOST_DAYS = 1_000
#: No single rest is longer; a longer one is a mistake in the file, or a calendar of something else.
LONGEST = timedelta(days=60)
DAY = timedelta(days=1)
YEARS = range(2000, 2100)
#: How files mark a day that is worked on: in CATEGORIES, or in the words of the summary.
WORKING_CATEGORIES = {"WORK", "WORKING", "WORKDAY", "WORKING DAY", "MAKE-UP"}
WORKING_WORDS = ("补班", "（班）", "(班)", "上班", "make-up", "makeup", "working day", "workday")


class Reading(StrEnum):
    """What the days of a file are."""

    MARKED = "marked"
    OFF = "off"
    WORKED = "worked"


@dataclass(frozen=True, order=True)
class Day:
    """One day as a file says it."""

    day: date
    works: bool
    name: str


def read_days(content: bytes, reading: Reading = Reading.MARKED) -> list[Day]:
    """The days of an .ics file, in order. Raises DomainError that says what to do when the file is of no use."""
    if len(content) > LARGEST_FILE:
        raise DomainError(_t("The file is larger than 1 MB. Export only the days off, without anything else."))
    found: dict[date, Day] = {}
    for event in _events(content):
        for each in _days(event, reading):
            _add(found, each)
    if not found:
        raise DomainError(_t("The file has no whole-day events. Export the calendar with the days off as .ics."))
    return [found[day] for day in sorted(found)]


def _events(content: bytes) -> Iterator[IcsEvent]:
    try:
        calendars = Ics.from_ical(content.decode("utf-8-sig"), multiple=True)
    except (ValueError, IndexError, KeyError, RecursionError) as error:
        raise DomainError(
            _t("This is not an .ics file that can be read: %(why)s. Export the calendar again as iCalendar (.ics).")
            % {"why": str(error)[:200]}
        ) from error
    for calendar in calendars:
        yield from (each for each in calendar.walk("VEVENT") if isinstance(each, IcsEvent))


def _days(event: IcsEvent, reading: Reading) -> Iterator[Day]:
    """Each day of one event; none of an event that lasts hours, since it is a meeting and no day off."""
    name = " ".join(str(event.get("SUMMARY", "")).split())[:200]
    first, last = _span(event, name)
    if first is None or last is None:
        return
    works = reading == Reading.WORKED or (reading == Reading.MARKED and _is_worked(event, name))
    while first <= last:
        yield Day(first, works, name)
        first += DAY


def _span(event: IcsEvent, name: str) -> tuple[date | None, date | None]:
    """First and last day of a whole-day event; the end of the file is the day after the last."""
    first = _value(event, "DTSTART")
    if not isinstance(first, date) or isinstance(first, datetime):
        return None, None
    if "RRULE" in event or "RDATE" in event:
        raise DomainError(
            _t("“%(name)s” repeats. Export the calendar with every day of the coming years as an event of its own.")
            % {"name": name}
        )
    end, duration = _value(event, "DTEND"), _value(event, "DURATION")
    last = end - DAY if isinstance(end, date) and not isinstance(end, datetime) else first
    if isinstance(duration, timedelta) and duration >= DAY:
        last = first + duration - DAY
    if not first <= last < first + LONGEST or first.year not in YEARS:
        raise DomainError(
            _t("“%(name)s” goes from %(first)s to %(last)s. Correct its dates; a rest is at most %(days)d days long.")
            % {"name": name, "first": first, "last": last, "days": LONGEST.days}
        )
    return first, last


def _value(event: IcsEvent, name: str) -> object:
    try:
        return getattr(event.get(name), "dt", None)
    except (ValueError, AttributeError):
        return None


def _is_worked(event: IcsEvent, name: str) -> bool:
    categories = event.get("CATEGORIES")
    words = {str(word).strip().upper() for word in getattr(categories, "cats", [])}
    return bool(words & WORKING_CATEGORIES) or any(word in name.lower() for word in WORKING_WORDS)


def _add(found: dict[date, Day], new: Day) -> None:
    known = found.setdefault(new.day, new)
    if known.works != new.works:
        raise DomainError(
            _t("%(day)s is a day off (“%(one)s”) and a working day (“%(other)s”). Take one of them out of the file.")
            % {"day": new.day, "one": min(known, new).name, "other": max(known, new).name}
        )
    if len(found) > MOST_DAYS:
        raise DomainError(_t("The file has more than %(most)d days. Export fewer years.") % {"most": MOST_DAYS})
