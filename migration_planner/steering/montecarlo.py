"""Many possible ways on from here, each drawn from what really happened. Seeded: the same input gives the same numbers.

A way on has three parts that are not known. How fast it goes now: a Gamma draw around the recent rate, wide where few people
make it up. How the pace will change: finished bans at the same share of their windows, stretched to the length of this one, so
that the rush before a deadline comes from experience and not from hope; without finished bans the ban's own days, in random
blocks. And who of the open people is among those who finish: a binomial draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from migration_planner.steering.throughput import RECENT, Course, Numbers

RUNS = 1000
#: Working days looked ahead at least, and beyond the cutoff.
HORIZON, BEYOND = 20, 65
#: Days that stay together when a ban's own days are drawn: what is done on Tuesday depends on Monday.
BLOCK = 3
#: How far the level of a whole future may stray from the recent one, as the deviation of its logarithm.
STRAY = 0.1
#: Without any finished ban nobody knows how the pace changes before this cutoff: it may stray further.
STRAY_ALONE = 0.5
#: What a single finished ban teaches is off by so much, as the deviation of its logarithm; of n of them, the n-th root of it.
STRAY_OF_ONE = 0.6
#: A finished ban of so many people who are done is drawn half as often as one of very many: few people go their own ways.
HALF = 20
#: From so many finished bans at most a future is drawn: those most alike.
ALIKE = 12
#: No day of a finished ban counts as more than this many times its pace before.
STEEPEST = 20.0


@dataclass(frozen=True)
class Futures:
    """Paces of the days ahead, `runs` × days: how many times the recent rate, summed up from today."""

    summed: Numbers

    @property
    def days(self) -> int:
        return int(self.summed.shape[1])

    def after(self, days: int) -> Numbers:
        """The sum of paces after so many working days, for every run."""
        return self.summed[:, min(days, self.days) - 1] if days > 0 else np.zeros(len(self.summed))


def horizon(course: Course) -> int:
    """For how many working days futures are drawn."""
    return max(course.days_left, HORIZON) + BEYOND


def futures(course: Course, finished: Sequence[Course], chance: Generator, *, runs: int = RUNS) -> Futures:
    """Draw the paces of the days ahead of a course from finished ones and from its own recent days."""
    days = horizon(course)
    alike = sorted(finished, key=lambda other: _unlikeness(course, other))[:ALIKE]
    paths = [(other, _path_of(other, course, days)) for other in alike]
    known = [(other.latest.done, path) for other, path in paths if path is not None]
    if known:
        weights = np.array([(done + 1) / (done + 1 + HALF) for done, _path in known])
        paces = np.array([path for _done, path in known])[chance.choice(len(known), runs, p=weights / weights.sum())]
        stray = float(np.hypot(STRAY, STRAY_OF_ONE / np.sqrt(len(known))))
    else:
        paces, stray = np.array([_own_days(course, days, chance) for _run in range(runs)]), STRAY_ALONE
    return Futures(np.cumsum(paces, axis=1) * np.exp(chance.normal(0, stray, (runs, 1))))


def _unlikeness(course: Course, other: Course) -> float:
    """How little a finished ban has to say about a course: another length of notice, another share done at this distance."""
    then = other.days[max(_ends(other) - course.days_left, 1) - 1]
    shares = course.latest.done / max(course.latest.people, 1) - then.done / max(then.people, 1)
    notice = np.log((len(course.days) + course.days_left) / max(_ends(other), 1))
    return float(abs(notice) + 2 * abs(shares))


def _ends(other: Course) -> int:
    """How many working days of a finished ban lay before its cutoff."""
    return len(other.days) - sum(day.day > other.cutoff for day in other.days)


def _path_of(other: Course, course: Course, days: int) -> Numbers | None:
    """The paces of a finished ban from the same share of its window on, in days of the course; None where it says nothing of it.

    Before the cutoff its time is stretched to the length of the course's window, after it a day is a day. What is stretched is
    the sum of its rates, so that a week of it stays a week's worth of people however many days it covers here.
    """
    now, length, ends = len(course.days), _ends(course) + course.days_left, _ends(other)
    last = length + len(other.days) - ends - now
    if not ends or not length or last < 1:
        return None
    at = np.arange(max(now - RECENT, 0), now + days + 1, dtype=float)
    summed = np.interp(
        np.where(at <= length, at * ends / length, ends + at - length),
        np.arange(len(other.days) + 1),
        np.concatenate([[0.0], np.cumsum(other.rates)]),
    )
    before = len(at) - days - 1
    recent = (summed[before] - summed[0]) / before
    if recent <= 0:
        return None
    paces: Numbers = np.minimum(np.diff(summed[before:]) / recent, STEEPEST)
    paces[last:] = paces[max(last - BLOCK, 0) : last].mean()
    return paces


def _own_days(course: Course, days: int, chance: Generator) -> Numbers:
    recent = course.rates[-RECENT:]
    level = recent.mean()
    if not level:
        return np.ones(days)
    starts = chance.integers(0, max(len(recent) - BLOCK + 1, 1), days // BLOCK + 1)
    drawn: Numbers = np.concatenate([recent[start : start + BLOCK] for start in starts])[:days]
    paces: Numbers = np.resize(drawn, days) / level
    return paces


def levels(finished: Numbers, exposure: Numbers, chance: Generator, *, runs: int = RUNS) -> Numbers:
    """Rates as they may be now, groups × runs: `finished` people out of `exposure` person-days, both with what is borrowed."""
    shape = np.maximum(finished, 0.0)[:, None] + 0.5
    drawn: Numbers = chance.gamma(shape, 1.0, (len(finished), runs)) / np.maximum(exposure, 1.0)[:, None]
    return drawn


def finishing(open_now: Numbers, rates: Numbers, summed: Numbers, chance: Generator) -> Numbers:
    """How many of the open people finish, groups × runs, when the paces sum up to `summed` (one for every run)."""
    chances = -np.expm1(-rates * summed[None, :])
    drawn: Numbers = chance.binomial(open_now.astype(np.int64)[:, None], chances).astype(float)
    return drawn


def until_all(open_now: Numbers, rates: Numbers, futures: Futures, chance: Generator) -> Numbers:
    """After how many working days the last of the open people finishes, groups × runs; the horizon + 1 where that is too soon.

    The last of n people: the n-th root of one uniform draw says which share of the way all of them have gone.
    """
    share = chance.random(rates.shape) ** (1 / np.maximum(open_now, 1.0))[:, None]
    needed = -np.log1p(-share) / np.maximum(rates, 1e-12)
    found = [np.searchsorted(futures.summed[run], needed[:, run]) + 1 for run in range(rates.shape[1])]
    days = np.array(found, dtype=float).T
    days[open_now == 0] = 0
    return days
