"""Forecasts made by the clock, once for every kept day, and stored: pages only read them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar
from zlib import crc32

import numpy as np
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from migration_planner.planning.models import Ban, Event, ProgressDay
from migration_planner.steering import courses, telling
from migration_planner.steering.courses import TeamGroup
from migration_planner.steering.estimating import CONFIDENCES, Estimate, Group, estimate, is_enough, whole
from migration_planner.steering.models import Forecast
from migration_planner.steering.montecarlo import futures
from migration_planner.steering.throughput import Course, working_day

T = TypeVar("T")
#: Draws for the audience, and for each of its many teams.
RUNS, RUNS_OF_TEAMS = 1000, 400


def due() -> QuerySet[Ban]:
    """Bans in force with a kept day that nothing was forecast from yet, or whose cutoff has moved since it was."""
    days = ProgressDay.objects.filter(ban=OuterRef("pk"), team__isnull=True).order_by("-day")
    forecasts = Forecast.objects.filter(ban=OuterRef("pk"), team__isnull=True).order_by("-day")
    moves = Event.objects.filter(
        ban=OuterRef("pk"),
        verb=Event.Verb.CUTOFF_MOVED,
        checklist__isnull=True,
        migration__isnull=True,
        at__gt=OuterRef("made"),
    )
    bans = Ban.objects.live().annotate(
        newest=Subquery(days.values("day")[:1]),
        known=Subquery(forecasts.values("day")[:1]),
        made=Subquery(forecasts.values("made_at")[:1]),
    )
    return bans.filter(Q(known__isnull=True) | Q(known__lt=F("newest")) | Exists(moves), newest__isnull=False)


def forecast_all(*, now: datetime) -> int:
    """Forecast every ban that is due. Returns how many."""
    return sum(forecast(ban, now=now) for ban in due())


@transaction.atomic
def forecast(ban: Ban, *, now: datetime) -> bool:
    """Store what the newest kept day says of the audience and of every team of a ban. False when no day is over yet.

    Twice at once is harmless: the second waits for the first and writes the same numbers.
    """
    Ban.objects.select_for_update(of=("self",), no_key=True).get(pk=ban.pk)
    course = courses.course_of(ban)
    if course is None:
        return False
    rows = _silent(ban, course, now) or _speaking(ban, course, now)
    Forecast.objects.filter(ban=ban).filter(Q(day=course.latest.day) | Q(team__isnull=False)).delete()
    Forecast.objects.bulk_create(rows, batch_size=1000)
    telling.tell(ban, rows[0], now=now)
    return True


def _silent(ban: Ban, course: Course, now: datetime) -> list[Forecast]:
    """One row that says why nothing can be said; none when something can."""
    if is_enough(course) or not course.open:
        return []
    why = Forecast.Silence.TOO_EARLY if course.recent_finished else Forecast.Silence.STANDSTILL
    latest = course.latest
    return [Forecast(ban=ban, day=latest.day, made_at=now, people=latest.people, done=latest.done, silent=why)]


def _speaking(ban: Ban, course: Course, now: datetime) -> list[Forecast]:
    chance = np.random.default_rng(seed_of(ban, course.latest.day))
    known = courses.finished_before(course.days[0].day, but=ban)
    all_of_them = estimate([whole(course)], course, futures(course, known, chance, runs=RUNS), chance)
    teams = courses.teams_of(ban, course)
    coming = futures(course, known, chance, runs=RUNS_OF_TEAMS)
    found = estimate([team.group for team in teams], course, coming, chance, points=4)
    pairs: list[tuple[TeamGroup | None, Group, Estimate]] = [(None, whole(course), all_of_them[0])]
    pairs += [(team, team.group, each) for team, each in zip(teams, found, strict=True)]
    return [_row(ban, course, team, group, each, len(known), now) for team, group, each in pairs]


def _row(
    ban: Ban, course: Course, team: TeamGroup | None, group: Group, found: Estimate, known: int, now: datetime
) -> Forecast:
    return Forecast(
        ban=ban,
        team_id=team.team_id if team else None,
        day=course.latest.day,
        made_at=now,
        people=group.people,
        done=group.done,
        by_cutoff=_in_order(found.by_cutoff) if found.by_cutoff else [],
        all_by=[_day(course, within) for within in _in_order(found.all_within)],
        fan=[[working_day(course.latest.day, days).isoformat(), _in_order(by)] for days, by in found.fan],
        people_then=found.people_then,
        short=max(found.people_then - found.by_cutoff[50], 0) if found.by_cutoff else group.people - group.done,
        mostly_own=team is not None and team.mostly_own,
        learnt_from=known,
    )


def _in_order(by: dict[int, T]) -> Sequence[T]:
    return [by[each] for each in CONFIDENCES]


def _day(course: Course, within: int | None) -> date | None:
    return working_day(course.latest.day, within) if within is not None else None


def seed_of(ban: Ban, day: date) -> int:
    """The same ban on the same day gives the same numbers, whoever asks."""
    return crc32(f"{ban.pk} {day}".encode())
