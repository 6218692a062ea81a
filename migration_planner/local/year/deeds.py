"""What people mean to do under a ban, planned when they get their checklist: one statement for all of them.

Most finish along an S-curve, some in a rush before the deadline, some after it, some never; teams differ. Some are stuck on a
step: for a reason in words, or by a gap; when that is fixed, they go on. A few take a mark back and set it again. Leads do the
steps of their teams. What is planned stands in a table of this connection until its time comes (see marking.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from migration_planner.planning.models import Ban

TABLES = """
    CREATE TEMP TABLE IF NOT EXISTS year_deed (
        at timestamptz, ban_id bigint, checklist_id bigint, migration_id bigint, step_id bigint, by_id bigint,
        state text, note text, gap text);
    CREATE INDEX IF NOT EXISTS year_deed_at ON year_deed (at);
    CREATE TEMP TABLE IF NOT EXISTS year_planned (checklist_id bigint PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS year_due (LIKE year_deed);
    TRUNCATE year_deed, year_planned, year_due
"""
#: Everybody with a checklist of whom nothing is planned yet, with their temper.
TEMPER = """
    WITH fresh AS (
        INSERT INTO year_planned
        SELECT id FROM planning_checklist WHERE ban_id = %(ban)s AND state <> 'stopped' ON CONFLICT DO NOTHING
        RETURNING checklist_id
    ), known AS MATERIALIZED (
        SELECT checklist.id, checklist.person_id, %(seed)s || person.email AS who, %(seed)s || migration.path AS team,
               checklist.created_at AS since,
               greatest(migration.deadline_at - checklist.created_at, interval '4 days') AS span
        FROM fresh JOIN planning_checklist AS checklist ON checklist.id = fresh.checklist_id
        JOIN planning_migration AS migration ON migration.id = checklist.migration_id
        JOIN people_user AS person ON person.id = checklist.person_id
    ), temper AS MATERIALIZED (
        SELECT known.*, pg_temp.chance(team || '/still') < %(still)s AS is_still,
               pg_temp.chance(who || '/finish') < %(finish)s AS finishes,
               pg_temp.chance(who || '/stuck') < %(stuck)s AS is_stuck,
               pg_temp.chance(who || '/weekends') < 0.1 AS weekends,
               (pg_temp.chance(team || '/shift') - 0.5) * 0.3
                   + CASE WHEN pg_temp.chance(team || '/slow') < 0.12 THEN 0.25 ELSE 0 END AS shift,
               pg_temp.chance(who || '/way') AS way, pg_temp.chance(who || '/much') AS much
        FROM known
    ), course AS MATERIALIZED (
        SELECT temper.*, (NOT finishes AND is_stuck)::int AS stuck,
               CASE WHEN way < 0.05 THEN 1.03 + 0.3 * much WHEN way < 0.25 THEN 0.86 + 0.14 * much
                    ELSE greatest(0.04, 0.5 + shift + 0.17 * pg_temp.bell(who)) END AS ends
        FROM temper WHERE NOT is_still
    ), going AS MATERIALIZED (
        SELECT course.*, greatest(0.01, ends - 0.03 - 0.25 * pg_temp.chance(who || '/begins')) AS begins,
               CASE WHEN finishes THEN 1 WHEN stuck = 1 THEN greatest(much, 0.2) ELSE greatest(much * 1.5 - 0.5, 0) END AS share,
               1 + floor(pg_temp.chance(who || '/gap') * %(gaps)s)::int AS gap
        FROM course
    ), step AS MATERIALIZED (
        SELECT id, key, required, evidence, workflow_id, row_number() OVER (ORDER BY is_last, position, id) AS place,
               count(*) OVER () AS steps
        FROM (SELECT step.*, required AND position = max(position) FILTER (WHERE required) OVER () AS is_last
              FROM planning_step AS step WHERE ban_id = %(ban)s AND per = 'person' AND removed_at IS NULL) AS asked
    ), held AS MATERIALIZED (
        SELECT * FROM unnest(%(numbers)s::int[], %(gap_steps)s::text[], %(titles)s::text[], %(words)s::text[],
                             %(fixed)s::timestamptz[]) AS held(number, step, title, words, fixed_at)
    ), stuck AS MATERIALIZED (
        SELECT going.id, held.title, held.words, held.fixed_at, step.id AS step_id,
               pg_temp.at_work(since + span * (begins + (ends - begins) * share), weekends) AS at
        FROM going JOIN held ON held.number = going.gap JOIN step ON step.key = held.step WHERE going.stuck = 1
    )
"""
DEEDS = """
    , done AS (
        SELECT greatest(pg_temp.at_work(since + span * (begins + (ends - begins) * place / steps), weekends),
                        since + place * interval '3 minutes') AS at,
               going.id, going.person_id, going.who, step.id AS step_id, step.place, step.key, step.evidence, step.workflow_id
        FROM going JOIN step ON step.required OR pg_temp.chance(who || '/wants/' || step.key) < 0.5
        WHERE place <= ceil(share * steps)
          AND NOT EXISTS (SELECT FROM stuck WHERE stuck.id = going.id AND stuck.step_id = step.id)
    ), goes_on AS (
        SELECT pg_temp.at_work(stuck.fixed_at + interval '1 day' * (0.5 + place * 0.4 + 2 * much), weekends) AS at,
               going.id, going.person_id, going.who, step.id AS step_id, step.place, step.key, step.evidence, step.workflow_id
        FROM stuck JOIN going USING (id) JOIN step ON step.required
        WHERE stuck.fixed_at > stuck.at AND way < 0.8 AND (place > ceil(share * steps) OR step.id = stuck.step_id)
    ), marked AS (
        SELECT each.*, workflow_id IS NOT NULL AND pg_temp.chance(who || '/applies/' || key) < 0.2 AS is_out
        FROM (SELECT * FROM done UNION ALL SELECT * FROM goes_on) AS each
    ), undone AS (
        SELECT marked.*, back.state, marked.at + back.after AS again_at
        FROM marked, (VALUES ('open', interval '20 hours'), ('done', interval '44 hours')) AS back(state, after)
        WHERE place = 2 AND NOT is_out AND pg_temp.chance(who || '/undo') < 0.02
    )
    INSERT INTO year_deed
    SELECT at, %(ban)s::bigint, id, NULL::bigint, step_id, person_id, CASE WHEN is_out THEN 'not_applicable' ELSE 'done' END,
           CASE WHEN is_out THEN (%(out_because)s::text[])[1 + floor(pg_temp.chance(who || '/out/' || key)
                                                                     * cardinality(%(out_because)s::text[]))::int]
                WHEN evidence <> '' THEN (%(evidence)s::text[])[1 + floor(pg_temp.chance(who || '/proof/' || key)
                                                                          * cardinality(%(evidence)s::text[]))::int]
                ELSE '' END, ''
    FROM marked
    UNION ALL
    SELECT again_at, %(ban)s, id, NULL::bigint, step_id, person_id, state,
           CASE WHEN state = 'done' AND evidence <> '' THEN (%(evidence)s::text[])[1] ELSE '' END, '' FROM undone
    UNION ALL
    SELECT stuck.at, %(ban)s, id, NULL::bigint, step_id, person_id, 'blocked', words, title FROM stuck JOIN going USING (id)
    WHERE stuck.fixed_at IS NULL OR stuck.fixed_at > stuck.at
    UNION ALL
    SELECT greatest(pg_temp.at_work(since + span * begins, weekends), since + interval '1 minute'),
           %(ban)s, id, NULL::bigint, NULL::bigint, person_id, 'read', '', ''
    FROM going WHERE pg_temp.chance(who || '/reads') < 0.8
"""
#: The steps of teams, by one of their leads. Where nobody leads, nothing is done.
OF_TEAMS = """
    WITH led AS MATERIALIZED (
        SELECT migration.id, %(seed)s || migration.path AS team,
               greatest(migration.deadline_at - ban.published_at, interval '4 days') AS span,
               ban.published_at AS since, (
                   SELECT lead.user_id FROM people_membership AS lead JOIN people_user AS person ON person.id = lead.user_id
                   WHERE lead.team_id = migration.team_id AND lead.role = 'lead' AND person.is_active
                   ORDER BY person.email LIMIT 1) AS by_id
        FROM planning_migration AS migration JOIN planning_ban AS ban ON ban.id = migration.ban_id
        WHERE ban.id = %(ban)s AND migration.people > 0
    ), step AS (
        SELECT id, evidence, row_number() OVER (ORDER BY position, id) AS place, count(*) OVER () AS steps
        FROM planning_step WHERE ban_id = %(ban)s AND per = 'team' AND removed_at IS NULL
    )
    INSERT INTO year_deed
    SELECT greatest(pg_temp.at_work(since + span * (0.05 + place * (0.3 + 0.7 * pg_temp.chance(team || '/pace')) / steps), false),
                    since + place * interval '3 minutes'),
           %(ban)s, NULL, led.id, step.id, by_id, 'done',
           CASE WHEN evidence <> '' THEN (%(evidence)s::text[])[1 + floor(pg_temp.chance(team || '/proof/' || place)
                                                                          * cardinality(%(evidence)s::text[]))::int]
                ELSE '' END, ''
    FROM led, step WHERE by_id IS NOT NULL AND pg_temp.chance(team || '/still') >= %(still)s
      AND place <= floor(pg_temp.chance(team || '/far') * 1.4 * (steps + 1))
"""


@dataclass(frozen=True)
class Hold:
    """What stops some people: a step by its key, and the words they give. With a title it is a gap, perhaps fixed one day."""

    step: str
    words: str
    title: str = ""
    fixed_at: datetime | None = None


@dataclass(frozen=True)
class Temper:
    """How people go about a ban: shares of them who finish some day, who are stuck, and of teams in which nobody begins."""

    finish: float
    stuck: float
    still: float = 0.04


def make() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)


def plan(ban: Ban, temper: Temper, holds: Sequence[Hold], *, seed: str, words: dict[str, list[str]]) -> None:
    """Plan for everybody under the ban of whom nothing is planned yet. `words`: `out_because` and `evidence`, to choose from."""
    known: dict[str, Any] = {
        "ban": ban.pk,
        "seed": seed,
        "finish": temper.finish,
        "stuck": min(temper.stuck / max(1 - temper.finish, 0.01), 1),
        "still": temper.still,
        "gaps": len(holds),
        "numbers": list(range(1, len(holds) + 1)),
        "gap_steps": [hold.step for hold in holds],
        "titles": [hold.title for hold in holds],
        "words": [hold.words for hold in holds],
        "fixed": [hold.fixed_at for hold in holds],
        **words,
    }
    with connection.cursor() as cursor:
        cursor.execute(TEMPER + DEEDS, known)


def plan_teams(ban: Ban, temper: Temper, *, seed: str, words: dict[str, list[str]]) -> None:
    """Plan the team steps, once for a ban."""
    with connection.cursor() as cursor:
        cursor.execute(OF_TEAMS, {"ban": ban.pk, "seed": seed, "still": temper.still, **words})


def reread(ban: Ban, *, at: datetime, seed: str) -> None:
    """After a new version of the scope statement: most of those who read it do so within some days."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO year_deed
            SELECT pg_temp.at_work(
                       %(at)s::timestamptz + interval '1 day' * (0.1 + 5 * pg_temp.chance(%(seed)s || person.email)), false),
                   %(ban)s, checklist.id, NULL, NULL, person.id, 'read', '', ''
            FROM planning_checklist AS checklist JOIN people_user AS person ON person.id = checklist.person_id
            WHERE checklist.ban_id = %(ban)s AND checklist.state <> 'stopped'
              AND pg_temp.chance(%(seed)s || person.email || '/rereads') < 0.55
            """,
            {"ban": ban.pk, "at": at, "seed": seed},
        )
