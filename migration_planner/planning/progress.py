"""How far a team, with all teams below it, or a whole audience has come. Frozen rows, from the kept counters.

Every function takes a fixed, small number of queries, whatever the size of the company.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from migration_planner.people.models import Membership, below
from migration_planner.planning.models import Ban, Checklist, Mark, Migration, ProgressDay


@dataclass(frozen=True)
class Figures:
    """People by state. The five states add up to the people; the waived are neither done nor behind.

    `verified` are those of the done whose steps scans verify.
    """

    people: int = 0
    done: int = 0
    started: int = 0
    blocked: int = 0
    waived: int = 0
    verified: int = 0

    @property
    def claimed(self) -> int:
        """Done by the word of the people themselves."""
        return self.done - self.verified

    @property
    def not_started(self) -> int:
        return self.people - self.done - self.started - self.blocked - self.waived

    @property
    def unfinished(self) -> int:
        """Those still to finish by the deadline."""
        return self.people - self.done - self.waived

    @property
    def percent(self) -> int:
        """Done of the people, rounded down: 100 only when everybody is done."""
        return self.done * 100 // self.people if self.people else 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(mine + theirs for mine, theirs in zip(self._counts(), other._counts(), strict=True)))

    def _counts(self) -> tuple[int, int, int, int, int, int]:
        return self.people, self.done, self.started, self.blocked, self.waived, self.verified


@dataclass(frozen=True)
class TeamRow:
    """One team with all below it. Team steps are owed by the teams in which somebody is counted."""

    team_id: int
    path: str
    figures: Figures
    teams: int
    team_steps_done: int
    team_steps_asked: int
    has_lead: bool = True
    team_steps_verified: int = 0

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Overview:
    """A total and what it is made of: `own` the people counted in the team itself (none over several teams), `rows` the
    teams below in which somebody is counted, neediest first. Own and rows add up to the total."""

    total: Figures
    own: TeamRow | None
    teams: int
    team_steps_done: int
    team_steps_asked: int
    rows: list[TeamRow]
    #: Of the finished team steps, those that scans verify; the others are claimed.
    team_steps_verified: int = 0

    @property
    def team_steps_claimed(self) -> int:
        return self.team_steps_done - self.team_steps_verified


SUMS = """
    sum(migration.people), sum(migration.done), sum(migration.started), sum(migration.blocked), sum(migration.waived),
    sum(migration.verified), count(*), coalesce(sum(migration.finished_team_steps) FILTER (WHERE migration.people > 0), 0),
    coalesce(sum(migration.verified_team_steps) FILTER (WHERE migration.people > 0), 0),
    count(*) FILTER (WHERE migration.people > 0)
"""

#: Sums per team right below %(path)s, by the name at that %(level)s of the path; of that team alone under no name. This is
#: read for every team of the company at once, so each row's share is one call: taking paths apart and together was most of it.
BELOW_ONE = f"""
    SELECT split_part(migration.path, '/', %(level)s) COLLATE "C" AS name, {SUMS}
    FROM planning_migration AS migration
    WHERE migration.ban_id = %(ban)s
      AND (migration.path = %(path)s OR (migration.path >= %(path)s || '/' AND migration.path < %(path)s || '0'))
    GROUP BY 1
"""  # noqa: S608 - constants of this module

#: Sums per team of %(paths)s with all below each.
OF_SEVERAL = f"""
    SELECT top.path AS group_path, {SUMS}
    FROM unnest(%(paths)s::text[]) AS top (path)
    JOIN planning_migration AS migration ON migration.ban_id = %(ban)s
     AND (migration.path = top.path COLLATE "C"
          OR (migration.path >= (top.path || '/') COLLATE "C" AND migration.path < (top.path || '0') COLLATE "C"))
    GROUP BY 1
"""  # noqa: S608 - as above

#: Of one team with all below it together: no path is taken apart.
OF_ONE = f"""
    SELECT %(path)s AS path, {SUMS}
    FROM planning_migration AS migration
    WHERE migration.ban_id = %(ban)s
      AND (migration.path = %(path)s OR (migration.path >= %(path)s || '/' AND migration.path < %(path)s || '0'))
    HAVING count(*) > 0
"""  # noqa: S608 - as above

#: The same as BELOW_ONE for several teams at once, %(levels)s beside %(paths)s.
BELOW_EACH = f"""
    SELECT top.path, split_part(migration.path, '/', top.level) COLLATE "C" AS name, {SUMS}
    FROM unnest(%(paths)s::text[], %(levels)s::int[]) AS top (path, level)
    JOIN planning_migration AS migration ON migration.ban_id = %(ban)s
     AND (migration.path = top.path COLLATE "C"
          OR (migration.path >= (top.path || '/') COLLATE "C" AND migration.path < (top.path || '0') COLLATE "C"))
    GROUP BY 1, 2
"""  # noqa: S608 - as above


def of_team(ban: Ban, path: str) -> Overview:
    """The team at `path` and the teams right below it, each with all below. Two queries."""
    found = _fetch(BELOW_ONE, {"ban": ban.pk, "path": path, "level": path.count("/") + 2})
    rows = _rows(ban, [(f"{path}/{name}" if name else path, *sums) for name, *sums in found], alone=path)
    own = next((row for row in rows if row.path == path and row.figures.people), None)
    return _overview(rows, own, [row for row in rows if row.path != path])


def below_each(ban: Ban, paths: Sequence[str]) -> dict[str, list[TeamRow]]:
    """For each of these teams: itself, when people are counted in it, and the teams right below it with all below each.

    Only rows in which somebody is counted. Two queries.
    """
    levels = [path.count("/") + 2 for path in paths]
    found = _fetch(BELOW_EACH, {"ban": ban.pk, "paths": list(paths), "levels": levels})
    rows = _rows(ban, [(f"{top}/{name}" if name else top, *sums) for top, name, *sums in found])
    below: dict[str, list[TeamRow]] = {path: [] for path in paths}
    for (top, *_sums), row in zip(found, rows, strict=True):
        if row.figures.people:
            below[top].append(row)
    return below


def of_audience(ban: Ban) -> Overview:
    """The whole audience: over one team it is that team's overview; over several, a row for each of them."""
    tops = audience_tops(ban)
    if len(tops) == 1:
        return of_team(ban, tops[0])
    rows = _rows(ban, _fetch(OF_SEVERAL, {"ban": ban.pk, "paths": tops}))
    return _overview(rows, None, rows)


def total(ban: Ban, path: str = "") -> Overview:
    """The total of the team at `path` with all below, or of the whole audience, without rows. Two queries at most."""
    tops = [path] if path else audience_tops(ban)
    if len(tops) > 1:
        return replace(of_audience(ban), rows=[])
    found = [row for top in tops for row in _fetch(OF_ONE, {"ban": ban.pk, "path": top})]
    return _overview(_rows(ban, found, alone=tops[0] if tops else ""), None, [])


def audience_tops(ban: Ban) -> list[str]:
    """Paths of the chosen teams of the audience, without those below another chosen one."""
    paths = sorted(ban.audience_teams.filter(excluded=False).values_list("team__path", flat=True))
    return [path for path in paths if not any(path.startswith(f"{other}/") for other in paths)]


def furthest_behind(ban: Ban, path: str = "", *, most: int = 10) -> QuerySet[Migration]:
    """The teams with the most unfinished people of their own."""
    rows = ban.migrations.filter(below(path)) if path else ban.migrations.all()
    return rows.unfinished_first()[:most]


def blocked(ban: Ban, path: str = "", *, most: int = 20) -> list[Checklist]:
    """The people blocked latest, in the team at `path` and below it or in the whole audience, each with `marks_blocked`."""
    marks = Mark.objects.filter(state=Mark.State.BLOCKED, step__removed_at__isnull=True)
    marks = marks.select_related("step").only("checklist", "note", "at", "step__title")
    rows = ban.checklists.filter(state=Checklist.State.BLOCKED).select_related("person", "migration")
    rows = rows.only("ban", "person__name", "migration__path")
    rows = rows.below(path) if path else rows
    rows = rows.prefetch_related(Prefetch("marks", marks, to_attr="marks_blocked"))
    return list(rows.order_by("-last_activity_at", "-id")[:most])


def burn_up(ban: Ban, team_id: int | None) -> list[ProgressDay]:
    """Progress at the end of every day so far, of a team with all below it, or (None) of the whole audience."""
    of_whom = Q(team_id=team_id) if team_id is not None else Q(team__isnull=True)
    return list(ban.progress_days.filter(of_whom).order_by("day"))


def live_figures(ban_ids: Iterable[int], paths: Sequence[str]) -> dict[tuple[int, str], Figures]:
    """Figures by (ban, path) for several bans and several teams with all below them, in one query."""
    statement = """
        SELECT migration.ban_id, top.path, sum(people), sum(done), sum(started), sum(blocked), sum(waived), sum(verified)
        FROM unnest(%(paths)s::text[]) AS top (path)
        JOIN planning_migration AS migration ON migration.ban_id = ANY(%(bans)s)
         AND (migration.path = top.path COLLATE "C"
              OR (migration.path >= (top.path || '/') COLLATE "C" AND migration.path < (top.path || '0') COLLATE "C"))
        GROUP BY 1, 2
    """
    rows = _fetch(statement, {"paths": list(paths), "bans": list(ban_ids)})
    return {(ban, path): Figures(*(int(count) for count in counts)) for ban, path, *counts in rows}


def of_bans(ban_ids: Iterable[int]) -> dict[int, Figures]:
    """Figures of the whole audience of several bans, in one query."""
    statement = """
        SELECT ban_id, sum(people), sum(done), sum(started), sum(blocked), sum(waived), sum(verified)
        FROM planning_migration WHERE ban_id = ANY(%(bans)s) GROUP BY 1
    """
    return {
        ban: Figures(*(int(count) for count in counts)) for ban, *counts in _fetch(statement, {"bans": list(ban_ids)})
    }


def _overview(everything: list[TeamRow], own: TeamRow | None, rows: list[TeamRow]) -> Overview:
    return Overview(
        total=sum((row.figures for row in everything), Figures()),
        own=own,
        teams=sum(row.teams for row in everything),
        team_steps_done=sum(row.team_steps_done for row in everything),
        team_steps_asked=sum(row.team_steps_asked for row in everything),
        team_steps_verified=sum(row.team_steps_verified for row in everything),
        rows=sorted((row for row in rows if row.figures.people), key=lambda row: (-row.figures.unfinished, row.path)),
    )


def _rows(ban: Ban, groups: list[tuple[Any, ...]], *, alone: str = "") -> list[TeamRow]:
    """A row for each group, with its team and whether that has a lead. A team `alone` is in no list, and not asked for."""
    leads = Membership.objects.filter(team=OuterRef("team"), role=Membership.Role.LEAD)
    paths = [path for path, *_sums in groups]
    asked = ban.migrations.filter(path__in=paths if paths != [alone] else [])
    teams = {path: (team, led) for path, team, led in asked.values_list("path", "team", Exists(leads))}
    return [_row(ban, group, *teams.get(group[0], (0, False))) for group in groups]


def _row(ban: Ban, group: tuple[Any, ...], team_id: int, has_lead: bool) -> TeamRow:
    path, people, done, started, blocked, waived, verified, teams, steps_done, steps_verified, owing = group
    return TeamRow(
        team_id=team_id,
        path=path,
        figures=Figures(int(people), int(done), int(started), int(blocked), int(waived), int(verified)),
        teams=teams,
        team_steps_done=int(steps_done),
        team_steps_asked=owing * ban.required_team_steps,
        has_lead=has_lead,
        team_steps_verified=int(steps_verified),
    )


def _fetch(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
