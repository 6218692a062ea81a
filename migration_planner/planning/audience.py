"""Who a ban reaches, and keeping its migrations and checklists true to that while people join, move and leave.

`follow` is the one function behind publishing, a changed audience and a new roster. It is set-based and safe to repeat.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from migration_planner.people.models import AFTER_SLASH, Membership, Team, User, UserQuerySet
from migration_planner.planning import use_counts
from migration_planner.planning.counting import recount
from migration_planner.planning.models import Ban, Checklist
from migration_planner.planning.scans import weighing


def teams(ban: Ban) -> QuerySet[Team]:
    return Team.objects.filter(ban.audience())


def homes(ban: Ban) -> QuerySet[Membership]:
    """The home memberships of the people a ban reaches now: one row a person."""
    return Membership.objects.filter(is_home=True, user__is_active=True, team__in=teams(ban))


def people(ban: Ban) -> UserQuerySet:
    return User.objects.active().filter(memberships__in=homes(ban))


def unreachable(ban: Ban) -> UserQuerySet:
    """People of the audience to whom no mail can go."""
    return people(ban).unreachable()


def reach(ban: Ban) -> dict[str, int]:
    """How many people and teams the ban reaches, and how many of those people no mail can reach."""
    counts = homes(ban).aggregate(people=Count("pk"))
    return {"people": counts["people"], "teams": teams(ban).count(), "unreachable": unreachable(ban).count()}


@dataclass(frozen=True)
class Size:
    """People whose home is a team or one below it, and how many teams that are."""

    people: int = 0
    teams: int = 0


#: People by the team their home is in, of the topmost of some teams with all below, each counted once; then summed for each team
#: that is asked for. The topmost stand there as constants ({below}), so that PostgreSQL knows how many that are.
SIZES = """
    WITH team AS MATERIALIZED (
        SELECT team.path, count(person.id) AS people
        FROM people_team AS team
        LEFT JOIN people_membership AS home ON home.team_id = team.id AND home.is_home
        LEFT JOIN people_user AS person ON person.id = home.user_id AND person.is_active
        WHERE {below} GROUP BY team.id
    )
    SELECT top.path, sum(team.people), count(*) FROM unnest(%s::text[]) AS top (path)
    JOIN team ON team.path = top.path COLLATE "C"
              OR (team.path >= (top.path || '/') COLLATE "C" AND team.path < (top.path || '0') COLLATE "C")
    GROUP BY 1
"""
BELOW = "team.path = %s OR (team.path >= %s AND team.path < %s)"


def sizes(paths: Sequence[str]) -> dict[str, Size]:
    """The size of each of these teams with all below it, in one query."""
    if not paths:
        return {}
    known = set(paths)
    tops = [path for path in known if not any(above in known for above in _above(path))]
    values = [each for path in tops for each in (path, f"{path}/", f"{path}{AFTER_SLASH}")]
    with connection.cursor() as cursor:
        cursor.execute(SIZES.format(below=" OR ".join([BELOW] * len(tops))), [*values, list(known)])
        return {path: Size(int(people), teams) for path, people, teams in cursor.fetchall()}


def _above(path: str) -> Iterator[str]:
    """The paths of the teams above, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


#: After so many new rows PostgreSQL would plan what follows for the old sizes, and compare every team with every team.
MANY = 5_000


def follow(ban: Ban, *, now: datetime) -> dict[str, int]:
    """Make migrations and checklists fit the audience as it stands. The caller holds the ban alone (see locks.py).

    Joiners get a checklist, movers' checklists move with their home team, those of leavers and of people outside the
    audience stop, returners' go on. Returns how many of each.
    """
    _add_migrations(ban)
    changes = {
        "moved": _move_checklists(ban),
        "joined": _add_checklists(ban, now=now),
        "stopped": _stop_checklists(ban),
        "returned": _resume_checklists(ban),
    }
    if changes["joined"] >= MANY:
        _run("ANALYZE planning_migration, planning_checklist", [])
    weighing.weigh(ban, now=now)
    recount(ban)
    use_counts.recount(ban)
    return changes


def _add_migrations(ban: Ban) -> None:
    wanted, parameters = _sql(teams(ban).values("id", "path"))
    _run(
        f"""
        INSERT INTO planning_migration
            (ban_id, team_id, path, people, started, blocked, done, finished_team_steps, blocked_team_steps)
        SELECT %s, team.id, team.path, 0, 0, 0, 0, 0, 0 FROM ({wanted}) AS team
        ON CONFLICT (ban_id, team_id) DO NOTHING
        """,  # noqa: S608 - the statement is made of the ORM's own SQL and of parameters
        [ban.pk, *parameters],
    )


def _add_checklists(ban: Ban, *, now: datetime) -> int:
    wanted, parameters = _sql(homes(ban).values("user_id", "team_id"))
    return _run(
        f"""
        INSERT INTO planning_checklist
            (ban_id, person_id, person_name, migration_id, state, finished_steps, blocked_steps, created_at, stopped_why)
        SELECT migration.ban_id, home.user_id, person.name, migration.id, 'not_started', 0, 0, %s, ''
        FROM ({wanted}) AS home
        JOIN people_user AS person ON person.id = home.user_id
        JOIN planning_migration AS migration ON migration.team_id = home.team_id AND migration.ban_id = %s
        ON CONFLICT (ban_id, person_id) DO NOTHING
        """,  # noqa: S608 - as above
        [now, *parameters, ban.pk],
    )


def _move_checklists(ban: Ban) -> int:
    wanted, parameters = _sql(homes(ban).values("user_id", "team_id"))
    return _run(
        f"""
        UPDATE planning_checklist AS checklist SET migration_id = migration.id
        FROM ({wanted}) AS home
        JOIN planning_migration AS migration ON migration.team_id = home.team_id AND migration.ban_id = %s
        WHERE checklist.ban_id = migration.ban_id AND checklist.person_id = home.user_id
          AND checklist.migration_id <> migration.id
        """,  # noqa: S608 - as above
        [*parameters, ban.pk],
    )


def _stop_checklists(ban: Ban) -> int:
    gone = ban.checklists.counted().exclude(person__in=people(ban))
    left = gone.filter(person__is_active=False)
    stopped = left.update(state=Checklist.State.STOPPED, is_verified=False, stopped_why=Checklist.Stopped.LEFT)
    return stopped + gone.update(
        state=Checklist.State.STOPPED, is_verified=False, stopped_why=Checklist.Stopped.OUTSIDE
    )


def _resume_checklists(ban: Ban) -> int:
    """Those who are back go on where they stopped: `recount` derives their state from their marks."""
    back = ban.checklists.filter(state=Checklist.State.STOPPED, person__in=people(ban))
    return back.update(state=Checklist.State.NOT_STARTED, stopped_why="", done_at=None)


def _sql(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    return rows.order_by().query.sql_with_params()


def _run(statement: str, parameters: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
