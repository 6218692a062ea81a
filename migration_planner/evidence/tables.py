"""The lists of an evidence pack, each a statement whose columns are the file's."""

PEOPLE = """
    SELECT person.external_id, person.email AS address, person.name, migration.path AS team, checklist.state,
           checklist.finished_steps AS steps_finished, checklist.blocked_steps AS steps_blocked,
           checklist.created_at AS asked_at, checklist.started_at, checklist.done_at, checklist.stopped_why
    FROM planning_checklist AS checklist
    JOIN people_user AS person ON person.id = checklist.person_id
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id
    WHERE checklist.ban_id = %(ban)s ORDER BY checklist.id
"""
STEPS = """
    SELECT step.id AS number, step.key, step.position, step.per, step.title, step.required, step.minutes,
           step.evidence AS evidence_asked, step.removed_at
    FROM planning_step AS step WHERE step.ban_id = %(ban)s ORDER BY step.position, step.id
"""
MARKS = """
    SELECT person.email AS person, migration.path AS team, step.id AS step, step.title, mark.state, mark.standing,
           mark.note AS reason_or_evidence, marked_by.email AS by, lead.email AS in_place_of, mark.at
    FROM planning_mark AS mark
    JOIN planning_step AS step ON step.id = mark.step_id
    JOIN people_user AS marked_by ON marked_by.id = mark.by_id
    LEFT JOIN people_user AS lead ON lead.id = mark.acted_for_id
    LEFT JOIN planning_checklist AS checklist ON checklist.id = mark.checklist_id
    LEFT JOIN people_user AS person ON person.id = checklist.person_id
    LEFT JOIN planning_migration AS migration ON migration.id = coalesce(mark.migration_id, checklist.migration_id)
    WHERE step.ban_id = %(ban)s ORDER BY mark.id
"""
REMINDERS = """
    SELECT reminder.id AS number, person.email AS person, reminder.kind, reminder.rung, reminder.day, reminder.due_at,
           reminder.state, reminder.reason, mail.id AS mail, mail.message_id, mail.sent_at
    FROM reminders_reminder AS reminder
    JOIN people_user AS person ON person.id = reminder.person_id
    LEFT JOIN reminders_mail AS mail ON mail.id = reminder.mail_id
    WHERE reminder.ban_id = %(ban)s ORDER BY reminder.id
"""
ATTEMPTS = """
    SELECT attempt.id AS number, attempt.mail_id AS mail, attempt.at, attempt.code, attempt.text AS answer, attempt.queue_id
    FROM reminders_attempt AS attempt
    WHERE attempt.mail_id IN (SELECT mail_id FROM reminders_reminder WHERE ban_id = %(ban)s AND mail_id IS NOT NULL)
    ORDER BY attempt.id
"""
SCOPE = """
    SELECT statement.version, statement.text, author.email AS written_by, statement.written_at
    FROM planning_scopestatement AS statement JOIN people_user AS author ON author.id = statement.written_by_id
    WHERE statement.ban_id = %(ban)s ORDER BY statement.version
"""
AUDIENCE = """
    SELECT team.path AS team, named.excluded AS left_out
    FROM planning_audienceteam AS named JOIN people_team AS team ON team.id = named.team_id
    WHERE named.ban_id = %(ban)s ORDER BY team.path
"""
ACKNOWLEDGEMENTS = """
    SELECT person.external_id, person.email AS address, person.name, migration.path AS team, statement.version, said.at
    FROM planning_acknowledgement AS said
    JOIN planning_scopestatement AS statement ON statement.id = said.statement_id
    JOIN planning_checklist AS checklist ON checklist.id = said.checklist_id
    JOIN people_user AS person ON person.id = checklist.person_id
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id
    WHERE statement.ban_id = %(ban)s ORDER BY statement.version, said.id
"""
#: What was said about checklists; of what was withdrawn at once there is that it was, and no words.
COMMENTS = """
    SELECT comment.id AS number, person.email AS person, migration.path AS team, step.id AS step, step.title,
           author.email AS by, lead.email AS in_place_of, comment.at, comment.text, comment.withdrawn_at
    FROM planning_comment AS comment
    JOIN planning_checklist AS checklist ON checklist.id = comment.checklist_id
    JOIN people_user AS person ON person.id = checklist.person_id
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id
    JOIN people_user AS author ON author.id = comment.author_id
    LEFT JOIN people_user AS lead ON lead.id = comment.acted_for_id
    LEFT JOIN planning_step AS step ON step.id = comment.step_id
    WHERE comment.ban_id = %(ban)s ORDER BY comment.id
"""
#: Every decision has a line, with the waiver it is about; a waiver that nobody has decided on yet has one line.
WAIVERS = """
    SELECT waiver.id AS number, person.email AS person, migration.path AS team, waiver.state, waiver.reason, waiver.words,
           waiver.control, waiver.for_all, asker.email AS requested_by, waiver.requested_at, waiver.asked_until, waiver.until,
           waiver.granted_at, waiver.ended_at, waiver.extension, waiver.extends_id AS extends, decision.level,
           decision.verdict, decider.email AS decided_by, lead.email AS decided_in_place_of,
           decision.at AS decided_at, decision.words AS decided_why,
           decision.until AS decided_until
    FROM planning_waiver AS waiver
    JOIN people_user AS person ON person.id = waiver.person_id
    JOIN people_user AS asker ON asker.id = waiver.requested_by_id
    JOIN planning_checklist AS checklist ON checklist.id = waiver.checklist_id
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id
    LEFT JOIN planning_waiverdecision AS decision ON decision.waiver_id = waiver.id
    LEFT JOIN people_user AS decider ON decider.id = decision.by_id
    LEFT JOIN people_user AS lead ON lead.id = decision.acted_for_id
    WHERE waiver.ban_id = %(ban)s ORDER BY waiver.id, decision.id
"""
GAPS = """
    SELECT gap.id AS number, gap.title, gap.words, gap.state, workflow.key AS workflow, owner.email AS looked_after_by,
           gap.answer, opener.email AS reported_by, gap.opened_at, gap.decided_at, gap.merged_into_id AS merged_into
    FROM planning_gap AS gap
    JOIN people_user AS opener ON opener.id = gap.opened_by_id
    LEFT JOIN people_user AS owner ON owner.id = gap.owner_id
    LEFT JOIN planning_workflow AS workflow ON workflow.id = gap.workflow_id
    WHERE gap.ban_id = %(ban)s ORDER BY gap.id
"""
#: What scans say about the steps of teams. Signals, which are about the days of single people, are no part of a pack.
SCANS = """
    SELECT migration.path AS team, step.id AS step, step.title, weighed.verdict, weighed.since, weighed.found_at,
           report.repository, report.commit, report.scanned_at, report.received_at, report.digest,
           weighed.set_aside_at, aside.email AS set_aside_by, lead.email AS set_aside_in_place_of, weighed.set_aside_why
    FROM planning_evidence AS weighed
    JOIN planning_migration AS migration ON migration.id = weighed.migration_id
    JOIN planning_step AS step ON step.id = weighed.step_id
    LEFT JOIN planning_report AS report ON report.id = weighed.report_id
    LEFT JOIN people_user AS aside ON aside.id = weighed.set_aside_by_id
    LEFT JOIN people_user AS lead ON lead.id = weighed.set_aside_for_id
    WHERE migration.ban_id = %(ban)s ORDER BY migration.path, step.id
"""
#: How it stood at the cutoff, as the clock wrote it down. A cutoff that was moved after it had passed is there twice.
TEAMS_AT_CUTOFF = """
    SELECT kept.cutoff_at, kept.frozen_at, team.path AS team, team.people, team.started, team.blocked, team.waived, team.done,
           team.verified
    FROM planning_teamatcutoff AS team JOIN planning_atcutoff AS kept ON kept.id = team.at_cutoff_id
    WHERE kept.ban_id = %(ban)s ORDER BY kept.cutoff_at, team.path
"""
PEOPLE_AT_CUTOFF = """
    SELECT kept.cutoff_at, person.external_id, person.email AS address, person.name, was.path AS team, was.state,
           was.finished_steps AS steps_finished, was.asked_steps AS steps_asked, was.is_verified AS verified
    FROM planning_personatcutoff AS was JOIN planning_atcutoff AS kept ON kept.id = was.at_cutoff_id
    JOIN planning_checklist AS checklist ON checklist.id = was.checklist_id
    JOIN people_user AS person ON person.id = checklist.person_id
    WHERE kept.ban_id = %(ban)s ORDER BY kept.cutoff_at, was.checklist_id
"""

#: File → statement. One parameter each: the ban.
TABLES = {
    "scope.csv": SCOPE,
    "acknowledgements.csv": ACKNOWLEDGEMENTS,
    "audience.csv": AUDIENCE,
    "steps.csv": STEPS,
    "people.csv": PEOPLE,
    "teams-at-cutoff.csv": TEAMS_AT_CUTOFF,
    "people-at-cutoff.csv": PEOPLE_AT_CUTOFF,
    "marks.csv": MARKS,
    "comments.csv": COMMENTS,
    "scans.csv": SCANS,
    "waivers.csv": WAIVERS,
    "gaps.csv": GAPS,
    "reminders.csv": REMINDERS,
    "attempts.csv": ATTEMPTS,
}
