"""Running the set-based statements of planning and sending. Parameters are named and always bound, never pasted in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from migration_planner.lib.statements import large_rows as large_rows
from migration_planner.lib.statements import rows as rows
from migration_planner.lib.statements import run as run
from migration_planner.people import calendars
from migration_planner.planning.reviewing import STANDS
from migration_planner.reminders.falling import Fall
from migration_planner.reminders.models.rungs import role_of

#: Rungs that fall, as a table; see `columns` for its parameters.
FALLS = """
    unnest(%(zones)s::text[], %(hours)s::int[], %(calendars)s::bigint[], %(rungs)s::text[], %(roles)s::text[],
           %(days)s::date[], %(dues)s::timestamptz[], %(froms)s::timestamptz[], %(occurrences)s::int[])
    AS falls(zone, hour, calendar, rung, role, day, due_at, reckoned_from, occurrence)
"""
#: Gives each `person` the rungs that fall where they are.
FALLING = f"""
    {calendars.JOINED}
    JOIN {FALLS} ON falls.zone = person.zone AND falls.hour = person.reminder_hour AND falls.calendar = {calendars.NUMBER}
"""
#: Kinds that tell the reader of other people, and so do not depend on the reader's own checklist.
OF_OTHERS = "('bundle', 'theirs', 'escalation', 'thanks')"
ALL_PAUSED = "EXISTS (SELECT FROM reminders_pause WHERE ended_at IS NULL AND ban_id IS NULL)"
#: The mail has something to say about a ban whose mail is paused. `OFFSET 0` has it asked for each of the few mails that are
#: looked at; joined, it would read every row of the paused ban for each claim.
TOUCHES_PAUSED = """
    EXISTS (SELECT FROM reminders_reminder AS carried
            JOIN reminders_pause AS pause ON pause.ban_id = carried.ban_id AND pause.ended_at IS NULL
            WHERE carried.mail_id = mail.id AND carried.state = 'waiting' OFFSET 0)
"""
#: Nobody is sending the mail now, nor died with it in hand where that leaves a doubt.
FREE = "((mail.lease_until IS NULL OR mail.lease_until < clock_timestamp()) AND mail.in_hand_since IS NULL)"

#: The reader has snoozed this reminder (see models/snoozes.py). Wants `reminder`, `checklist` and `person`.
SNOOZED = """
    EXISTS (SELECT FROM reminders_snooze AS snooze WHERE snooze.checklist_id = checklist.id
            AND snooze.taken_back_at IS NULL AND reminder.due_at >= snooze.made_at AND reminder.due_at < snooze.ends_at
            AND snooze.reckoned_from = reminder.reckoned_from
            AND snooze.zone = person.zone AND snooze.hour = person.reminder_hour
            AND NOT EXISTS (SELECT FROM planning_event AS later WHERE later.ban_id = checklist.ban_id
                            AND later.verb = 'ladder_changed' AND later.at > snooze.made_at))
"""
#: The reminder tells of a gap that is fixed, and a team step that its reader had blocked by it is still to do: that concerns
#: them whether or not their own checklist is done. Wants `reminder`.
OF_TEAM_STEP = """
    EXISTS (SELECT FROM planning_event AS fixed JOIN planning_event AS reopened
                ON reopened.gap_id = fixed.gap_id AND reopened.id > fixed.id AND reopened.verb = 'step_reopened'
            WHERE fixed.id = reminder.event_id AND fixed.verb = 'gap_fixed' AND reopened.migration_id IS NOT NULL
              AND reopened.person_id = reminder.person_id AND (reopened.data ->> 'taken')::bigint = fixed.id
              AND NOT EXISTS (SELECT FROM planning_mark AS mark WHERE mark.migration_id = reopened.migration_id
                              AND mark.step_id = reopened.step_id AND mark.state IN ('done', 'not_applicable')))
"""

#: A mark was returned, and nobody has marked the step since. Wants `checklist`.
RETURNED = f"""
    EXISTS (SELECT FROM planning_event AS event
            WHERE event.checklist_id = checklist.id AND event.verb = 'mark_returned' AND {STANDS})
"""
#: Something was said to a person of a checklist that no mail has told yet, and they have said nothing since: a reminder tells of
#: what is as new as the line of history it points to. Wants `reminder`, `checklist` and `comment`.
UNTOLD = """
    comment.checklist_id = checklist.id AND comment.event_id >= reminder.event_id AND comment.withdrawn_at IS NULL
    AND comment.author_id <> checklist.person_id
    AND NOT EXISTS (SELECT FROM planning_comment AS answer WHERE answer.checklist_id = checklist.id AND answer.id > comment.id
                    AND answer.author_id = checklist.person_id AND answer.withdrawn_at IS NULL)
"""
COMMENTED = f"EXISTS (SELECT FROM planning_comment AS comment WHERE {UNTOLD})"


def columns(falls: Sequence[Fall]) -> dict[str, list[Any]]:
    """The parameters of `FALLS`."""
    return {
        "zones": [fall.zone for fall in falls],
        "hours": [fall.hour for fall in falls],
        "calendars": [fall.calendar for fall in falls],
        "rungs": [fall.rung for fall in falls],
        "roles": [role_of(fall.rung) for fall in falls],
        "days": [fall.day for fall in falls],
        "dues": [fall.due_at for fall in falls],
        "froms": [fall.reckoned_from for fall in falls],
        "occurrences": [fall.occurrence for fall in falls],
    }


def clock() -> datetime:
    """The present moment on the database's clock: that of a worker's machine may be wrong."""
    return cast(datetime, rows("SELECT clock_timestamp()")[0][0])
