"""Instants and deadlines in words, by the reader's clock and calendar. The middleware has put them in force."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _t

from migration_planner.lib.working_days import Calendar
from migration_planner.people import calendars

#: The reader's site, and its calendar once a page has asked for it: pages that count no days pay nothing for it.
_site: ContextVar[str] = ContextVar("site", default="")
_calendar: ContextVar[Calendar | None] = ContextVar("calendar", default=None)

#: How each language writes a day and a time; others than these write as in English.
FORMATS = {
    "en": {
        "full": "{weekday} {moment.day} {month} {moment.year}, {moment:%H:%M}",
        "day": "{weekday} {moment.day} {month} {moment.year}",
        "short": "{moment.day} {month}, {moment:%H:%M}",
        "time": "{moment:%H:%M}",
    },
    "zh-hans": {
        "full": "{moment.year}年{moment.month}月{moment.day}日（{weekday}）{moment:%H:%M}",
        "day": "{moment.year}年{moment.month}月{moment.day}日（{weekday}）",
        "short": "{moment.month}月{moment.day}日 {moment:%H:%M}",
        "time": "{moment:%H:%M}",
    },
}


def write(moment: "datetime | date", style: str) -> str:
    """`moment` as the reader's language writes it: full, day, short or time."""
    formats = FORMATS.get(get_language() or "en", FORMATS["en"])
    weekday, month = WEEKDAYS_ABBR[moment.weekday()], MONTHS_3[moment.month].title()
    return formats[style].format(moment=moment, weekday=weekday, month=month)


def local(moment: datetime) -> datetime:
    """An instant by the reader's clock."""
    return timezone.localtime(moment)


@contextmanager
def at_site(site: str) -> Iterator[None]:
    """Count working days by the calendar of this site."""
    site_before, calendar_before = _site.set(site), _calendar.set(None)
    try:
        yield
    finally:
        _site.reset(site_before)
        _calendar.reset(calendar_before)


def calendar() -> Calendar:
    """The reader's calendar; asks the database once, and for people without a site never."""
    found = _calendar.get()
    if found is None:
        found = calendars.of_site(_site.get())
        _calendar.set(found)
    return found


def calendar_words(until: datetime) -> str:
    """By which calendar days are counted up to a deadline, with a warning where that is not yet published."""
    days = calendar()
    if not days.name:
        return _t("Working days are Monday to Friday.")
    words = _t("Working days by the calendar of %(site)s.") % {"site": days.name}
    year = timezone.localdate(until).year
    if days.is_provisional(year):
        words += " " + _t("Make-up working days of %(year)d are not published yet.") % {"year": year}
    return words


def left(deadline: datetime, *, now: datetime) -> str:
    """How long there is until `deadline`, in working days of the reader's clock and calendar."""
    today, day = timezone.localdate(now), timezone.localdate(deadline)
    if deadline <= now:
        return _past(calendar().between(day, today))
    if day == today:
        return _t("due today")
    days = calendar().between(today, day)
    if not days:
        return _t("due before the next working day")
    return ngettext("%(days)d working day left", "%(days)d working days left", days) % {"days": days}


def _past(days: int) -> str:
    if not days:
        return _t("deadline passed")
    return ngettext("deadline passed %(days)d working day ago", "deadline passed %(days)d working days ago", days) % {
        "days": days
    }


def is_close(deadline: datetime, *, now: datetime) -> bool:
    """Whether at most three working days are left, or none at all."""
    return calendar().between(timezone.localdate(now), timezone.localdate(deadline)) <= 3
