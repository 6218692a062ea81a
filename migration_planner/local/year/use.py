"""Figures of use, a week at a time: the old tool until people are done, the new one from some days before; and who contradicts.

One statement makes the rows; they come in as any export would.
"""

from datetime import date, datetime
from typing import Any

from django.db import connection

from migration_planner.people.models import User
from migration_planner.planning import signals
from migration_planner.planning.models import Ban
from migration_planner.planning.signal_files import row

ROWS = """
    WITH known AS (
        SELECT person.email, %(seed)s || person.email AS who, checklist.state, checklist.done_at::date AS done,
               pg_temp.chance(%(seed)s || person.email || '/contradicts') * 100 < %(contradict)s AS contradicts
        FROM planning_checklist AS checklist JOIN people_user AS person ON person.id = checklist.person_id
        WHERE checklist.ban_id = %(ban)s AND checklist.state <> 'stopped' AND person.is_active
    ), used AS (
        SELECT known.*, day::date AS day, pg_temp.chance(who || '/' || day::date) AS chance
        FROM known, generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day
        WHERE extract(isodow FROM day) < 6
    )
    SELECT email, tool, day::text, count::text, source FROM (
        SELECT email, %(old)s AS tool, day, 1 + floor(chance * 500)::int %% 40 AS count, 'Sign-on' AS source FROM used
        WHERE chance < 0.6 AND NOT (state = 'not_started' AND contradicts)
          AND (done IS NULL OR day < done OR contradicts AND day > done + 1)
        UNION ALL
        SELECT email, %(new)s, day, 1 + floor(chance * 700)::int %% 60, 'Licence server' FROM used
        WHERE chance BETWEEN 0.2 AND 0.85
          AND (day >= done - 4 OR state = 'not_started' AND contradicts OR state = 'started' AND chance < 0.4)
    ) AS rows ORDER BY email, tool, day
"""


def report(ban: Ban, *, first: date, last: date, contradict: float, seed: str, by: User, now: datetime) -> int:
    """Bring in the use of these days by everybody under the ban. Returns how many rows that were.

    Of those who are done, and of those who have not begun, `contradict` of a hundred contradict it.
    """
    values: dict[str, Any] = {"ban": ban.pk, "seed": seed, "first": first, "last": last, "contradict": contradict}
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {**values, "old": ban.tool.name, "new": ban.replacement.name})
        cells = cursor.fetchall()
    if not cells:
        return 0
    rows = (row(number, list(each)) for number, each in enumerate(cells, start=1))
    return signals.take(rows, by=by, now=now, apply=True, skip_bad=True).rows
