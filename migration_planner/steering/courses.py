"""Courses and groups out of the kept days of bans, a statement each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from migration_planner.planning.models import Ban, ProgressDay
from migration_planner.steering.estimating import Group
from migration_planner.steering.throughput import RECENT, Course, Day

#: A team of few people borrows this many person-days from the team above it: ten people for two weeks.
BORROWED = 100.0

#: Of every team with all below it: how it stands on the day, and who finished of how many person-days of late.
TEAMS = """
    WITH days AS (
        SELECT team_id, day, people, done,
               greatest(done - lag(done, 1, 0) OVER (PARTITION BY team_id ORDER BY day), 0) AS finished
        FROM planning_progressday
        WHERE ban_id = %(ban)s AND team_id IS NOT NULL AND day >= %(first)s AND day <= %(last)s
          AND (extract(isodow FROM day) < 6 OR day = %(last)s)
    ), recent AS (
        SELECT team_id, sum(finished) AS finished, sum(greatest(people - done + finished / 2.0, 0.5)) AS exposure
        FROM days WHERE day > %(first)s OR %(whole)s GROUP BY team_id
    )
    SELECT team.id, team.path, latest.people, latest.done, recent.finished, recent.exposure,
           coalesce(migration.people > 0 AND migration.people * 2 >= latest.people, false)
    FROM planning_progressday AS latest
    JOIN people_team AS team ON team.id = latest.team_id
    JOIN recent ON recent.team_id = latest.team_id
    LEFT JOIN planning_migration AS migration ON migration.ban_id = latest.ban_id AND migration.team_id = latest.team_id
    WHERE latest.ban_id = %(ban)s AND latest.day = %(last)s AND latest.people > 0
    ORDER BY team.depth, team.path
"""


@dataclass(frozen=True)
class TeamGroup:
    """A team with all below it, what it borrows from the team above included."""

    team_id: int
    path: str
    group: Group
    #: Whether most of the people counted here and below are the team's own.
    mostly_own: bool


def course_of(ban: Ban) -> Course | None:
    """The whole audience day by day; None before the first day is over."""
    return _course(ban, ban.progress_days.filter(team__isnull=True))


def finished_before(day: date, *, but: Ban | None = None, most: int = 40) -> list[Course]:
    """The bans whose cutoffs lay before a day, the latest ones, the earliest first; withdrawn ones teach nothing."""
    over = Q(cutoff_at__lt=datetime.combine(day, datetime.min.time(), UTC))
    bans = Ban.objects.filter(over, state__in=[Ban.State.PUBLISHED, Ban.State.CLOSED]).exclude(pk=but.pk if but else 0)
    found = sorted(bans.order_by("-cutoff_at")[:most], key=lambda ban: (ban.cutoff_at, ban.pk))
    rows = ProgressDay.objects.filter(ban__in=found, team__isnull=True)
    courses = (_course(ban, rows.filter(ban=ban)) for ban in found)
    return [course for course in courses if course is not None]


def teams_of(ban: Ban, course: Course) -> list[TeamGroup]:
    """Every team of the audience with people, those above first; small ones borrow from the team right above them."""
    last = course.latest.day
    recent = course.days[-RECENT - 1 :]
    parameters: dict[str, Any] = {
        "ban": ban.pk,
        "first": recent[0].day,
        "last": last,
        "whole": len(course.days) <= RECENT,
    }
    with connection.cursor() as cursor:
        cursor.execute(TEAMS, parameters)
        rows = cursor.fetchall()
    return list(_borrowing(rows, course.recent_finished / course.recent_exposure))


def _borrowing(rows: list[tuple[int, str, int, int, float, float, bool]], top: float) -> Iterator[TeamGroup]:
    rates: dict[str, float] = {}
    for team_id, path, people, done, finished, exposure, mostly_own in rows:
        above = rates.get(path.rpartition("/")[0], top)
        with_borrowed = float(finished) + above * BORROWED, float(exposure) + BORROWED
        rates[path] = with_borrowed[0] / with_borrowed[1]
        yield TeamGroup(team_id, path, Group(people, done, *with_borrowed), mostly_own)


def _course(ban: Ban, rows: QuerySet[ProgressDay]) -> Course | None:
    days = [Day(*row) for row in rows.order_by("day").values_list("day", "people", "done")]
    if ban.cutoff_at is None or not any(day.day.weekday() < 5 for day in days):
        return None
    return Course.of(days, ban.cutoff_at.astimezone(UTC).date())
