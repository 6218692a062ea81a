"""The deeds whose time has come, written as `put_mark` and `acknowledge` would: set-based, in the order of their times."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from migration_planner.local.year import counting
from migration_planner.people.models import User
from migration_planner.planning import gaps, locks
from migration_planner.planning.models import Ban, Checklist, Step

#: What can be done of what was planned, one deed a step. What comes too late is let go.
DUE = """
    WITH earlier AS (DELETE FROM year_due), due AS (DELETE FROM year_deed WHERE at <= %(until)s RETURNING *)
    INSERT INTO year_due
    SELECT DISTINCT ON (due.checklist_id, due.migration_id, due.step_id) due.*
    FROM due JOIN planning_ban AS ban ON ban.id = due.ban_id AND ban.state = 'published'
    JOIN people_user AS actor ON actor.id = due.by_id AND actor.is_active
    LEFT JOIN planning_step AS step ON step.id = due.step_id
    LEFT JOIN planning_checklist AS checklist ON checklist.id = due.checklist_id
    WHERE step.removed_at IS NULL AND checklist.state IS DISTINCT FROM 'stopped'
    ORDER BY due.checklist_id, due.migration_id, due.step_id, due.at
"""
#: The first who is stopped by something that nobody has reported yet, for each of these.
UNREPORTED = """
    SELECT DISTINCT ON (due.ban_id, due.gap) due.checklist_id, due.step_id, due.by_id, due.at, due.note, due.gap
    FROM year_due AS due WHERE due.gap <> '' AND NOT EXISTS (
        SELECT FROM planning_gap AS gap WHERE gap.ban_id = due.ban_id AND gap.title = due.gap)
    ORDER BY due.ban_id, due.gap, due.at, due.checklist_id
"""
MARKS = """
    WITH change AS MATERIALIZED (
        SELECT due.*, mark.id AS mark_id, mark.state AS was, mark.note AS said, gap.id AS gap_id, checklist.person_id
        FROM year_due AS due
        LEFT JOIN planning_mark AS mark ON mark.step_id = due.step_id
              AND (mark.checklist_id = due.checklist_id OR mark.migration_id = due.migration_id)
        LEFT JOIN planning_gap AS gap ON gap.ban_id = due.ban_id AND gap.title = due.gap AND gap.state <> 'fixed'
              AND due.state = 'blocked'
        LEFT JOIN planning_checklist AS checklist ON checklist.id = due.checklist_id
        WHERE due.state <> 'read' AND (due.state <> 'blocked' OR due.gap = '' OR gap.id IS NOT NULL)
          AND (coalesce(mark.state, 'open'), coalesce(mark.note, ''), mark.gap_id)
              IS DISTINCT FROM (due.state::varchar, due.note, gap.id)
    ), gone AS (
        DELETE FROM planning_mark WHERE id IN (SELECT mark_id FROM change WHERE state = 'open')
    ), changed AS (
        UPDATE planning_mark AS mark SET state = change.state, note = change.note, by_id = change.by_id, at = change.at,
               standing = 'claimed', gap_id = change.gap_id, confirmed_by_id = NULL, confirmed_for_id = NULL, confirmed_at = NULL
        FROM change WHERE mark.id = change.mark_id AND change.state <> 'open'
    ), made AS (
        INSERT INTO planning_mark (checklist_id, migration_id, step_id, state, standing, note, gap_id, by_id, at)
        SELECT checklist_id, migration_id, step_id, state, 'claimed', note, gap_id, by_id, at FROM change
        WHERE mark_id IS NULL AND state <> 'open'
    ), moved AS (
        UPDATE planning_checklist AS checklist
        SET last_activity_at = greatest(checklist.last_activity_at, latest.at),
            started_at = coalesce(checklist.started_at, latest.first_at)
        FROM (SELECT checklist_id, max(at) AS at, min(at) AS first_at FROM change GROUP BY 1) AS latest
        WHERE checklist.id = latest.checklist_id
    )
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, migration_id, checklist_id, person_id, step_id, gap_id, data)
    SELECT at, CASE state WHEN 'open' THEN 'mark_undone' ELSE 'marked_' || state END, by_id, note, ban_id, migration_id,
           checklist_id, person_id, step_id, gap_id,
           CASE WHEN was IS NULL THEN '{}' ELSE jsonb_build_object('before', jsonb_build_object('state', was, 'note', said)) END
    FROM change ORDER BY at, checklist_id, migration_id, step_id
"""
READ = """
    WITH due AS (
        SELECT due.*, statement.id AS statement_id, statement.version FROM year_due AS due
        JOIN LATERAL (SELECT id, version FROM planning_scopestatement WHERE ban_id = due.ban_id
                      ORDER BY version DESC LIMIT 1) AS statement ON true
        WHERE due.state = 'read'
    ), said AS (
        INSERT INTO planning_acknowledgement (statement_id, checklist_id, at)
        SELECT statement_id, checklist_id, at FROM due ON CONFLICT DO NOTHING RETURNING checklist_id
    )
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, data)
    SELECT at, 'scope_acknowledged', by_id, '', ban_id, checklist_id, by_id, jsonb_build_object('version', version)
    FROM due JOIN said USING (checklist_id) ORDER BY at, checklist_id
"""


#: By ban, whatever a mark of this slice was about, and the teams that are counted there.
TOUCHED = """
    SELECT due.ban_id, coalesce(array_agg(DISTINCT due.checklist_id) FILTER (WHERE due.checklist_id IS NOT NULL), '{}'),
           array_agg(DISTINCT coalesce(due.migration_id, checklist.migration_id))
    FROM year_due AS due LEFT JOIN planning_checklist AS checklist ON checklist.id = due.checklist_id
    WHERE due.state <> 'read' GROUP BY 1 ORDER BY 1
"""


@transaction.atomic
def mark(*, until: datetime) -> int:
    """Do what was planned up to `until`, and count again. Returns how many deeds that were."""
    if not _rows("SELECT EXISTS (SELECT FROM year_deed WHERE at <= %(until)s)", until=until)[0][0]:
        return 0
    done = _run(DUE, until=until)
    touched = _rows(TOUCHED)
    locks.hold_bans_alone(ban for ban, _checklists, _migrations in touched)
    for row in _rows(UNREPORTED):
        _report_gap(*row)
    for statement in (MARKS, READ):
        _run(statement)
    bans = Ban.objects.in_bulk([ban for ban, _checklists, _migrations in touched])
    for ban, checklists, migrations in touched:
        counting.recount(bans[ban], checklists, migrations)
    return done


def _report_gap(checklist: int, step: int, by: int, at: datetime, words: str, title: str) -> None:
    row = Checklist.objects.select_related("ban").get(pk=checklist)
    gaps.block(row, Step.objects.get(pk=step), by=User.objects.get(pk=by), now=at, note=words, title=title)


def _run(statement: str, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def _rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
