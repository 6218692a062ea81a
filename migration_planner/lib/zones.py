"""Local dates and times against instants. Rules for the hours that daylight saving skips or repeats stand here alone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError


@cache
def known_zones() -> frozenset[str]:
    """Names a person may choose: places and UTC, without aliases of the tz database that name no place."""
    return frozenset(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    ) | {"UTC"}


def instant(day: date, at: time, zone: str) -> datetime:
    """The UTC instant at which clocks in `zone` show `at` on `day`.

    A time that the clocks skip moves forward by the gap; of a time that comes twice it is the first (RFC 5545, 3.3.5).
    """
    try:
        return datetime.combine(day, at, ZoneInfo(zone)).replace(fold=0).astimezone(UTC)
    except OverflowError as error:  # the first or last day that there is
        raise DomainError(_t("This date cannot be meant. Check its year.")) from error


def local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def next_at_hour(moment: datetime, hour: int, zone: str) -> datetime:
    """The first instant at or after `moment` at which clocks in `zone` show `hour`:00."""
    day = local_day(moment, zone)
    first = instant(day, time(hour), zone)
    return first if first >= moment else instant(day + timedelta(days=1), time(hour), zone)


def last_at_hour(moment: datetime, hour: int, zone: str) -> datetime:
    """The last instant before `moment` at which clocks in `zone` show `hour`:00."""
    day = local_day(moment, zone)
    last = instant(day, time(hour), zone)
    return last if last < moment else instant(day - timedelta(days=1), time(hour), zone)
