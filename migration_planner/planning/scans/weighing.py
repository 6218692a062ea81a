"""From traces to evidence: what the scans say about each step, for each team, in statements over whole subtrees.

A report speaks for its team and all teams below it. A team's step is judged by the latest reports of all repositories of that
team and of the teams above it; a team nobody has reported for is not judged. See docs/decisions/0013.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from migration_planner.planning.models import Ban, Event, Report
from migration_planner.planning.standing import PART

#: What the scans say now: rows (migration_id, step_id, verdict, found_at). `path` narrows it to a subtree.
OUGHT = f"""
    WITH asked AS (
        -- The workflows of which a scan has to find nothing: those the step names, else its own, else all of the ban.
        SELECT DISTINCT step.id AS step_id, step.scan, split_part(named.detector, '/', 1) AS slug,
               split_part(named.detector, '/', 2) AS key
        FROM planning_step AS step
        JOIN planning_workflow AS workflow ON workflow.ban_id = step.ban_id AND workflow.removed_at IS NULL
         AND CASE WHEN step.scan_for <> '[]' THEN step.scan_for ? workflow.key
                  WHEN step.workflow_id IS NOT NULL THEN step.workflow_id = workflow.id ELSE true END
        CROSS JOIN LATERAL jsonb_array_elements_text(workflow.detectors) AS named(detector)
        WHERE step.ban_id = %(ban)s AND step.removed_at IS NULL AND step.scan <> ''
    ), reporting AS (
        SELECT DISTINCT report.team_id, team.path, report.slug
        FROM planning_report AS report JOIN people_team AS team ON team.id = report.team_id
        WHERE report.is_latest AND (
            %(path)s::text IS NULL OR team.path = %(path)s COLLATE "C" OR starts_with(%(path)s, team.path || '/')
            OR (team.path >= (%(path)s || '/') COLLATE "C" AND team.path < (%(path)s || '0') COLLATE "C"))
    ), said AS (
        -- For each team that has sent reports and each step: whether the workflow is used now, was ever, is back and since when.
        SELECT reporting.path, asked.step_id, asked.scan, coalesce(bool_or(trace.used), false) AS used,
               bool_or(trace.id IS NOT NULL) AS known, min(trace.since) FILTER (WHERE trace.again) AS found_at
        FROM reporting JOIN asked ON asked.slug = reporting.slug
        LEFT JOIN planning_trace AS trace
          ON trace.team_id = reporting.team_id AND trace.slug = reporting.slug AND trace.key = asked.key
        GROUP BY reporting.path, asked.step_id, asked.scan
    ), summed AS (
        SELECT migration.id AS migration_id, said.step_id, said.scan, bool_or(said.used) AS used,
               bool_or(said.known) AS known, min(said.found_at) AS found_at
        FROM said JOIN planning_migration AS migration ON migration.ban_id = %(ban)s AND {PART}
         AND (migration.path = said.path OR (migration.path >= (said.path || '/') COLLATE "C"
                                             AND migration.path < (said.path || '0') COLLATE "C"))
        GROUP BY migration.id, said.step_id, said.scan
    )
    SELECT migration_id, step_id,
           CASE WHEN used AND found_at IS NOT NULL AND scan = 'clean' THEN 'regressed' WHEN used THEN 'in_use'
                WHEN known THEN 'clean' ELSE 'not_used' END AS verdict,
           CASE WHEN used AND scan = 'clean' THEN found_at END AS found_at
    FROM summed
    -- What is used no more still asks for a step that a scan cannot verify: whether the new one works is not to be seen.
    WHERE used OR scan = 'clean' OR NOT known
"""  # noqa: S608 - constants of ours
#: Evidence that stands, in the part of the ban that is weighed.
STANDS = f"""
    SELECT kept.* FROM planning_evidence AS kept
    JOIN planning_migration AS migration ON migration.id = kept.migration_id AND migration.ban_id = %(ban)s AND {PART}
"""  # noqa: S608 - as above

#: Evidence is made to fit, with a line of history for each step of each team that stands otherwise than before. What somebody
#: has set aside stays so while the scans say the same; a new verdict is weighed anew.
WEIGH = f"""
    WITH ought AS MATERIALIZED ({OUGHT}), stands AS MATERIALIZED ({STANDS}), gone AS (
        DELETE FROM planning_evidence AS evidence USING stands
        WHERE evidence.id = stands.id AND NOT EXISTS (
            SELECT FROM ought WHERE ought.migration_id = stands.migration_id AND ought.step_id = stands.step_id)
        RETURNING evidence.migration_id, evidence.step_id
    ), written AS (
        INSERT INTO planning_evidence (migration_id, step_id, verdict, since, found_at, report_id, set_aside_why)
        SELECT ought.migration_id, ought.step_id, ought.verdict, %(now)s::timestamptz, ought.found_at, %(report)s::bigint, ''
        FROM ought LEFT JOIN stands USING (migration_id, step_id)
        WHERE (stands.verdict, stands.found_at) IS DISTINCT FROM (ought.verdict, ought.found_at)
        ON CONFLICT (migration_id, step_id) DO UPDATE SET verdict = excluded.verdict, since = excluded.since,
            found_at = excluded.found_at, report_id = excluded.report_id,
            set_aside_at = NULL, set_aside_by_id = NULL, set_aside_for_id = NULL, set_aside_why = ''
        RETURNING migration_id, step_id, verdict
    ), changed AS (
        SELECT migration_id, step_id, verdict FROM written UNION ALL SELECT migration_id, step_id, '' FROM gone
    )
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, migration_id, step_id, data)
    SELECT %(now)s::timestamptz, 'evidence_changed', %(actor)s::bigint, '', %(ban)s, changed.migration_id, changed.step_id,
           jsonb_build_object('before', coalesce(stands.verdict, ''), 'after', changed.verdict, 'report', %(report)s::bigint,
                              'repository', %(repository)s::text)
    FROM changed LEFT JOIN stands USING (migration_id, step_id)
"""  # noqa: S608 - as above

#: How many rows of evidence are not what they ought to be.
DIFFERENCES = f"""
    SELECT count(*) FROM ({OUGHT}) AS ought
    FULL JOIN ({STANDS}) AS stands USING (migration_id, step_id)
    WHERE (ought.verdict, ought.found_at) IS DISTINCT FROM (stands.verdict, stands.found_at)
"""  # noqa: S608 - as above

#: Steps that this report has opened again, with the repositories and paths.
BACK = """
    SELECT array_agg(DISTINCT evidence.step_id), count(DISTINCT evidence.migration_id)
    FROM planning_evidence AS evidence JOIN planning_migration AS migration ON migration.id = evidence.migration_id
    WHERE migration.ban_id = %(ban)s AND evidence.report_id = %(report)s AND evidence.verdict = 'regressed'
      AND evidence.since = %(now)s
"""


def weigh(ban: Ban, path: str | None = None, *, now: datetime, report: Report | None = None) -> int:
    """Make the evidence of a ban (or of the team at `path` and all below) fit what the scans say. Returns how much changed.

    The caller holds the ban alone, and counts afterwards.
    """
    parameters: dict[str, Any] = {
        "report": report.pk if report else None,
        "repository": report.repository if report else "",
        "actor": report.sent_by_id if report else None,
    }
    changed = _run(WEIGH, ban, path, now=now, **parameters)
    if changed and report:
        _tell_of_regressions(ban, report, now=now)
    return changed


def differences(ban: Ban) -> int:
    """How many rows of evidence `weigh` would put right."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES, {"ban": ban.pk, "path": None})
        return int(cursor.fetchone()[0])


def _tell_of_regressions(ban: Ban, report: Report, *, now: datetime) -> None:
    """One line of history for all that this report found again under a ban: those concerned are told of it once."""
    with connection.cursor() as cursor:
        cursor.execute(BACK, {"ban": ban.pk, "report": report.pk, "now": now})
        steps, teams = cursor.fetchone()
    if not steps:
        return
    paths = sorted({path for trace in report.traces.filter(used=True, again=True) for path in trace.paths})
    why = f"{report.repository}: {', '.join(paths[:3])}{' …' if len(paths) > 3 else ''}"
    data = {"report": report.pk, "team": report.team.path, "steps": steps, "teams": teams, "paths": paths[:20]}
    migration = ban.migrations.filter(team=report.team_id).first()
    Event.record(Event.Verb.REGRESSED, by=report.sent_by, now=now, why=why, ban=ban, migration=migration, data=data)


def _run(statement: str, ban: Ban, path: str | None, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ban": ban.pk, "path": path, **parameters})
        return int(cursor.rowcount)
