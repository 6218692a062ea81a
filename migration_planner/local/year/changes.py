"""Rosters that come during the year: some join, some leave, some move to another team. Each is a file like any other."""

import csv
import io
from datetime import datetime
from typing import Any

from django.db import connection

from migration_planner.people.roster.staging import stage
from migration_planner.planning.rosters import apply_roster

FIRSTS = ["Ada", "Bruno", "Chiara", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kamala", "Lior", "Mina"]
LASTS = ["Adeyemi", "Bauer", "Costa", "Dubois", "Eriksen", "Farouk", "Garcia", "Hoang", "Ivanova", "Jensen", "Kaplan"]
#: Shares of the people, each time.
LEAVE, MOVE, JOIN = 0.008, 0.01, 0.012
COLUMNS = ["email", "name", "team", "role", "home_team", "timezone", "language", "manager", "active"]
#: One line for each membership of whoever changes. A mover leaves the old home for that of somebody else, and keeps other teams;
#: whoever leads, has a role, or reports to nobody stays. A joiner comes into the team of somebody who is there.
CHANGES = """
    WITH home AS MATERIALIZED (
        SELECT person.id, person.email, person.name, person.zone, person.language, team.path, coalesce(boss.email, '') AS manager,
               person.is_owner OR person.is_auditor OR person.is_administrator
                   OR EXISTS (SELECT FROM people_membership AS led WHERE led.user_id = person.id AND led.role = 'lead')
                   OR EXISTS (SELECT FROM people_user AS report WHERE report.line_manager_id = person.id) AS stays,
               pg_temp.chance(%(seed)s || person.email) AS chance,
               row_number() OVER (ORDER BY pg_temp.chance(%(seed)s || '/place/' || person.email)) AS place, count(*) OVER () AS n
        FROM people_user AS person JOIN people_membership AS belongs ON belongs.user_id = person.id AND belongs.is_home
        JOIN people_team AS team ON team.id = belongs.team_id
        LEFT JOIN people_user AS boss ON boss.id = person.line_manager_id
        WHERE person.is_active
    ), mover AS (
        SELECT home.*, target.path AS target FROM home JOIN home AS target ON target.place = 1 + (home.place * 7) %% home.n
        WHERE NOT home.stays AND home.chance BETWEEN %(leave)s AND %(leave)s + %(move)s
          AND NOT EXISTS (SELECT FROM people_membership AS other JOIN people_team AS team ON team.id = other.team_id
                          WHERE other.user_id = home.id AND team.path = target.path)
    )
    SELECT email, name, path AS team, 'member' AS role, 'yes' AS home_team, zone, language, manager, 'no' AS active
    FROM home WHERE NOT stays AND chance < %(leave)s
    UNION ALL
    SELECT email, name, target, 'member', 'yes', zone, language, manager, 'yes' FROM mover
    UNION ALL
    SELECT mover.email, mover.name, team.path, other.role, 'no', zone, language, manager, 'yes'
    FROM mover JOIN people_membership AS other ON other.user_id = mover.id AND NOT other.is_home
    JOIN people_team AS team ON team.id = other.team_id
    UNION ALL
    SELECT lower(named.first || '.' || named.last) || '.' || %(number)s || place || '@' || split_part(email, '@', 2),
           named.first || ' ' || named.last, path, 'member', 'yes', zone, language, manager, 'yes'
    FROM home CROSS JOIN LATERAL (
        SELECT (%(firsts)s::text[])[1 + (place + %(number)s) %% cardinality(%(firsts)s::text[])] AS first,
               (%(lasts)s::text[])[1 + (place * 3 + %(number)s) %% cardinality(%(lasts)s::text[])] AS last) AS named
    WHERE place <= ceil(%(join)s * n)
    ORDER BY email, home_team DESC, team
"""


def apply(*, number: int, seed: str, now: datetime) -> dict[str, int]:
    """Bring a roster into force in which about one in a hundred each joins, leaves and moves. Returns what it has changed."""
    values: dict[str, Any] = {
        "seed": f"{seed}/roster/{number}/",
        "number": number,
        "leave": LEAVE,
        "move": MOVE,
        "join": JOIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {**values, "firsts": FIRSTS, "lasts": LASTS})
        rows = cursor.fetchall()
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    import_ = stage(io.BytesIO(file.getvalue().encode()), name=f"changes-{number:03}.csv", by=None, now=now)
    return apply_roster(import_, by=None, now=now).counts
