"""What is still open or blocked, by team and workflow. One statement for the cells, whatever the size of the company."""

from dataclasses import dataclass

from migration_planner.lib.statements import large_rows
from migration_planner.planning import progress
from migration_planner.planning.models import Ban, Workflow
from migration_planner.planning.standing import FINISHED, STATE

#: How many teams, and how many workflows, a page shows: those with most to do.
TEAMS, WORKFLOWS = 50, 12
#: Shades from nothing to do up to everything.
SHADES = 4

#: Required steps of workflows: of people who are asked (neither done nor waived), and of teams with people of their own. People
#: with a mark are counted by mark; those without stand as the evidence about their team says.
CELLS = f"""
    WITH team AS MATERIALIZED (
        SELECT id, people, split_part(path, '/', %(level)s) COLLATE "C" AS name FROM planning_migration
        WHERE ban_id = %(ban)s AND people > 0 AND (%(path)s = '' OR path = %(path)s
              OR (path >= (%(path)s || '/') COLLATE "C" AND path < (%(path)s || '0') COLLATE "C"))
    ), step AS MATERIALIZED (
        SELECT id, workflow_id, per, must_be_verified FROM planning_step
        WHERE ban_id = %(ban)s AND required AND removed_at IS NULL AND workflow_id IS NOT NULL
    ), asked AS MATERIALIZED (
        SELECT checklist.id, checklist.migration_id FROM planning_checklist AS checklist JOIN team ON team.id = migration_id
        WHERE checklist.ban_id = %(ban)s AND state IN ('not_started', 'started', 'blocked')
    ), evidence AS MATERIALIZED (
        SELECT found.* FROM planning_evidence AS found JOIN team ON team.id = found.migration_id WHERE set_aside_at IS NULL
    ), marked AS (
        SELECT asked.migration_id, step.id AS step_id, count(*) AS marks, count(*) FILTER (WHERE {FINISHED}) AS finished,
               count(*) FILTER (WHERE {STATE} = 'blocked') AS blocked
        FROM asked JOIN planning_mark AS mark ON mark.checklist_id = asked.id JOIN step ON step.id = mark.step_id
        LEFT JOIN evidence ON evidence.migration_id = asked.migration_id AND evidence.step_id = step.id
        CROSS JOIN LATERAL (SELECT mark.state, mark.at, evidence.verdict, evidence.found_at) AS known
        GROUP BY 1, 2
    ), counted AS (
        SELECT migration_id, count(*) AS people FROM asked GROUP BY 1
    ), parts AS (
        SELECT team.name, step.workflow_id, team.people AS all_of_them, coalesce(marked.blocked, 0) AS blocked,
               coalesce(counted.people, 0) - coalesce(marked.finished, 0)
               - CASE WHEN {FINISHED} THEN coalesce(counted.people, 0) - coalesce(marked.marks, 0) ELSE 0 END AS open
        FROM team JOIN step ON step.per = 'person'
        LEFT JOIN counted ON counted.migration_id = team.id
        LEFT JOIN marked ON marked.migration_id = team.id AND marked.step_id = step.id
        LEFT JOIN evidence ON evidence.migration_id = team.id AND evidence.step_id = step.id
        CROSS JOIN LATERAL (SELECT NULL::text AS state, NULL::timestamptz AS at, evidence.verdict, evidence.found_at) AS known
        UNION ALL
        SELECT team.name, step.workflow_id, 1, ({STATE} = 'blocked')::int, (NOT {FINISHED})::int
        FROM team JOIN step ON step.per = 'team'
        LEFT JOIN planning_mark AS mark
          ON mark.migration_id IS NOT NULL AND mark.migration_id = team.id AND mark.step_id = step.id
        LEFT JOIN evidence ON evidence.migration_id = team.id AND evidence.step_id = step.id
        CROSS JOIN LATERAL (SELECT mark.state, mark.at, evidence.verdict, evidence.found_at) AS known
    )
    SELECT name, workflow_id, sum(open)::bigint, sum(blocked)::bigint, sum(all_of_them)::bigint FROM parts GROUP BY 1, 2
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True)
class Cell:
    """Steps of one workflow still to do in one team with all below it, of which blocked, of so many in all."""

    open: int = 0
    blocked: int = 0
    all: int = 0

    @property
    def shade(self) -> int:
        """0 for nothing to do, up to `SHADES` for nothing done."""
        return -(-self.open * SHADES // self.all) if self.all else 0

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.open + other.open, self.blocked + other.blocked, self.all + other.all)


@dataclass(frozen=True)
class Row:
    """A team with a cell for each of the map's workflows; `total` is over all workflows, shown or not."""

    team_id: int
    name: str
    path: str
    is_own: bool
    has_below: bool
    cells: list[Cell]
    total: Cell


@dataclass(frozen=True)
class Heat:
    """The rows and columns with most to do; how many of each are left out."""

    workflows: list[Workflow]
    rows: list[Row]
    total: list[Cell]
    hidden_workflows: int
    hidden_teams: int

    @property
    def lines(self) -> list[tuple[Row, list[tuple[Workflow, Cell]]]]:
        """Each row with its cells beside their workflows."""
        return [(row, list(zip(self.workflows, row.cells, strict=True))) for row in self.rows]


def of_team(ban: Ban, path: str) -> Heat:
    """The team at `path` itself and those right below it, or with an empty path the teams at the top. Few queries."""
    found = _cells(ban, path)
    columns: dict[int, Cell] = {}
    for (_name, workflow), cell in found.items():
        columns[workflow] = columns.get(workflow, Cell()) + cell
    worst = sorted((key for key, cell in columns.items() if cell.open), key=lambda key: (-columns[key].open, key))
    shown = {row.pk: row for row in Workflow.objects.filter(pk__in=worst[:WORKFLOWS]).only("title")}
    order = [key for key in worst if key in shown]
    rows = _rows(ban, path, found, order)
    return Heat(
        workflows=[shown[key] for key in order],
        rows=rows[:TEAMS],
        total=[columns[key] for key in order],
        hidden_workflows=max(len(worst) - len(order), 0),
        hidden_teams=max(len(rows) - TEAMS, 0),
    )


def top(ban: Ban) -> str:
    """Where a map begins: the only team at the top of the audience, else no team but all at the top."""
    tops = progress.audience_tops(ban)
    return tops[0] if len(tops) == 1 else ""


def _cells(ban: Ban, path: str) -> dict[tuple[str, int], Cell]:
    level = path.count("/") + 2 if path else 1
    found = large_rows(CELLS, ban=ban.pk, path=path, level=level)
    return {(name, workflow): Cell(*numbers) for name, workflow, *numbers in found}


def _rows(ban: Ban, path: str, found: dict[tuple[str, int], Cell], order: list[int]) -> list[Row]:
    """Those with most to do first. Teams are the ban's own, so each leads to a page."""
    names = {name for name, _workflow in found}
    paths = {_join(path, name): name for name in names}
    teams: dict[str, int] = dict(ban.migrations.filter(path__in=paths).values_list("path", "team"))
    rows = [_row(full, name, teams.get(full, 0), path, found, order) for full, name in paths.items()]
    return sorted(rows, key=lambda row: (-row.total.open, row.path))


def _row(full: str, name: str, team: int, path: str, found: dict[tuple[str, int], Cell], order: list[int]) -> Row:
    total = sum((cell for (each, _workflow), cell in found.items() if each == name), Cell())
    cells = [found.get((name, workflow), Cell()) for workflow in order]
    return Row(team, name or full.rpartition("/")[2], full, not name, bool(name), cells, total)


def _join(path: str, name: str) -> str:
    return "/".join(part for part in (path, name) if part)
