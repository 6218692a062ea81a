"""From possible futures to what can be promised, for one group of people or for thousands at once. No database."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from migration_planner.steering.montecarlo import Futures, finishing, levels, until_all
from migration_planner.steering.throughput import Course, Numbers

#: With what confidence a number is promised, in per cent.
CONFIDENCES = (50, 85, 95)
#: Fewer finished people, or fewer working days, say nothing about the days ahead.
ENOUGH_FINISHED, ENOUGH_DAYS = 10, 5
#: Groups worked on at once: 200 × 1,000 draws fit into a processor's cache.
AT_ONCE = 200


@dataclass(frozen=True)
class Group:
    """People who are forecast together: how it stands, and from how many person-days how many finished of late."""

    people: int
    done: int
    finished: float
    exposure: float


@dataclass(frozen=True)
class Estimate:
    """What can be said of one group. The keys of every mapping are confidences in per cent."""

    #: At least so many of its people will be done by the cutoff.
    by_cutoff: dict[int, int]
    #: The last one is done after so many working days from now, at the latest; None for beyond the horizon.
    all_within: dict[int, int | None]
    #: The same as `by_cutoff` on the way there: (working days from now, mapping).
    fan: list[tuple[int, dict[int, int]]]
    #: How many people it will be by the cutoff, when it grows or shrinks as of late.
    people_then: int


def is_enough(course: Course) -> bool:
    """Whether there is anything to draw from: some finished people, some working days, some pace of late."""
    return course.latest.done >= ENOUGH_FINISHED and len(course.days) >= ENOUGH_DAYS and course.recent_finished > 0


def whole(course: Course) -> Group:
    """All people of a course as one group."""
    return Group(course.latest.people, course.latest.done, course.recent_finished, course.recent_exposure)


def estimate(
    groups: Sequence[Group], course: Course, futures: Futures, chance: Generator, *, points: int = 8
) -> list[Estimate]:
    """What can be promised of each group, all of them on the same futures of their ban. `points` are those of the fan."""
    found: list[Estimate] = []
    for start in range(0, len(groups), AT_ONCE):
        found += _some(groups[start : start + AT_ONCE], course, futures, chance, points)
    return found


def _some(groups: Sequence[Group], course: Course, futures: Futures, chance: Generator, points: int) -> list[Estimate]:
    now = _Now.of(groups, course.growth, futures, chance)
    stops = _stops(course.days_left, points)
    promised = [_promises(now.done_after(stop, futures, chance)) for stop in stops]
    last = _promises(-until_all(now.open, now.rates, futures, chance))
    then = np.round(now.people * (1 + now.growth) ** course.days_left).astype(int)
    return [
        Estimate(
            by_cutoff={each: int(found[row]) for each, found in promised[-1].items()} if stops else {},
            all_within={each: _within(-float(found[row]), futures.days) for each, found in last.items()},
            fan=[
                (stop, {each: int(found[row]) for each, found in by.items()})
                for stop, by in zip(stops, promised, strict=True)
            ],
            people_then=int(then[row]),
        )
        for row in range(len(groups))
    ]


@dataclass(frozen=True)
class _Now:
    """Some groups as they stand, a row each, with their possible rates (groups × runs)."""

    people: Numbers
    done: Numbers
    rates: Numbers
    growth: float

    @classmethod
    def of(cls, groups: Sequence[Group], growth: float, futures: Futures, chance: Generator) -> "_Now":
        rows = [(group.people, group.done, group.finished, group.exposure) for group in groups]
        people, done, finished, exposure = np.array(rows, dtype=float).T
        return cls(people, done, levels(finished, exposure, chance, runs=len(futures.summed)), growth)

    @property
    def open(self) -> Numbers:
        return np.maximum(self.people - self.done, 0)

    def done_after(self, days: int, futures: Futures, chance: Generator) -> Numbers:
        """Done people after so many working days, groups × runs."""
        summed = futures.after(days)
        done = self.done[:, None] + finishing(self.open, self.rates, summed, chance)
        grown = (1 + self.growth) ** days
        if grown <= 1:  # people leave, whether they are done or not
            return done * grown
        joining = chance.poisson(self.people[:, None] * (grown - 1), done.shape)
        half_way = -np.expm1(-self.rates * summed[None, :] / 2)  # who joins has half of the time on average
        return done + chance.binomial(joining, half_way)


def _stops(days_left: int, points: int) -> list[int]:
    """Working days from now at which the fan is drawn, the cutoff the last; none when it has passed."""
    return sorted({max(round(days_left * (point + 1) / points), 1) for point in range(points)}) if days_left else []


def _promises(draws: Numbers) -> dict[int, Numbers]:
    """For every confidence the number that so many per cent of the runs reach, a row for each group."""
    shares = [1 - each / 100 for each in CONFIDENCES]
    found = np.quantile(draws, shares, axis=1, method="lower")
    return dict(zip(CONFIDENCES, found, strict=True))


def _within(days: float, horizon: int) -> int | None:
    return int(days) if days <= horizon else None
