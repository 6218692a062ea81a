"""How everybody's checklist stood at a past instant: derived from marks, history and waivers, in one statement.

What each part comes from:
- A mark that was set before the instant and not since stands in its own row. Any other is the last line of history before it.
- Evidence of scans is the last line of history about it before the instant; found_at of an old regression is when it was told.
- A waiver counts from when it was granted to when it ended.
- Steps are those not yet removed at the instant, without those that history says were added later; whether one is required
  is said as of today.
- The team is the one the person is counted in today, and who has been stopped since is listed, and says so: neither moves
  nor leavers have a line of history of their own.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection

from migration_planner.planning.models import Ban
from migration_planner.planning.standing import FINISHED, PART, SUMS

#: Evidence at %(end)s: rows (migration_id, step_id, verdict, found_at, since).
EVIDENCE = """
    SELECT changed.migration_id, changed.step_id, changed.verdict, coalesce(kept.found_at, changed.at) AS found_at,
           changed.at AS since
    FROM (
        SELECT DISTINCT ON (migration_id, step_id) id, migration_id, step_id, at, data->>'after' AS verdict
        FROM planning_event WHERE ban_id = %(ban)s AND verb = 'evidence_changed' AND at < %(end)s
        ORDER BY migration_id, step_id, id DESC
    ) AS changed
    LEFT JOIN planning_evidence AS kept
      ON kept.migration_id = changed.migration_id AND kept.step_id = changed.step_id AND kept.since = changed.at
    LEFT JOIN LATERAL (
        SELECT event.verb FROM planning_event AS event
        WHERE event.migration_id = changed.migration_id AND event.step_id = changed.step_id AND event.id > changed.id
          AND event.at < %(end)s AND event.verb IN ('evidence_set_aside', 'evidence_restored')
        ORDER BY event.id DESC LIMIT 1
    ) AS aside ON true
    WHERE changed.verdict <> '' AND aside.verb IS DISTINCT FROM 'evidence_set_aside'
"""
#: The steps asked of each person at %(end)s.
ASKED = """
    SELECT step.* FROM planning_step AS step
    WHERE step.ban_id = %(ban)s AND step.per = 'person' AND (step.removed_at IS NULL OR step.removed_at >= %(end)s)
      AND NOT EXISTS (
        SELECT FROM planning_event AS event WHERE event.ban_id = step.ban_id AND event.verb = 'steps_changed'
          AND event.at >= %(end)s AND event.data->>'change' = 'added' AND event.data->>'step' = step.title)
"""
#: Marks at %(end)s: rows (checklist_id, step_id, state, at). What was not touched since stands in its own row.
MARKS = """
    SELECT mark.checklist_id, mark.step_id, mark.state, mark.at
    FROM planning_mark AS mark JOIN holders ON holders.id = mark.checklist_id WHERE mark.at < %(end)s
    UNION ALL
    SELECT last.checklist_id, last.step_id, last.state, last.at FROM (
        SELECT DISTINCT ON (event.checklist_id, event.step_id) event.checklist_id, event.step_id, event.at,
               CASE event.verb WHEN 'marked_done' THEN 'done' WHEN 'marked_blocked' THEN 'blocked'
                               WHEN 'marked_not_applicable' THEN 'not_applicable'
                               WHEN 'return_taken_back' THEN event.data->>'state' END AS state
        FROM planning_event AS event JOIN holders ON holders.id = event.checklist_id
        WHERE event.ban_id = %(ban)s AND event.at < %(end)s AND event.verb IN
              ('marked_done', 'marked_blocked', 'marked_not_applicable', 'mark_undone', 'step_reopened', 'mark_returned',
               'return_taken_back')
        ORDER BY event.checklist_id, event.step_id, event.at DESC, event.id DESC
    ) AS last LEFT JOIN planning_mark AS kept
      ON kept.checklist_id = last.checklist_id AND kept.step_id = last.step_id AND kept.at < %(end)s
    WHERE last.state IS NOT NULL AND kept.id IS NULL
"""
#: Marks and evidence together, in the shape that `standing.SUMS` reads, with the checklist. Joined as sets: few and large.
KNOWN = """
    SELECT marks.checklist_id, marks.step_id, marks.state, marks.at, evidence.verdict, evidence.found_at, evidence.since
    FROM marks JOIN holders ON holders.id = marks.checklist_id
    LEFT JOIN evidence ON evidence.migration_id = holders.migration_id AND evidence.step_id = marks.step_id
    UNION ALL
    SELECT holders.id, evidence.step_id, NULL, NULL, evidence.verdict, evidence.found_at, evidence.since
    FROM evidence JOIN holders ON holders.migration_id = evidence.migration_id JOIN asked ON asked.id = evidence.step_id
    LEFT JOIN marks ON marks.checklist_id = holders.id AND marks.step_id = evidence.step_id
    WHERE marks.checklist_id IS NULL
"""
#: The waiver of each checklist that was in force at %(end)s, and how many of the steps to do one for some steps covers.
WAIVERS = """
    SELECT DISTINCT ON (waiver.checklist_id) waiver.checklist_id, waiver.id, waiver.for_all FROM planning_waiver AS waiver
    WHERE waiver.ban_id = %(ban)s AND waiver.granted_at < %(end)s AND (waiver.ended_at IS NULL OR waiver.ended_at >= %(end)s)
    ORDER BY waiver.checklist_id, waiver.id DESC
"""
COVERED = f"""
    SELECT waivers.checklist_id, count(*) AS steps
    FROM waivers JOIN planning_waiver_steps AS listed ON listed.waiver_id = waivers.id
    JOIN asked AS step ON step.id = listed.step_id AND step.required
    LEFT JOIN known ON known.checklist_id = waivers.checklist_id AND known.step_id = step.id
    WHERE NOT waivers.for_all AND (known.checklist_id IS NULL OR NOT {FINISHED}) GROUP BY waivers.checklist_id
"""  # noqa: S608 - constants of this package
#: Rows (id, person_id, path, state, finished, asked, is_verified, stopped_why) of everybody below %(path)s, or of all, who
#: had a checklist at %(end)s.
CHECKLISTS = f"""
    WITH holders AS MATERIALIZED (
        SELECT checklist.id, checklist.person_id, checklist.migration_id, checklist.stopped_why, migration.path
        FROM planning_checklist AS checklist JOIN planning_migration AS migration ON migration.id = checklist.migration_id
        WHERE checklist.ban_id = %(ban)s AND checklist.created_at < %(end)s AND {PART}
    ), evidence AS MATERIALIZED ({EVIDENCE}), asked AS MATERIALIZED ({ASKED}), marks AS MATERIALIZED ({MARKS}),
    known AS MATERIALIZED ({KNOWN}), waivers AS MATERIALIZED ({WAIVERS}), covered AS ({COVERED}), sums AS (
        SELECT count(*) FILTER (WHERE required) AS required,
               count(*) FILTER (WHERE required AND scan = 'clean') AS verifiable FROM asked
    ), counted AS (
        SELECT known.checklist_id, {SUMS}
        FROM known JOIN asked AS step ON step.id = known.step_id GROUP BY known.checklist_id
    ), derived AS (
        SELECT holders.*, coalesce(counted.finished, 0) AS finished, sums.required AS asked, sums.verifiable, counted.proven,
               CASE WHEN sums.required > 0 AND counted.finished >= sums.required THEN 'done'
                    WHEN waivers.for_all OR sums.required <= coalesce(counted.finished, 0) + covered.steps THEN 'waived'
                    WHEN counted.blocked > 0 THEN 'blocked'
                    WHEN counted.touched > 0 THEN 'started'
                    ELSE 'not_started' END AS state
        FROM holders CROSS JOIN sums LEFT JOIN counted ON counted.checklist_id = holders.id
        LEFT JOIN waivers ON waivers.checklist_id = holders.id LEFT JOIN covered ON covered.checklist_id = holders.id
    )
    SELECT id, person_id, path, state, finished, asked,
           state = 'done' AND verifiable > 0 AND proven >= verifiable AS is_verified, stopped_why
    FROM derived
"""  # noqa: S608 - as above
PEOPLE = f"""
    SELECT person.name, person.email, was.path, was.state, was.finished, was.asked, was.is_verified, was.stopped_why
    FROM ({CHECKLISTS}) AS was JOIN people_user AS person ON person.id = was.person_id
    ORDER BY was.path, person.name, was.id
"""  # noqa: S608 - as above
BATCH = 2000


class Was(NamedTuple):
    """One person at a past instant. `stopped` says why they are not counted any more today, if so."""

    name: str
    email: str
    path: str
    state: str
    finished: int
    asked: int
    is_verified: bool
    stopped: str


def end_of(day: date) -> datetime:
    """The instant at which a day (UTC) is over."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def people(ban: Ban, end: datetime, path: str | None = None) -> Iterator[Was]:
    """Everybody who had a checklist before `end`, or those in the team at `path` and below, as they stood then.

    Team by team, through a cursor of the server: no memory, whatever their number.
    """
    return (Was(*row) for row in _streamed(*people_statement(ban, end, path)))


def people_statement(ban: Ban, end: datetime, path: str | None = None) -> tuple[str, dict[str, Any]]:
    """What gives these rows, with its parameters: for files, which the database writes."""
    return PEOPLE, {"ban": ban.pk, "end": end, "path": path}


def _streamed(statement: str, parameters: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(BATCH):
            yield from rows
