"""On which days people of one place work: weekends, public holidays and make-up working days, and days of one's own.

The days of a country come from the library `holidays`, once for each year and process. Everything here is a pure function of
a calendar and of dates.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache

import holidays
from holidays.registry import COUNTRIES

SATURDAY = 5
DAY = timedelta(days=1)
#: Nobody rests longer. A calendar that knows no working day within this time moves nothing.
LONGEST_REST = 60
#: The library says here, in American dates, which weekend a day off was taken from; `named_days` lists those weekends.
SUBSTITUTED = " (substituted from"
#: A country that has published no make-up days for longer than so many years has given them up.
GIVEN_UP_AFTER = 5


@dataclass(frozen=True)
class Calendar:
    """The working days of a place. `name` is how people call it; without a country it is Monday to Friday.

    `own` are days that the organisation sets itself, and whether they are worked on: they win over the country's.
    """

    name: str = ""
    country: str = ""
    subdivision: str = ""
    own: dict[date, bool] = field(default_factory=dict, compare=False, hash=False)

    def is_working(self, day: date) -> bool:
        own = self.own.get(day)
        return own if own is not None else day not in days_off(self.country, self.subdivision, day.year)

    def next(self, day: date) -> date:
        """The first working day after `day`; `day` itself when there is none for long."""
        return next((later for later in _days(day, DAY) if self.is_working(later)), day)

    def previous(self, day: date) -> date:
        """The last working day before `day`; `day` itself when there is none for long."""
        return next((earlier for earlier in _days(day, -DAY) if self.is_working(earlier)), day)

    def add(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, or before it when `count` is negative; `day` itself for zero."""
        for _each in range(abs(count)):
            day = self.next(day) if count > 0 else self.previous(day)
        return day

    def between(self, day: date, until: date) -> int:
        """How many working days lie after `day`, up to and with `until`. Zero when there are none."""
        return sum(self.is_working(day + n * DAY) for n in range(1, (until - day).days + 1))

    def is_provisional(self, year: int) -> bool:
        """Whether the country works on some weekends instead, and has not published on which of that year (see `last_notice`)."""
        last = last_notice(self.country, self.subdivision) if self.country else None
        return last is not None and last < year <= last + GIVEN_UP_AFTER


MONDAY_TO_FRIDAY = Calendar()


@lru_cache(maxsize=4096)
def days_off(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Every day of `year` on which a country rests, weekends included. Saturdays and Sundays without a country."""
    known = _holidays(country, subdivision, year) if country else None
    every = (date(year, 1, 1) + n * DAY for n in range(366))
    return frozenset(
        day
        for day in every
        if day.year == year and not (known.is_working_day(day) if known is not None else day.weekday() < SATURDAY)
    )


def named_days(country: str, subdivision: str, year: int) -> tuple[list[tuple[date, str]], list[date]]:
    """The public holidays of a year with their names, and the days of weekends on which people work instead."""
    if not country:
        return [], []
    known = _holidays(country, subdivision, year)
    rest = [(day, name.partition(SUBSTITUTED)[0]) for day, name in sorted(known.items()) if day.year == year]
    return rest, sorted(day for day in known.weekend_workdays if day.year == year)


@cache
def last_notice(country: str, subdivision: str = "") -> int | None:
    """The last year of which the library knows make-up working days; None for a country that publishes none.

    Governments announce them year by year (China's State Council in autumn): later years show the holidays alone.
    """
    known = _holidays(country, subdivision, 2020)
    if not known.has_substituted_holidays:
        return None
    special = getattr(known, "special_public_holidays", {})
    return max((year for year, days in special.items() if _has_make_up(days)), default=None)


@cache
def countries() -> dict[str, str]:
    """The countries the library knows, by ISO 3166 code, with their English names, in the order of these."""
    found = {codes[0]: _words(name) for name, (_class, *codes) in COUNTRIES.items()}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


@cache
def subdivisions(country: str) -> tuple[str, ...]:
    """Codes of the parts of a country that have holidays of their own."""
    return tuple(getattr(holidays, COUNTRIES[_module(country)][0]).subdivisions) if country in countries() else ()


def _holidays(country: str, subdivision: str, year: int) -> holidays.HolidayBase:
    """The year with the next: a notice may take its make-up days from the last days of the year before."""
    years = (year, year + 1)
    return holidays.country_holidays(country, subdiv=subdivision or None, years=years, expand=False, language="en_US")


def _has_make_up(days: object) -> bool:
    """Whether the library's entry of a year moves a day: month and day off, month and day worked on instead (and a year)."""
    entries = days if isinstance(days, tuple) and days and isinstance(days[0], tuple) else (days,)
    return any(isinstance(entry, tuple) and sum(isinstance(part, int) for part in entry) >= 4 for entry in entries)


def _module(country: str) -> str:
    return next(name for name, (_class, *codes) in COUNTRIES.items() if codes[0] == country)


def _words(name: str) -> str:
    """ "united_states" as people write it."""
    return " ".join(word if word in {"and", "of", "the"} else word.capitalize() for word in name.split("_"))


def _days(day: date, step: timedelta) -> Iterator[date]:
    for n in range(1, LONGEST_REST + 1):
        yield day + n * step
