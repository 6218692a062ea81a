"""The kept counters against what they count. Steps → marks → checklists → migrations; every number can be derived again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from migration_planner.planning import locks, use_counts
from migration_planner.planning.models import Ban
from migration_planner.planning.scans import weighing
from migration_planner.planning.standing import (
    FINISHED,
    OF_CHECKLIST,
    OF_CHECKLISTS,
    OF_MIGRATIONS,
    PART,
    tallies,
    tally,
)

#: What each checklist ought to hold, derived from its marks, the evidence beside them (see standing.py), and its waiver. The
#: waiver that is in force covers everything, or so many (`covered`) of the required steps still to do.
AS_DERIVED = f"""
    SELECT checklist.id, counted.finished, counted.blocked, counted.verified, derived.state,
           derived.state = 'done' AND ban.verifiable_steps > 0 AND counted.proven >= ban.verifiable_steps AS is_verified,
           counted.first_at, counted.last_at, counted.latest_at, waiver.until_at AS waived_until
    FROM planning_checklist AS checklist
    JOIN planning_ban AS ban ON ban.id = checklist.ban_id
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id AND {PART}
    LEFT JOIN planning_waiver AS waiver ON waiver.checklist_id = checklist.id AND waiver.state = 'granted'
    LEFT JOIN LATERAL (
        SELECT count(*) AS steps FROM planning_waiver_steps AS listed
        JOIN planning_step AS asked ON asked.id = listed.step_id AND asked.required AND asked.removed_at IS NULL
        WHERE waiver.id IS NOT NULL AND NOT waiver.for_all AND listed.waiver_id = waiver.id AND NOT EXISTS (
            SELECT FROM ({OF_CHECKLIST}) AS known JOIN planning_step AS step ON step.id = known.step_id
            WHERE known.step_id = asked.id AND {FINISHED})
    ) AS covered ON true
    {{counted}}
    CROSS JOIN LATERAL (SELECT CASE
            WHEN checklist.state = 'stopped' THEN 'stopped'
            WHEN ban.required_steps > 0 AND counted.finished >= ban.required_steps THEN 'done'
            WHEN waiver.for_all OR ban.required_steps <= counted.finished + covered.steps THEN 'waived'
            WHEN counted.blocked > 0 THEN 'blocked'
            WHEN counted.touched > 0 THEN 'started'
            ELSE 'not_started'
        END AS state) AS derived
    WHERE {{which}}
"""  # noqa: S608 - constants of ours
#: Of all checklists of a ban, joined as a whole; and of a few, each looked up.
CHECKLISTS_AS_DERIVED = AS_DERIVED.format(counted=tallies(OF_CHECKLISTS, "checklist.id"), which="ban.id = %(ban)s")
FEW_AS_DERIVED = AS_DERIVED.format(
    counted=f"CROSS JOIN LATERAL ({tally(OF_CHECKLIST)}) AS counted", which="checklist.id = ANY(%(checklists)s)"
)

#: The wave and the deadline that each migration ought to have: of the nearest team, itself or above, that a wave names.
DEADLINES = """
    SELECT migration.id, nearest.wave_id, coalesce(nearest.cutoff_at, ban.cutoff_at) AS deadline_at
    FROM planning_migration AS migration JOIN planning_ban AS ban ON ban.id = migration.ban_id
    LEFT JOIN LATERAL (
        SELECT wave.id AS wave_id, wave.cutoff_at
        FROM planning_waveteam AS listed JOIN planning_wave AS wave ON wave.id = listed.wave_id
        JOIN people_team AS team ON team.id = listed.team_id
        WHERE listed.ban_id = ban.id AND (migration.path = team.path OR starts_with(migration.path, team.path || '/'))
        ORDER BY team.depth DESC LIMIT 1
    ) AS nearest ON true
    WHERE migration.ban_id = %(ban)s
"""

#: What each migration of a ban ought to hold, derived from its checklists and its own marks and evidence.
MIGRATIONS_AS_DERIVED = f"""
    SELECT migration.id, due.wave_id, due.deadline_at, coalesce(members.people, 0) AS people,
           coalesce(members.started, 0) AS started, coalesce(members.waived, 0) AS waived,
           coalesce(members.blocked, 0) AS blocked, coalesce(members.done, 0) AS done,
           coalesce(members.verified, 0) AS verified, counted.finished AS finished_team_steps,
           counted.blocked AS blocked_team_steps, counted.verified AS verified_team_steps
    FROM planning_migration AS migration
    LEFT JOIN (
        SELECT migration_id, count(*) AS people, count(*) FILTER (WHERE state = 'started') AS started,
               count(*) FILTER (WHERE state = 'blocked') AS blocked, count(*) FILTER (WHERE state = 'done') AS done,
               count(*) FILTER (WHERE state = 'waived') AS waived, count(*) FILTER (WHERE is_verified) AS verified
        FROM planning_checklist WHERE ban_id = %(ban)s AND state <> 'stopped' GROUP BY migration_id
    ) AS members ON members.migration_id = migration.id
    {tallies(OF_MIGRATIONS, "migration.id")}
    JOIN ({DEADLINES}) AS due ON due.id = migration.id
    WHERE migration.ban_id = %(ban)s AND {PART}
"""  # noqa: S608 - as above

CHECKLIST_DIFFERS = """
    (kept.finished_steps, kept.blocked_steps, kept.verified_steps, kept.is_verified, kept.state, kept.waived_until)
    IS DISTINCT FROM
    (ought.finished, ought.blocked, ought.verified, ought.is_verified, ought.state, ought.waived_until)
"""
MIGRATION_COUNTERS = [
    "people", "started", "blocked", "done", "waived", "verified", "finished_team_steps", "blocked_team_steps",
    "verified_team_steps", "wave_id", "deadline_at",
]  # fmt: skip
MIGRATION_DIFFERS = "({kept}) IS DISTINCT FROM ({ought})".format(
    kept=", ".join(f"kept.{name}" for name in MIGRATION_COUNTERS),
    ought=", ".join(f"ought.{name}" for name in MIGRATION_COUNTERS),
)


@dataclass(frozen=True)
class Differences:
    """How many rows did not hold what they ought to."""

    checklists: int
    migrations: int
    evidence: int = 0
    uses: int = 0

    @property
    def total(self) -> int:
        return self.checklists + self.migrations + self.evidence + self.uses

    def __bool__(self) -> bool:
        return bool(self.total)


def recount(ban: Ban, path: str | None = None) -> Differences:
    """Recompute every counter of a ban, or of the team at `path` and all below, and correct those that differ.

    The caller holds the ban alone.
    """
    checklists = _run(
        f"""
        UPDATE planning_checklist AS kept
        SET finished_steps = ought.finished, blocked_steps = ought.blocked, verified_steps = ought.verified,
            is_verified = ought.is_verified, state = ought.state, waived_until = ought.waived_until,
            started_at = coalesce(kept.started_at, ought.first_at),
            last_activity_at = greatest(kept.last_activity_at, ought.last_at),
            done_at = CASE WHEN ought.state = 'done' THEN coalesce(kept.done_at, ought.latest_at)
                           WHEN ought.state = 'stopped' THEN kept.done_at END
        FROM ({CHECKLISTS_AS_DERIVED}) AS ought WHERE ought.id = kept.id AND {CHECKLIST_DIFFERS}
        """,  # noqa: S608 - constants of this module
        ban,
        path=path,
    )
    migrations = _run(
        f"""
        UPDATE planning_migration AS kept
        SET {", ".join(f"{name} = ought.{name}" for name in MIGRATION_COUNTERS)}
        FROM ({MIGRATIONS_AS_DERIVED}) AS ought WHERE ought.id = kept.id AND {MIGRATION_DIFFERS}
        """,  # noqa: S608 - as above
        ban,
        path=path,
    )
    return Differences(checklists, migrations)


#: The migrations are touched last, in the order of their numbers, by difference: the rows they count are locked by the caller.
RECOUNT_FEW = f"""
    WITH ought AS MATERIALIZED ({FEW_AS_DERIVED}), changed AS (
        UPDATE planning_checklist AS kept
        SET finished_steps = ought.finished, blocked_steps = ought.blocked, verified_steps = ought.verified,
            is_verified = ought.is_verified, state = ought.state, waived_until = ought.waived_until,
            started_at = CASE WHEN ought.first_at IS NOT NULL THEN coalesce(kept.started_at, ought.first_at) END,
            done_at = CASE WHEN ought.state = 'done' THEN coalesce(kept.done_at, ought.latest_at)
                           WHEN ought.state = 'stopped' THEN kept.done_at END
        FROM ought WHERE ought.id = kept.id AND {CHECKLIST_DIFFERS}
        RETURNING kept.id, kept.migration_id, kept.state, kept.is_verified
    ), moved AS (
        SELECT changed.migration_id,
               sum((changed.state = 'started')::int - (was.state = 'started')::int) AS started,
               sum((changed.state = 'blocked')::int - (was.state = 'blocked')::int) AS blocked,
               sum((changed.state = 'waived')::int - (was.state = 'waived')::int) AS waived,
               sum((changed.state = 'done')::int - (was.state = 'done')::int) AS done,
               sum(changed.is_verified::int - was.is_verified::int) AS verified
        FROM changed JOIN planning_checklist AS was ON was.id = changed.id GROUP BY changed.migration_id
    ), held AS MATERIALIZED (
        SELECT id FROM planning_migration WHERE id IN (SELECT migration_id FROM moved) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE planning_migration AS team
    SET started = team.started + moved.started, blocked = team.blocked + moved.blocked, waived = team.waived + moved.waived,
        done = team.done + moved.done, verified = team.verified + moved.verified
    FROM held JOIN moved ON moved.migration_id = held.id WHERE team.id = held.id
"""  # noqa: S608 - as above


def recount_few(checklists: Iterable[int]) -> None:
    """Recompute a few checklists, whose rows the caller has locked, and carry what changed over to their teams. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT_FEW, {"checklists": list(checklists), "path": None})


def differences(ban: Ban) -> Differences:
    """Count, without changing anything, the rows that `recount_all` would correct."""
    checklists = _run(
        f"SELECT 1 FROM planning_checklist AS kept JOIN ({CHECKLISTS_AS_DERIVED}) AS ought USING (id) WHERE {CHECKLIST_DIFFERS}",  # noqa: S608
        ban,
        path=None,
    )
    migrations = _run(
        f"SELECT 1 FROM planning_migration AS kept JOIN ({MIGRATIONS_AS_DERIVED}) AS ought USING (id) WHERE {MIGRATION_DIFFERS}",  # noqa: S608
        ban,
        path=None,
    )
    evidence = weighing.differences(ban) if ban.is_live else 0
    return Differences(checklists, migrations, evidence, use_counts.differences(ban))


def recount_all(*, check: bool, now: datetime) -> Iterator[tuple[Ban, Differences]]:
    """Every ban that was ever in force, each alone in a transaction of its own, with what differed; corrected unless `check`."""
    bans = Ban.objects.exclude(state__in=[Ban.State.DRAFT, Ban.State.DISCARDED]).select_related("tool", "replacement")
    for ban in bans.order_by("pk"):
        with transaction.atomic():
            locks.hold_ban_alone(ban.pk)
            found = differences(ban) if check else _correct(ban, now=now)
        yield ban, found


def _correct(ban: Ban, *, now: datetime) -> Differences:
    """The evidence first, since the counters follow from it; that of an ended ban stays as it was."""
    evidence = weighing.weigh(ban, now=now) if ban.is_live else 0
    return replace(recount(ban), evidence=evidence, uses=use_counts.recount(ban))


def keep_day(ban: Ban, day: date) -> int:
    """Write the progress at the end of `day` (UTC) of every team with all below it, and of the whole audience.

    Derived from the times on the checklists; a day written before is written again. Returns the number of rows.
    """
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    return _run(
        """
        WITH waived AS (
            SELECT DISTINCT waiver.checklist_id
            FROM planning_waiver AS waiver JOIN planning_checklist AS person ON person.id = waiver.checklist_id
            WHERE waiver.ban_id = %(ban)s AND (waiver.for_all OR person.state = 'waived')
              AND waiver.granted_at < %(end)s AND (waiver.ended_at IS NULL OR waiver.ended_at >= %(end)s)
        ), counted AS (
            SELECT migration.path, count(*) AS people,
                   count(*) FILTER (WHERE checklist.done_at < %(end)s) AS done,
                   count(*) FILTER (WHERE waived.checklist_id IS NOT NULL
                                    AND (checklist.done_at IS NULL OR checklist.done_at >= %(end)s)) AS waived,
                   count(*) FILTER (WHERE checklist.state = 'blocked' AND checklist.last_activity_at < %(end)s
                                    AND waived.checklist_id IS NULL) AS blocked,
                   count(*) FILTER (WHERE checklist.started_at < %(end)s AND waived.checklist_id IS NULL
                                    AND NOT (checklist.state = 'blocked' AND checklist.last_activity_at < %(end)s)
                                    AND (checklist.done_at IS NULL OR checklist.done_at >= %(end)s)) AS started
            FROM planning_checklist AS checklist JOIN planning_migration AS migration ON migration.id = checklist.migration_id
            LEFT JOIN waived ON waived.checklist_id = checklist.id
            WHERE checklist.ban_id = %(ban)s AND checklist.state <> 'stopped' AND checklist.created_at < %(end)s
            GROUP BY migration.path
        ), teams AS (
            SELECT id, path FROM people_team WHERE id IN (SELECT team_id FROM planning_migration WHERE ban_id = %(ban)s)
        ), up AS (
            SELECT counted.*, array_to_string((string_to_array(path, '/'))[1:level], '/') COLLATE "C" AS above
            FROM counted, generate_series(1, cardinality(string_to_array(path, '/'))) AS level
        ), summed AS (
            SELECT teams.id AS team_id, sum(people) AS people, sum(done) AS done, sum(blocked) AS blocked,
                   sum(started) AS started, sum(waived) AS waived
            FROM up JOIN teams ON teams.path = up.above GROUP BY teams.id
            UNION ALL
            SELECT NULL, sum(people), sum(done), sum(blocked), sum(started), sum(waived) FROM counted HAVING count(*) > 0
        )
        INSERT INTO planning_progressday (ban_id, team_id, day, people, started, blocked, done, waived)
        SELECT %(ban)s, team_id, %(day)s, people, started, blocked, done, waived FROM summed
        ON CONFLICT (ban_id, team_id, day) DO UPDATE
        SET people = excluded.people, started = excluded.started, blocked = excluded.blocked, done = excluded.done,
            waived = excluded.waived
        """,
        ban,
        day=day,
        end=end,
    )


def _run(statement: str, ban: Ban, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ban": ban.pk, **parameters})
        return int(cursor.rowcount)
