"""Counting again what a slice of deeds has touched: the product's own statements (see planning/counting.py), asked of a few rows.

A recount of the whole ban after every slice gives the same and takes most of the time of a year; tests hold the two equal.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from migration_planner.planning.counting import (
    CHECKLIST_DIFFERS,
    CHECKLISTS_AS_DERIVED,
    MIGRATION_COUNTERS,
    MIGRATION_DIFFERS,
    MIGRATIONS_AS_DERIVED,
)
from migration_planner.planning.models import Ban
from migration_planner.planning.standing import (
    OF_CHECKLIST,
    OF_CHECKLISTS,
    OF_MIGRATION,
    OF_MIGRATIONS,
    PART,
    tallies,
    tally,
)


def _of_few(statement: str, changes: dict[str, str]) -> str:
    """The statement with each part of it put otherwise; one that is not in it any more is a mistake."""
    for part, otherwise in changes.items():
        if part not in statement:
            raise AssertionError(f"The statement of planning/counting.py does not say this any more: {part}")
        statement = statement.replace(part, otherwise)
    return statement


CHECKLISTS = _of_few(
    CHECKLISTS_AS_DERIVED,
    {
        tallies(OF_CHECKLISTS, "checklist.id"): f"CROSS JOIN LATERAL ({tally(OF_CHECKLIST)}) AS counted",
        "WHERE ban.id = %(ban)s": "WHERE ban.id = %(ban)s AND checklist.id = ANY(%(few)s)",
    },
)
MIGRATIONS = _of_few(
    MIGRATIONS_AS_DERIVED,
    {
        tallies(OF_MIGRATIONS, "migration.id"): f"CROSS JOIN LATERAL ({tally(OF_MIGRATION)}) AS counted",
        f"AND {PART}": "AND migration.id = ANY(%(few)s)",
        "AND state <> 'stopped' GROUP BY": "AND state <> 'stopped' AND migration_id = ANY(%(few)s) GROUP BY",
    },
)
SET_CHECKLISTS = f"""
    UPDATE planning_checklist AS kept
    SET finished_steps = ought.finished, blocked_steps = ought.blocked, verified_steps = ought.verified,
        is_verified = ought.is_verified, state = ought.state, waived_until = ought.waived_until,
        started_at = coalesce(kept.started_at, ought.first_at),
        last_activity_at = greatest(kept.last_activity_at, ought.last_at),
        done_at = CASE WHEN ought.state = 'done' THEN coalesce(kept.done_at, ought.latest_at) END
    FROM ({CHECKLISTS}) AS ought WHERE ought.id = kept.id AND {CHECKLIST_DIFFERS}
"""  # noqa: S608 - constants of ours
SET_MIGRATIONS = f"""
    UPDATE planning_migration AS kept SET {", ".join(f"{name} = ought.{name}" for name in MIGRATION_COUNTERS)}
    FROM ({MIGRATIONS}) AS ought WHERE ought.id = kept.id AND {MIGRATION_DIFFERS}
"""  # noqa: S608 - as above


def recount(ban: Ban, checklists: Sequence[int], migrations: Sequence[int]) -> None:
    """Correct the counters of these checklists, and then of these migrations, which are those of the checklists too.

    The caller holds the ban alone.
    """
    _run(SET_CHECKLISTS, ban=ban.pk, path=None, few=list(checklists))
    _run(SET_MIGRATIONS, ban=ban.pk, path=None, few=list(migrations))


def _run(statement: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
