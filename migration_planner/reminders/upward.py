"""Who above is told of whom: statements over the line managers, from the reader down to those who are unfinished.

The level of an escalation is a place in the row of somebody's line managers. Those who have left or whom no mail reaches
have no place in it. Of the places from the level's own upward, the first hears who is not on leave on the day on which the
level falls where they are. The way down stops where nobody below can belong to the reader, so it costs what it finds.
No way passes the same person twice: rings, and people who manage themselves, come to an end.
"""

from migration_planner.people import calendars
from migration_planner.reminders.standing import OBLIGATION_STANDS

#: Deeper than any organisation is; who has more managers above is told of as far as this.
DEEPEST = 30

#: Every manager, for each level that is asked about.
EVERYBODY = """
    SELECT boss.id, level.ban_id, level.role, level.number
    FROM (SELECT DISTINCT line_manager_id AS id FROM people_user WHERE line_manager_id IS NOT NULL) AS boss,
         unnest(%(level_bans)s::bigint[], %(level_roles)s::text[], %(level_numbers)s::int[]) AS level(ban_id, role, number)
"""
#: Some readers, by (told, ban, role).
SOME = """
    SELECT told, ban_id, role, split_part(role, '-', 2)::int
    FROM unnest(%(told)s::bigint[], %(bans)s::bigint[], %(roles)s::text[]) AS asked(told, ban_id, role)
"""
#: Those whose word is due, and waits.
DUE = """
    SELECT person_id, ban_id, split_part(rung, '/', 2) || '/' || split_part(rung, '/', 3), split_part(rung, '-', 2)::int
    FROM reminders_reminder WHERE kind = 'escalation' AND state = 'waiting' AND {which}
"""
#: Whoever had the time until the cutoff and is not done. Who joined after it has their own word, and their lead. Looked up one
#: by one (`OFFSET 0`): joined, a table without statistics would be read once for each manager.
OWING = f"""
    CROSS JOIN LATERAL (
        SELECT FROM planning_checklist AS checklist JOIN planning_ban AS ban ON ban.id = checklist.ban_id
        WHERE checklist.ban_id = below.ban_id AND checklist.person_id = report.id AND {OBLIGATION_STANDS}
          AND checklist.created_at < ban.cutoff_at AND report.is_active OFFSET 0) AS owing
"""
#: (told, ban_id, role, about): a reader with everybody of whom they are told at a level. `readers` is one of the statements
#: above, `owing` joins those who are unfinished to `report` and `below`.
REPORTS = f"""
    WITH RECURSIVE reader(told, ban_id, role, number) AS ({{readers}}),
    absent AS MATERIALIZED (
        SELECT away.ban_id, away.role, person.id
        FROM people_user AS person {calendars.JOINED}
        JOIN unnest(%(day_bans)s::bigint[], %(day_roles)s::text[], %(day_zones)s::text[], %(day_hours)s::int[],
                    %(day_calendars)s::bigint[], %(day_days)s::date[]) AS away(ban_id, role, zone, hour, calendar, day)
          ON away.zone = person.zone AND away.hour = person.reminder_hour AND away.calendar = {calendars.NUMBER}
         AND away.day BETWEEN person.leave_from AND person.leave_until
    ), below(told, ban_id, role, number, manager, present, passed, way) AS (
        SELECT told, ban_id, role, number, told, 0, 0, ARRAY[told] FROM reader
        UNION ALL
        SELECT below.told, below.ban_id, below.role, below.number, child.id,
               below.present + (step.counts AND (below.present > 0 OR absent.id IS NULL))::int,
               below.passed + step.counts::int, below.way || child.id
        FROM below JOIN people_user AS child ON child.line_manager_id = below.manager
        CROSS JOIN LATERAL (SELECT child.is_active AND child.email <> '' AND child.address_refused_at IS NULL AS counts) AS step
        LEFT JOIN absent ON absent.ban_id = below.ban_id AND absent.role = below.role AND absent.id = child.id
        WHERE child.id <> ALL(below.way) AND cardinality(below.way) < {DEEPEST}
          AND below.present + (step.counts AND (below.present > 0 OR absent.id IS NULL))::int < below.number
          AND EXISTS (SELECT FROM people_user AS report WHERE report.line_manager_id = child.id)
    )
    SELECT below.told, below.ban_id, below.role, report.id AS about
    FROM below JOIN people_user AS report ON report.line_manager_id = below.manager {{owing}}
    WHERE below.passed >= below.number - 1 AND report.id NOT IN (below.told, below.manager)
"""  # noqa: S608 - constants of this package
