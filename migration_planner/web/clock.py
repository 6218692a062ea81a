"""Instants and deadlines in words, by the reader's clock. The middleware has put that clock in force."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _t

from migration_planner.lib import working_days

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


def left(deadline: datetime, *, now: datetime) -> str:
    """How long there is until `deadline`, in working days (Monday to Friday) of the reader's clock."""
    today, day = timezone.localdate(now), timezone.localdate(deadline)
    if deadline <= now:
        return _past(working_days.after(day, today))
    if day == today:
        return _t("due today")
    days = working_days.after(today, day)
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
    return working_days.after(timezone.localdate(now), timezone.localdate(deadline)) <= 3
