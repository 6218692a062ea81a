"""How good our forecasts would have been: finished bans, replayed as if each day were today. No database.

Every course is forecast at several points of its window with the courses before it as the only experience. A promise of 85 %
is well made when it is kept in 80 to 90 of 100 cases: kept more often it was too timid, less often too bold. The two rivals
need no statistics: the straight line from the first day through today, and the pace of the last week.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from migration_planner.steering.estimating import CONFIDENCES, estimate, is_enough, whole
from migration_planner.steering.montecarlo import futures
from migration_planner.steering.throughput import Course

#: At which shares of the window a course is forecast.
POINTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: So many courses at most are learnt from, the latest ones.
LEARNT_FROM = 40
WEEK = 5


@dataclass(frozen=True)
class Case:
    """One forecast of the past beside what came: shares of the people at the cutoff, 0 to 1."""

    promised: dict[int, float]
    came: float
    line: float
    pace: float


@dataclass(frozen=True)
class Record:
    """What many cases say. `held` and the errors are shares, 0 to 1; an error is the mean distance from what came."""

    cases: int
    courses: int
    held: dict[int, float]
    error: float
    error_of_line: float
    error_of_pace: float


def backtest(courses: Sequence[Course], *, seed: int) -> Record | None:
    """Replay courses, the earliest first. None when no forecast could have been made at all."""
    cases, replayed = [], 0
    for number, course in enumerate(courses):
        known = [other for other in courses[:number] if other.cutoff < course.days[0].day][-LEARNT_FROM:]
        found = list(_replay(course, known, seed=seed + number))
        cases += found
        replayed += bool(found)
    return _record(cases, replayed) if cases else None


def _replay(course: Course, known: Sequence[Course], *, seed: int) -> Iterator[Case]:
    end = next((row for row in reversed(course.days) if row.day <= course.cutoff), None)
    length = sum(row.day <= course.cutoff for row in course.days)
    if end is None or not end.people:
        return
    for point in POINTS:
        then = course.until(course.days[max(int(length * point) - 1, 0)].day)
        if then.latest.day < end.day and is_enough(then):
            yield _case(then, known, end.done / end.people, np.random.default_rng([seed, int(point * 100)]))


def _case(then: Course, known: Sequence[Course], came: float, chance: np.random.Generator) -> Case:
    found = estimate([whole(then)], then, futures(then, known, chance), chance, points=1)[0]
    people = max(found.people_then, 1)
    promised = {each: min(found.by_cutoff[each] / people, 1.0) for each in CONFIDENCES}
    return Case(promised, came, *_rivals(then))


def _rivals(then: Course) -> tuple[float, float]:
    """Where the straight line from the first day and the pace of the last week end, as shares of the people."""
    return _straight_on(then, then.latest.done / len(then.days)), _straight_on(then, then.finished_a_day[-WEEK:].mean())


def _straight_on(then: Course, a_day: float) -> float:
    return min((then.latest.done + a_day * then.days_left) / max(then.latest.people, 1), 1.0)


def _record(cases: Sequence[Case], courses: int) -> Record:
    return Record(
        cases=len(cases),
        courses=courses,
        held={each: fmean(case.came >= case.promised[each] for case in cases) for each in CONFIDENCES},
        error=fmean(abs(case.came - case.promised[50]) for case in cases),
        error_of_line=fmean(abs(case.came - case.line) for case in cases),
        error_of_pace=fmean(abs(case.came - case.pace) for case in cases),
    )
