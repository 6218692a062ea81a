"""Reminders that are owed no more, or not to be sent, end here with a reason; nothing late is sent stale or in a burst."""

from datetime import datetime

from migration_planner.reminders import unfounded
from migration_planner.reminders.statements import COMMENTED, OF_TEAM_STEP, RETURNED, SNOOZED, run

END = """
    UPDATE reminders_reminder AS reminder SET state = %(state)s, reason = %(reason)s, mail_id = NULL
    WHERE id IN (SELECT reminder.id FROM reminders_reminder AS reminder {among}
                 WHERE reminder.state = 'waiting' AND {condition} FOR UPDATE OF reminder SKIP LOCKED)
"""
WITH_CHECKLIST = """
    JOIN planning_checklist AS checklist
      ON checklist.ban_id = reminder.ban_id AND checklist.person_id = reminder.person_id
"""
WITH_BAN = "JOIN planning_ban AS ban ON ban.id = reminder.ban_id"
WITH_PERSON = "JOIN people_user AS person ON person.id = reminder.person_id"
#: Rungs and bundles that lie ahead are kept true by reconciling; here come those due now, and all other kinds.
NOT_RECONCILED = "(reminder.due_at <= %(now)s OR reminder.kind NOT IN ('rung', 'theirs', 'bundle', 'escalation'))"

#: That a ban is back is said to those, too, who had finished before it ended; that the old tool is, to those it concerns.
IS_BACK = """
    (reminder.kind = 'withdrawal' OR EXISTS (
        SELECT FROM planning_event AS event WHERE event.id = reminder.event_id
        AND reminder.kind = 'change' AND event.verb IN ('reopened', 'regressed', 'proposed')))
"""

#: That the old tool is back, or that a change waits for another owner, is no matter of one's own checklist.
NOT_OWN = """
    EXISTS (SELECT FROM planning_event AS event
            WHERE event.id = reminder.event_id AND event.verb IN ('regressed', 'proposed'))
"""

#: A word about a waiver is true while the waiver is as it says, and somebody waits for its person (see waivers.py).
WAIVER_DIFFERS = """
    reminder.kind = 'waiver' AND NOT EXISTS (
        SELECT FROM planning_waiver AS waiver JOIN planning_checklist AS checklist ON checklist.id = waiver.checklist_id
        WHERE waiver.id = reminder.waiver_id AND checklist.state NOT IN ('done', 'stopped')
        AND waiver.state = CASE split_part(reminder.rung, '-', 2) WHEN '14' THEN 'granted' WHEN '3' THEN 'granted'
                                ELSE split_part(reminder.rung, '-', 2) END)
"""
#: Kinds that are about other people, too, than their reader.
OF_OTHERS = "('bundle', 'theirs', 'escalation', 'waiver', 'thanks')"

#: state, reason, joined tables, condition: in this order.
ENDINGS = [
    (
        "cancelled",
        "ended",
        WITH_BAN,
        "ban.state <> 'published' AND NOT (ban.state = 'withdrawn' AND reminder.kind = 'withdrawal')",
    ),
    ("cancelled", "reopened", WITH_BAN, "ban.state = 'published' AND reminder.kind = 'withdrawal'"),
    (
        "cancelled",
        "done",
        WITH_CHECKLIST,
        f"""checklist.state = 'done' AND {NOT_RECONCILED} AND reminder.kind NOT IN {OF_OTHERS} AND reminder.kind <> 'question'
            AND NOT {IS_BACK} AND NOT {OF_TEAM_STEP}""",
    ),
    (
        "cancelled",
        "answered",
        WITH_CHECKLIST,
        f"""reminder.kind IN ('question', 'return', 'comment') AND checklist.state <> 'stopped'
            AND NOT CASE reminder.kind WHEN 'return' THEN {RETURNED} WHEN 'comment' THEN {COMMENTED} ELSE EXISTS (
                SELECT FROM planning_contradiction AS asked
                WHERE asked.checklist_id = checklist.id AND asked.closed_at IS NULL) END""",
    ),
    (
        "cancelled",
        "stopped",
        WITH_CHECKLIST,
        f"checklist.state = 'stopped' AND {NOT_RECONCILED} AND reminder.kind NOT IN {OF_OTHERS} AND NOT {NOT_OWN}",
    ),
    ("cancelled", "waiver_changed", "", WAIVER_DIFFERS),
    (
        "suppressed",
        "waived",
        WITH_CHECKLIST,
        f"""reminder.kind IN ('rung', 'nudge') AND checklist.state = 'waived' AND {NOT_RECONCILED}
            AND reminder.due_at < checklist.waived_until""",
    ),
    (
        "cancelled",
        "not_meant",
        WITH_CHECKLIST,
        """reminder.kind = 'rung' AND split_part(reminder.rung, '/', 2) NOT IN ('', checklist.state)
           AND checklist.state <> 'waived'
           AND reminder.due_at <= %(now)s""",
    ),
    ("cancelled", "stopped", WITH_PERSON, f"NOT person.is_active AND {NOT_RECONCILED}"),
    (
        "suppressed",
        "unreachable",
        WITH_PERSON,
        f"(person.email = '' OR person.address_refused_at IS NOT NULL) AND {NOT_RECONCILED}",
    ),
    (
        "suppressed",
        "bundles_paused",
        WITH_PERSON,
        f"reminder.kind = 'bundle' AND person.bundles_paused_at IS NOT NULL AND {NOT_RECONCILED}",
    ),
    (
        "suppressed",
        "snoozed",
        f"{WITH_CHECKLIST} {WITH_PERSON}",
        f"reminder.kind = 'rung' AND {NOT_RECONCILED} AND {SNOOZED}",
    ),
    (
        "suppressed",
        "too_late",
        "",
        """reminder.kind IN ('rung', 'theirs') AND reminder.due_at < reminder.reckoned_from
           AND reminder.reckoned_from <= %(now)s""",
    ),
    (
        "suppressed",
        "superseded",
        """JOIN reminders_reminder AS newer ON newer.person_id = reminder.person_id AND newer.ban_id = reminder.ban_id
           AND newer.kind = reminder.kind AND newer.day > reminder.day AND newer.due_at <= %(now)s
           AND newer.state IN ('waiting', 'sent')""",
        "reminder.kind IN ('rung', 'theirs', 'bundle') AND reminder.due_at <= %(now)s",
    ),
]

#: An address that takes mail again gets the announcement that it could not get before.
REACHABLE_AGAIN = """
    UPDATE reminders_reminder AS reminder SET state = 'waiting', reason = '', mail_id = NULL
    WHERE id IN (SELECT reminder.id FROM reminders_reminder AS reminder
                 JOIN people_user AS person ON person.id = reminder.person_id
                 JOIN planning_checklist AS checklist
                   ON checklist.ban_id = reminder.ban_id AND checklist.person_id = reminder.person_id
                 JOIN planning_ban AS ban ON ban.id = reminder.ban_id AND ban.state = 'published'
                 WHERE reminder.kind = 'announcement' AND reminder.state IN ('suppressed', 'dead')
                   AND reminder.reason IN ('unreachable', 'address_refused')
                   AND checklist.state NOT IN ('done', 'stopped') AND person.is_active
                   AND person.email <> '' AND person.address_refused_at IS NULL
                 FOR UPDATE OF reminder SKIP LOCKED)
"""


def settle(*, now: datetime) -> tuple[int, int]:
    """End what is not to be sent. Returns how many reminders were cancelled and how many suppressed."""
    ended = {"cancelled": 0, "suppressed": 0}
    for state, reason, among, condition in ENDINGS:
        statement = END.format(among=among, condition=condition)
        ended[state] += run(statement, state=state, reason=reason, now=now)
    ended["cancelled"] += unfounded.end_due(now=now)
    run(REACHABLE_AGAIN)
    return ended["cancelled"], ended["suppressed"]
