"""Which reminders there ought to be: statements over the bans, the people and the rungs that fall (see statements.py)."""

from migration_planner.reminders.statements import FALLING, SNOOZED
from migration_planner.reminders.upward import EVERYBODY, OWING, REPORTS

#: A reminder that was suppressed for one of these is weighed anew while it lies ahead.
NOT_FOR_GOOD = "IN ('unreachable', 'on_leave', 'snoozed', 'waived', 'bundles_paused')"
#: `wish`: what the reader chose not to get, as a condition and a reason.
FOUND = """
    SELECT person.id AS person_id, falls.rung, falls.day, falls.due_at, falls.reckoned_from, falls.occurrence,
           CASE WHEN person.email = '' OR person.address_refused_at IS NOT NULL THEN 'unreachable'
                WHEN falls.day BETWEEN person.leave_from AND person.leave_until THEN 'on_leave' {wish} ELSE '' END AS reason
"""
SNOOZE = f"WHEN {SNOOZED.replace('reminder.', 'falls.')} THEN 'snoozed'"
PAUSE = "WHEN person.bundles_paused_at IS NOT NULL THEN 'bundles_paused'"
#: A waiver keeps what falls before its end; what falls after it is planned, and meets the person where their marks are.
WAIVED = "checklist.state = 'waived' AND falls.due_at < checklist.waived_until"
OPEN = "checklist.state NOT IN ('done', 'stopped', 'waived')"
#: The state without the waiver.
UNWAIVED = """
    CASE WHEN checklist.state <> 'waived' THEN checklist.state WHEN checklist.blocked_steps > 0 THEN 'blocked'
         WHEN checklist.started_at IS NOT NULL THEN 'started' ELSE 'not_started' END
"""
#: Everybody unfinished, or in the state the rung is for, on each day it falls for them; nothing from before they were asked.
#: The waived are among them, so that the balance says why they heard nothing.
ASKED = f"""
    {FOUND.format(wish=f"WHEN {WAIVED} THEN 'waived' {SNOOZE}")}
    FROM planning_checklist AS checklist JOIN people_user AS person ON person.id = checklist.person_id {FALLING}
    JOIN planning_migration AS migration
      ON migration.id = checklist.migration_id AND migration.deadline_at = falls.reckoned_from
    WHERE checklist.ban_id = %(ban)s AND checklist.state NOT IN ('done', 'stopped') AND person.is_active
      AND falls.due_at >= checklist.created_at
      AND falls.role IN ('unfinished/person', {UNWAIVED} || '/person')
"""
#: Leads of teams in which, or below which, somebody is unfinished.
LEADS = f"""
    {FOUND.format(wish=PAUSE)}
    FROM people_user AS person {FALLING}
    WHERE person.is_active AND EXISTS (
        SELECT FROM people_membership AS led JOIN people_team AS team ON team.id = led.team_id
        JOIN planning_migration AS migration ON migration.ban_id = %(ban)s
             AND migration.people > migration.done + migration.waived
             AND (migration.path = team.path OR (migration.path >= team.path || '/' AND migration.path < team.path || '0'))
        WHERE led.user_id = person.id AND led.role = 'lead')
"""

#: Who is told of whom: leads of the people counted in the very teams they lead, line managers of their reports, and leads of
#: the open team steps of those teams. Those further above have the weekly figures. `told` is the reader, `about` the person.
OF_PEOPLE = f"""
    SELECT led.user_id AS told, checklist.ban_id, checklist.state || '/lead' AS role, checklist.person_id AS about,
           migration.deadline_at
    FROM people_membership AS led JOIN planning_migration AS migration ON migration.team_id = led.team_id
    JOIN planning_checklist AS checklist ON checklist.migration_id = migration.id
    JOIN people_user AS report ON report.id = checklist.person_id AND report.is_active
    WHERE led.role = 'lead' AND {OPEN} AND checklist.person_id <> led.user_id AND {{of_ban}}
    UNION ALL
    SELECT report.line_manager_id, checklist.ban_id, checklist.state || '/manager', report.id, migration.deadline_at
    FROM planning_checklist AS checklist JOIN planning_migration AS migration ON migration.id = checklist.migration_id
    JOIN people_user AS report ON report.id = checklist.person_id AND report.is_active
    WHERE report.line_manager_id IS NOT NULL AND {OPEN} AND report.line_manager_id <> report.id AND {{of_ban}}
"""  # noqa: S608 - as above
OF_TEAMS = """
    SELECT led.user_id AS told, migration.ban_id, 'team_steps/lead' AS role, migration.id AS about,
           migration.deadline_at
    FROM people_membership AS led JOIN planning_migration AS migration ON migration.team_id = led.team_id
    JOIN planning_ban AS ban ON ban.id = migration.ban_id
    WHERE led.role = 'lead' AND migration.people > 0 AND ban.required_team_steps > migration.finished_team_steps
      AND {of_ban}
"""
#: Readers of one ban by the role of the rung and the deadline it is reckoned from, as (told, role, deadline_at); a rung about
#: the unfinished is about those in every open state.
TOLD = f"""
    SELECT DISTINCT told, role, deadline_at FROM (
        SELECT told, unnest(ARRAY[role, 'unfinished/' || split_part(role, '/', 2)]) AS role, deadline_at
        FROM ({OF_PEOPLE.format(of_ban="checklist.ban_id = %(ban)s")}) AS people
        UNION ALL
        SELECT told, role, deadline_at FROM ({OF_TEAMS.format(of_ban="migration.ban_id = %(ban)s")}) AS teams) AS readers
"""  # noqa: S608 - as above
THEIRS = f"""
    {FOUND.format(wish="")}
    FROM ({TOLD}) AS reader JOIN people_user AS person ON person.id = reader.told {FALLING}
    WHERE person.is_active AND falls.role = reader.role AND falls.reckoned_from = reader.deadline_at
"""
#: Managers above somebody who is unfinished after their deadline. One who is away is told why it went past them.
ESCALATED = f"""
    {FOUND.format(wish="")}
    FROM (SELECT DISTINCT told, role, since FROM ({REPORTS.format(readers=EVERYBODY, owing=OWING)}) AS above) AS reader
    JOIN people_user AS person ON person.id = reader.told {FALLING}
    WHERE person.is_active AND falls.role = reader.role AND falls.reckoned_from = reader.since
"""  # noqa: S608 - as above
