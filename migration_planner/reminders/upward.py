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

#: The levels of each ban under each deadline: that of a wave, written as its role ends, or nothing for the cutoff.
LEVELS = """
    unnest(%(level_bans)s::bigint[], %(level_roles)s::text[], %(level_numbers)s::int[], %(level_unders)s::text[],
           %(level_deadlines)s::timestamptz[]) AS level(ban_id, role, number, under, deadline)
"""
#: Every manager, for each level that is asked about, under each deadline by itself.
EVERYBODY = f"""
    SELECT boss.id, level.ban_id, level.role, level.number, level.under, level.deadline
    FROM (SELECT DISTINCT line_manager_id AS id FROM people_user WHERE line_manager_id IS NOT NULL) AS boss, {LEVELS}
"""  # noqa: S608 - constants of this module
#: Some readers, by (told, ban, role, since): what they are told under that deadline, and under each before it.
SOME = f"""
    SELECT told, level.ban_id, level.role, level.number, level.under, since
    FROM unnest(%(told)s::bigint[], %(bans)s::bigint[], %(roles)s::text[], %(sinces)s::timestamptz[])
      AS asked(told, ban_id, role, since)
    JOIN {LEVELS} ON level.ban_id = asked.ban_id AND level.role = asked.role AND level.deadline <= asked.since
"""  # noqa: S608 - as above
#: Those whose word is due, and waits: under its own deadline.
DUE = f"""
    SELECT person_id, level.ban_id, level.role, level.number, level.under, reckoned_from
    FROM reminders_reminder AS reminder JOIN {LEVELS} ON level.ban_id = reminder.ban_id AND level.deadline = reckoned_from
     AND level.role = split_part(rung, '/', 2) || '/' || split_part(rung, '/', 3)
    WHERE kind = 'escalation' AND state = 'waiting' AND {{which}}
"""  # noqa: S608 - as above
#: Whoever had the time until the deadline of their team and is not done. Who joined after that has until the cutoff; who joined
#: after the cutoff has their own word, and their lead. Looked up one by one (`OFFSET 0`): joined, a table without statistics
#: would be read once for each manager.
OWING = f"""
    CROSS JOIN LATERAL (
        SELECT FROM planning_checklist AS checklist JOIN planning_ban AS ban ON ban.id = checklist.ban_id
        JOIN planning_migration AS migration ON migration.id = checklist.migration_id
        LEFT JOIN planning_wave AS wave ON wave.id = migration.wave_id AND wave.cutoff_at > checklist.created_at
        WHERE checklist.ban_id = below.ban_id AND checklist.person_id = report.id AND {OBLIGATION_STANDS}
          AND checklist.created_at < ban.cutoff_at AND report.is_active
          AND coalesce('@' || extract(epoch FROM wave.cutoff_at)::bigint, '') = below.under OFFSET 0) AS owing
"""  # noqa: S608 - as above
#: (told, ban_id, role, since, under, about): a reader with everybody of whom they are told at a level. `readers` is one of the
#: statements above, `owing` joins those who are unfinished to `report` and `below`.
REPORTS = f"""
    WITH RECURSIVE reader(told, ban_id, role, number, under, since) AS ({{readers}}),
    absent AS MATERIALIZED (
        SELECT away.ban_id, away.role, away.under, person.id
        FROM people_user AS person {calendars.JOINED}
        JOIN unnest(%(day_bans)s::bigint[], %(day_roles)s::text[], %(day_unders)s::text[], %(day_zones)s::text[],
                    %(day_hours)s::int[], %(day_calendars)s::bigint[], %(day_days)s::date[])
             AS away(ban_id, role, under, zone, hour, calendar, day)
          ON away.zone = person.zone AND away.hour = person.reminder_hour AND away.calendar = {calendars.NUMBER}
         AND away.day BETWEEN person.leave_from AND person.leave_until
    ), below(told, ban_id, role, number, under, since, manager, present, passed, way) AS (
        SELECT told, ban_id, role, number, under, since, told, 0, 0, ARRAY[told] FROM reader
        UNION ALL
        SELECT below.told, below.ban_id, below.role, below.number, below.under, below.since, child.id,
               below.present + (step.counts AND (below.present > 0 OR absent.id IS NULL))::int,
               below.passed + step.counts::int, below.way || child.id
        FROM below JOIN people_user AS child ON child.line_manager_id = below.manager
        CROSS JOIN LATERAL (SELECT child.is_active AND child.email <> '' AND child.address_refused_at IS NULL AS counts) AS step
        LEFT JOIN absent ON absent.ban_id = below.ban_id AND absent.role = below.role AND absent.under = below.under
             AND absent.id = child.id
        WHERE child.id <> ALL(below.way) AND cardinality(below.way) < {DEEPEST}
          AND below.present + (step.counts AND (below.present > 0 OR absent.id IS NULL))::int < below.number
          AND EXISTS (SELECT FROM people_user AS report WHERE report.line_manager_id = child.id)
    )
    SELECT below.told, below.ban_id, below.role, below.since, below.under, report.id AS about
    FROM below JOIN people_user AS report ON report.line_manager_id = below.manager {{owing}}
    WHERE below.passed >= below.number - 1 AND report.id NOT IN (below.told, below.manager)
"""  # noqa: S608 - constants of this package
