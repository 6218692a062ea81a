"""How fast people finish, as rates a working day: what forecasts are drawn from. Pure numbers, no database.

A rate of 0.1 says: of those who are still open in the morning, about a tenth finish that day. Working days are Monday to
Friday in UTC; what is finished on a weekend counts for the working day that follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

#: The last working days that say how fast it goes now: two weeks, so that every weekday counts twice.
RECENT = 10


class Day(NamedTuple):
    """How it stood at the end of a day."""

    day: date
    people: int
    done: int


@dataclass(frozen=True)
class Course:
    """One ban so far, or to its end: a row for every working day, the cutoff, and how it stands after the last row."""

    days: tuple[Day, ...]
    cutoff: date
    latest: Day

    @classmethod
    def of(cls, days: Sequence[Day], cutoff: date) -> "Course":
        """From a row for every calendar day, in order; raises ValueError when there is none."""
        if not days:
            raise ValueError("A course needs at least one day.")
        return cls(tuple(day for day in days if day.day.weekday() < 5), cutoff, days[-1])

    def until(self, day: date) -> "Course":
        """What was known at the end of that day, which is not before the first."""
        known = tuple(row for row in self.days if row.day <= day)
        return Course(known, self.cutoff, known[-1])

    @property
    def open(self) -> int:
        return max(self.latest.people - self.latest.done, 0)

    @cached_property
    def finished_a_day(self) -> Numbers:
        """People who finished on each working day; those whose marks were taken back count against it, but never below none."""
        done = np.array([0.0, *(day.done for day in self.days)])
        finished: Numbers = np.maximum(np.diff(done), 0.0)
        return finished

    @cached_property
    def open_a_day(self) -> Numbers:
        """People open on each working day, those who finish on it by half."""
        done = np.array([day.done for day in self.days], dtype=float)
        people = np.array([day.people for day in self.days], dtype=float)
        left: Numbers = np.maximum(people - done + self.finished_a_day / 2, 0.5)
        return left

    @cached_property
    def rates(self) -> Numbers:
        return self.finished_a_day / self.open_a_day

    @property
    def recent_finished(self) -> float:
        return float(self.finished_a_day[-RECENT:].sum())

    @property
    def recent_exposure(self) -> float:
        """Person-days of the recent days: the number that `recent_finished` came from."""
        return float(self.open_a_day[-RECENT:].sum())

    @property
    def growth(self) -> float:
        """By what share the number of people grew (or shrank) on a recent working day."""
        rows = self.days[-RECENT - 1 :]
        if len(rows) < 2 or not rows[0].people or not rows[-1].people:
            return 0.0
        return float((rows[-1].people / rows[0].people) ** (1 / (len(rows) - 1)) - 1)

    @property
    def days_left(self) -> int:
        return working_days(self.latest.day, self.cutoff)


def working_days(after: date, until: date) -> int:
    """Working days after one day, up to and with the other; none when that has passed."""
    if until <= after:
        return 0
    return int(np.busday_count(after, until) + np.is_busday(until) - np.is_busday(after))


def working_day(after: date, number: int) -> date:
    """The `number`-th working day after a day."""
    found: date = np.busday_offset(after, number, roll="backward").astype(date)
    return found
