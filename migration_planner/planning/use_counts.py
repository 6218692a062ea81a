"""How many people of each team stand where with the old tool and with the new one, kept beside the uses they are counted from.

Counted again, in the same transaction, whenever signals come in or go, or people join, move or leave: a page only reads.
A side follows from the newest day that any source has reported of a tool (see `using.Data.side`): when that day moves on,
everybody is counted again, else the teams of the people a file is about.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from migration_planner.lib.statements import rows, run
from migration_planner.planning.contradicting import IN_USE_DAYS
from migration_planner.planning.models import Ban

#: Keeps these locks apart from any other advisory lock in the same database.
SPACE = 0x6D75

#: Of each team and, under no migration, of the whole ban. No row for nobody, and none at all where nothing was ever reported.
OUGHT = """
    SELECT checklist.migration_id,
           CASE WHEN old.last_day IS NULL THEN 'never' WHEN old.last_day > newest.old THEN 'in_use' ELSE 'stopped' END AS old,
           CASE WHEN new.last_day IS NULL THEN 'never' WHEN new.last_day > newest.new THEN 'in_use' ELSE 'stopped' END AS new,
           count(*) AS people
    FROM (SELECT max(newest_day) FILTER (WHERE tool_id = %(old)s) - %(in_use)s AS old,
                 max(newest_day) FILTER (WHERE tool_id = %(new)s) - %(in_use)s AS new
          FROM planning_signalsource WHERE tool_id IN (%(old)s, %(new)s) HAVING count(*) > 0) AS newest
    JOIN planning_checklist AS checklist ON checklist.ban_id = %(ban)s AND checklist.state <> 'stopped'
    LEFT JOIN planning_use AS old ON old.person_id = checklist.person_id AND old.tool_id = %(old)s
    LEFT JOIN planning_use AS new ON new.person_id = checklist.person_id AND new.tool_id = %(new)s
    WHERE {teams} GROUP BY GROUPING SETS ({sets})
"""
#: `kept` are the rows that these teams have, `ought` those that they should have.
PUT = """
    WITH ought AS MATERIALIZED ({ought}), gone AS (
        DELETE FROM planning_usecount AS kept
        WHERE kept.ban_id = %(ban)s AND {kept} AND NOT EXISTS (
            SELECT FROM ought WHERE coalesce(ought.migration_id, 0) = coalesce(kept.migration_id, 0)
            AND (ought.old, ought.new) = (kept.old, kept.new))
        RETURNING 1
    ), put AS (
        INSERT INTO planning_usecount (ban_id, migration_id, old, new, people)
        SELECT %(ban)s, migration_id, old, new, people FROM ought
        ON CONFLICT (ban_id, migration_id, old, new) DO UPDATE SET people = excluded.people
        WHERE planning_usecount.people <> excluded.people
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)
"""
ALL = OUGHT.format(teams="true", sets="(1, 2, 3), (2, 3)")
PUT_ALL = PUT.format(ought=ALL, kept="true")

#: The teams in which somebody is whose signals change (see signals.py).
TOUCHED = """
    SELECT theirs.migration_id FROM planning_checklist AS theirs
    WHERE theirs.ban_id = %(ban)s AND theirs.person_id IN (SELECT person_id FROM changed_pair)
"""
PUT_TOUCHED = PUT.format(
    ought=OUGHT.format(teams=f"checklist.migration_id IN ({TOUCHED})", sets="(1, 2, 3)"),
    kept=f"kept.migration_id IN ({TOUCHED})",
)
SUMS = """
    SELECT NULL::bigint AS migration_id, old, new, sum(people) AS people
    FROM planning_usecount WHERE ban_id = %(ban)s AND migration_id IS NOT NULL GROUP BY old, new
"""
PUT_SUMS = PUT.format(ought=SUMS, kept="kept.migration_id IS NULL")

DIFFERING = f"""
    SELECT count(*) FROM ({ALL}) AS ought
    FULL JOIN (SELECT * FROM planning_usecount WHERE ban_id = %(ban)s) AS kept
      ON coalesce(kept.migration_id, 0) = coalesce(ought.migration_id, 0) AND (kept.old, kept.new) = (ought.old, ought.new)
    WHERE kept.people IS DISTINCT FROM ought.people
"""  # noqa: S608 - constants of this module


def recount(ban: Ban) -> int:
    """Count everybody of a ban again. Returns how many rows were not what they ought to be."""
    _hold(ban)
    return int(rows(PUT_ALL, **_parameters(ban))[0][0])


def newest() -> dict[int, date]:
    """The newest day that any source has reported of each tool."""
    return dict(rows("SELECT tool_id, max(newest_day) FROM planning_signalsource GROUP BY 1"))


def follow(tools: Iterable[int], before: dict[int, date]) -> None:
    """Signals of these tools came in, before which the newest days were `before`. The caller holds their rows staged."""
    wanted, now = set(tools), newest()
    moved = {tool for tool in wanted if now.get(tool) != before.get(tool)}
    for ban in _published().filter(Q(tool__in=wanted) | Q(replacement__in=wanted)):
        if moved & {ban.tool_id, ban.replacement_id}:
            recount(ban)
        else:
            recount_touched(ban)


def recount_all() -> None:
    """Count everybody of every ban again: uses were forgotten."""
    for ban in _published():
        recount(ban)


def _published() -> QuerySet[Ban]:
    """Every ban that was ever in force: use of the old tool is watched after its end too."""
    return Ban.objects.exclude(state__in=[Ban.State.DRAFT, Ban.State.DISCARDED]).order_by("pk")


def recount_touched(ban: Ban) -> None:
    """Count again the teams of those whose signals change, and the ban by the sum of its teams."""
    _hold(ban)
    rows(PUT_TOUCHED, **_parameters(ban))
    rows(PUT_SUMS, **_parameters(ban))


def differences(ban: Ban) -> int:
    """How many rows `recount` would correct."""
    return int(rows(DIFFERING, **_parameters(ban))[0][0])


def _hold(ban: Ban) -> None:
    """Signals and a new roster may come in at once: who counts second sees what the first has written, and its own."""
    run("SELECT pg_advisory_xact_lock(%(space)s, %(ban)s)", space=SPACE, ban=ban.pk)


def _parameters(ban: Ban) -> dict[str, Any]:
    return {"ban": ban.pk, "old": ban.tool_id, "new": ban.replacement_id, "in_use": IN_USE_DAYS}
