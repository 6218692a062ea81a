"""Many possible ways on from here, each drawn from what really happened. Seeded: the same input gives the same numbers.

A way on has three parts that are not known. How fast it goes now: a Gamma draw around the recent rate, wide where few people
make it up. How the pace will change: the days of finished bans at the same distance from their cutoffs, so that the rush
before a deadline comes from experience and not from hope; without finished bans the ban's own days, in random blocks. And who
of the open people is among those who finish: a binomial draw.
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
#: With fewer finished bans that say something, the ban's own days are drawn from too, as if they were one more.
ENOUGH = 6
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
    days, left = horizon(course), course.days_left
    alike = sorted(finished, key=lambda other: _unlikeness(course, other))[:ALIKE]
    known = [path for path in (_path_of(other, left, days) for other in alike) if path is not None]
    own = int(len(known) < ENOUGH)
    paces = np.empty((runs, days))
    for run, pick in enumerate(chance.integers(0, len(known) + own, runs)):
        paces[run] = known[pick] if pick < len(known) else _own_days(course, days, chance)
    stray = STRAY if known else STRAY_ALONE
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


def _path_of(other: Course, left: int, days: int) -> Numbers | None:
    """The paces of a finished ban from as many working days before its cutoff; None where it says nothing about that time."""
    now = _ends(other) - left
    before = slice(max(now - RECENT, 0), now)
    if now < BLOCK or not (finished := other.finished_a_day[before].sum()):
        return None
    recent = finished / other.open_a_day[before].sum()
    ahead = np.minimum(other.rates[now:] / recent, STEEPEST)[:days]
    paces: Numbers = np.concatenate([ahead, np.full(days - len(ahead), ahead[-BLOCK:].mean() if len(ahead) else 1.0)])
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
