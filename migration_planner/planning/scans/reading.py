"""What the scans found, as pages show it: repositories, what they use with its verdict, and what is back. Frozen rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from migration_planner.planning.models import Ban, Migration, Report, Trace, Workflow
from migration_planner.planning.scans import programs

#: As many places of a workflow.
PLACES = 8


@dataclass(frozen=True)
class Repository:
    """A repository with the report that counts. `is_above`: reported by a team above, for which it speaks too."""

    report: Report
    used: int
    back: int
    is_above: bool

    @property
    def is_clean(self) -> bool:
        return not self.used


@dataclass(frozen=True)
class Use:
    """A workflow that some of the repositories use. `back` are the traces that an earlier scan did not see."""

    workflow: Workflow
    traces: tuple[Trace, ...]

    @property
    def places(self) -> list[tuple[str, str]]:
        return [(trace.repository, path) for trace in self.traces for path in trace.paths][:PLACES]

    @property
    def count(self) -> int:
        return sum(len(trace.paths) for trace in self.traces)

    @property
    def more(self) -> int:
        return self.count - len(self.places)

    @property
    def back(self) -> list[Trace]:
        return [trace for trace in self.traces if trace.again]

    @property
    def since(self) -> datetime | None:
        """When a scan first saw what is back."""
        return min((trace.since for trace in self.back if trace.since), default=None)


@dataclass(frozen=True)
class Found:
    """All of one team: of how many workflows the scanner of the ban speaks, and how many of the ban's it can find
    (0: no scanner knows this move)."""

    workflows: int
    findable: int
    repositories: tuple[Repository, ...] = ()
    count: int = 0
    uses: tuple[Use, ...] = ()

    @property
    def back(self) -> list[Use]:
        return [use for use in self.uses if use.back]

    @property
    def latest(self) -> datetime | None:
        return max((row.report.scanned_at for row in self.repositories), default=None)


def of_team(migration: Migration, *, reported: bool = True) -> Found:
    """Four queries; two for a team without reports, one for a ban whose playbook no scanner knows, and for a team of which it is
    known that no report speaks for it (`reported`)."""
    workflows = migration.ban.workflows.live()
    known = list(workflows.values_list("key", "detectors"))
    slugs = {name.partition("/")[0] for _key, detectors in known for name in detectors}
    numbers = programs.counted(known), sum(bool(detectors) for _key, detectors in known)
    if not reported or not slugs:
        return Found(*numbers)
    counting = Report.objects.counting().speaking_for(migration.path).filter(slug__in=slugs)
    reports = list(counting.select_related("team", "sent_by").defer("body").order_by("-scanned_at", "-id"))
    if not reports:
        return Found(*numbers)
    found = list(workflows.exclude(detectors=[]))
    traces = list(
        Trace.objects.filter(report__in=reports, used=True).select_related("report__sent_by").defer("report__body")
    )
    by_report: dict[int, list[Trace]] = {}
    for trace in traces:
        by_report.setdefault(trace.report_id, []).append(trace)
    unordered = (_row(report, by_report.get(report.pk, []), migration) for report in reports)
    rows = sorted(unordered, key=lambda row: (-row.back, -row.used))
    return Found(*numbers, tuple(rows), len(rows), _uses(found, traces))


def _row(report: Report, mine: Sequence[Trace], migration: Migration) -> Repository:
    return Repository(report, len(mine), sum(trace.again for trace in mine), report.team_id != migration.team_id)


def _uses(workflows: Sequence[Workflow], traces: Sequence[Trace]) -> tuple[Use, ...]:
    found = []
    for workflow in workflows:
        mine = tuple(trace for trace in traces if f"{trace.slug}/{trace.key}" in workflow.detectors)
        if mine:
            found.append(Use(workflow, mine))
    return tuple(sorted(found, key=lambda use: (not use.back, -use.workflow.severity)))


@dataclass(frozen=True)
class Summary:
    """Of a whole ban: teams and repositories with a report, how many are clean, and how many have something back."""

    repositories: int = 0
    teams: int = 0
    clean: int = 0
    back: int = 0
    latest: datetime | None = None


SUMMARY = """
    SELECT count(*), count(DISTINCT report.team_id), count(*) FILTER (WHERE NOT seen.used), count(*) FILTER (WHERE seen.back),
           max(report.scanned_at)
    FROM planning_report AS report JOIN planning_migration AS migration
      ON migration.team_id = report.team_id AND migration.ban_id = %(ban)s
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(trace.used), false) AS used, coalesce(bool_or(trace.again), false) AS back
        FROM planning_trace AS trace WHERE trace.report_id = report.id) AS seen
    WHERE report.is_latest
"""


def of_ban(ban: Ban) -> Summary:
    with connection.cursor() as cursor:
        cursor.execute(SUMMARY, {"ban": ban.pk})
        return Summary(*cursor.fetchone())


@dataclass(frozen=True)
class InUse:
    """A workflow that the repositories of somebody's team use, with the first few places."""

    workflow_id: int
    title: str
    compatibility: str
    team_id: int
    is_back: bool
    places: tuple[tuple[str, str], ...]


IN_USE = """
    SELECT workflow.id, workflow.title, workflow.compatibility, migration.team_id, bool_or(trace.again),
           jsonb_agg(jsonb_build_array(trace.repository, trace.paths) ORDER BY trace.repository)
    FROM planning_migration AS migration
    JOIN planning_workflow AS workflow ON workflow.ban_id = migration.ban_id AND workflow.removed_at IS NULL
     AND workflow.detectors <> '[]'
    JOIN planning_trace AS trace ON trace.used AND workflow.detectors ? (trace.slug || '/' || trace.key)
    JOIN people_team AS team ON team.id = trace.team_id
     AND (team.path = migration.path OR starts_with(migration.path, team.path || '/'))
    WHERE migration.id = %(migration)s
    GROUP BY workflow.id, migration.team_id ORDER BY bool_or(trace.again) DESC, workflow.severity DESC, workflow.position
"""


def in_use(migration_id: int) -> list[InUse]:
    """What the repositories of one team use. One query, by the teams above it, however many others report."""
    with connection.cursor() as cursor:
        cursor.execute(IN_USE, {"migration": migration_id})
        return [_in_use(*row) for row in cursor.fetchall()]


def _in_use(pk: int, title: str, compatibility: str, team: int, is_back: bool, found: Any) -> InUse:
    rows = json.loads(found) if isinstance(found, str) else found
    places = [(repository, path) for repository, paths in rows for path in paths]
    return InUse(pk, title, compatibility, team, is_back, tuple(places[:PLACES]))
