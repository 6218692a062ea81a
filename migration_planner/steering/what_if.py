"""What would be promised with another cutoff, another date of a wave, or with waivers granted. Nothing is written.

The same draws as the stored forecast: without any change the same numbers come out.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from migration_planner.planning.models import Ban, Wave
from migration_planner.planning.progress import Figures
from migration_planner.steering import courses
from migration_planner.steering.estimating import Group, estimate, is_enough, whole
from migration_planner.steering.forecasting import RUNS, seed_of
from migration_planner.steering.montecarlo import futures
from migration_planner.steering.throughput import Course


@dataclass(frozen=True)
class Promise:
    """At least so many of `people` are done by a day, at 50, 85 and 95 %; none of it when the day has passed."""

    day: date
    people: int
    done_by: dict[int, int]

    @property
    def late(self) -> int:
        """Those who are expected not to be done then, at even odds."""
        return max(self.people - self.done_by[50], 0)

    @property
    def even(self) -> int:
        return self.done_by[50]

    @property
    def sure(self) -> int:
        return self.done_by[85]


@dataclass(frozen=True)
class Compared:
    """Before and after a change."""

    before: Promise
    after: Promise

    @property
    def gain(self) -> int:
        """By how many fewer people are expected to be late; negative when it gets worse."""
        return self.before.late - self.after.late

    @property
    def loss(self) -> int:
        return -self.gain

    @property
    def both(self) -> list[Promise]:
        return [self.before, self.after]


class Outlook:
    """What one ban can be asked about. `speaks` is False when there is nothing to draw from yet, or any more."""

    def __init__(self, ban: Ban) -> None:
        self.ban = ban
        self._course = courses.course_of(ban)
        self.speaks = self._course is not None and is_enough(self._course) and self._course.days_left > 0
        self._known = courses.finished_before(self._course.days[0].day, but=ban) if self._course and self.speaks else []

    def of_audience(self, cutoff: date, *, waived: int = 0) -> Compared | None:
        """The whole audience with another cutoff, when so many more people are waived and wait for nobody."""
        course = self._course
        if course is None or not self.speaks:
            return None
        group = whole(course)
        fewer = replace(group, people=max(group.people - waived, group.done))
        before = self._promise(course, course.cutoff, group)
        after = self._promise(course, cutoff, fewer)
        return Compared(before, after) if before and after else None

    def of_wave(self, wave: Wave, figures: Figures, day: date) -> Compared | None:
        """The people of one wave, at the pace of the whole audience, with another date of the wave."""
        course = self._course
        if course is None or not self.speaks or not figures.people:
            return None
        share = figures.people / max(course.latest.people, 1)
        group = Group(figures.people, figures.done, course.recent_finished * share, course.recent_exposure * share)
        before = self._promise(course, wave.cutoff_date, group)
        after = self._promise(course, day, group)
        return Compared(before, after) if before and after else None

    def _promise(self, course: Course, day: date, group: Group) -> Promise | None:
        moved = replace(course, cutoff=day)
        if not moved.days_left:
            return None
        chance = np.random.default_rng(seed_of(self.ban, course.latest.day))
        found = estimate([group], moved, futures(moved, self._known, chance, runs=RUNS), chance)[0]
        return Promise(day, found.people_then, found.by_cutoff)
