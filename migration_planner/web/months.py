"""Days with their numbers as months of weeks, for a page to print as a grid, or on a phone as a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format

from migration_planner.lib.working_days import Calendar

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cell:
    """One date. `number` is what there is on it; `off` that the reader's calendar has no work on it."""

    day: date
    number: int
    off: bool


@dataclass(frozen=True)
class Month:
    """A month by weeks from Monday to Sunday; days of its neighbours are None."""

    title: str
    weeks: list[list[Cell | None]]
    number: int


def months(days: Iterable[tuple[date, int]], calendar: Calendar) -> list[Month]:
    """The months in which something is, in order."""
    numbers = dict(days)
    firsts = [date(*key, 1) for key, _days in groupby(sorted(numbers), key=lambda day: (day.year, day.month))]
    return [_month(first, numbers, calendar) for first in firsts]


def headings() -> list[tuple[str, str]]:
    """Short and full names of the days of the week, Monday first."""
    return [(str(WEEKDAYS_ABBR[number]), str(WEEKDAYS[number])) for number in range(7)]


def _month(first: date, numbers: dict[date, int], calendar: Calendar) -> Month:
    after = (first.replace(day=28) + 4 * DAY).replace(day=1)
    days = [first + n * DAY for n in range((after - first).days)]
    cells: list[Cell | None] = [None for _blank in range(first.weekday())]
    cells += [Cell(day, numbers.get(day, 0), not calendar.is_working(day)) for day in days]
    cells += [None for _blank in range(-len(cells) % 7)]
    weeks = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    return Month(date_format(first, "YEAR_MONTH_FORMAT"), weeks, sum(cell.number for cell in cells if cell))
