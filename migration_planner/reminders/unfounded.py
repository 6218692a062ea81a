"""Words to leads and managers about people of whom nobody is left to tell: they end, and are not sent."""

from collections.abc import Sequence
from datetime import datetime

from migration_planner.reminders import escalating
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.statements import run
from migration_planner.reminders.upward import DUE, OWING, REPORTS
from migration_planner.reminders.wanted import OF_PEOPLE, OF_TEAMS

END = """
    UPDATE reminders_reminder AS reminder SET state = 'cancelled', reason = 'not_meant', mail_id = NULL
    WHERE id IN (SELECT reminder.id FROM reminders_reminder AS reminder
                 WHERE reminder.state = 'waiting' AND reminder.kind = %(kind)s AND {which} AND NOT EXISTS ({of_them})
                 FOR UPDATE OF reminder SKIP LOCKED)
"""
#: Somebody of whom the reader of a word about their people is told.
OF_THEM = """
    SELECT FROM ({people} UNION ALL {teams}) AS them
    WHERE them.told = reminder.person_id
      AND (them.role = split_part(reminder.rung, '/', 2) || '/' || split_part(reminder.rung, '/', 3)
           OR split_part(reminder.rung, '/', 2) = 'unfinished'
              AND split_part(them.role, '/', 1) <> 'team_steps'
              AND split_part(them.role, '/', 2) = split_part(reminder.rung, '/', 3))
""".format(
    people=OF_PEOPLE.format(of_ban="checklist.ban_id = reminder.ban_id"),
    teams=OF_TEAMS.format(of_ban="migration.ban_id = reminder.ban_id"),
)
#: Somebody of whom the reader of an escalation is told.
OF_REPORTS = f"""
    SELECT FROM ({REPORTS.format(readers=DUE, owing=OWING)}) AS them
    WHERE them.told = reminder.person_id AND them.ban_id = reminder.ban_id AND them.since = reminder.reckoned_from
      AND them.role = split_part(reminder.rung, '/', 2) || '/' || split_part(reminder.rung, '/', 3)
"""
IS_DUE, IN_MAILS = "{row}due_at <= %(now)s", "{row}mail_id = ANY(%(mails)s)"


def end_due(*, now: datetime) -> int:
    """End those that are due and have nobody left. Returns how many."""
    return _end(IS_DUE, Reminder.objects.overdue(now).filter(kind=Reminder.Kind.ESCALATION).exists(), now=now)


def end_in(mails: Sequence[int]) -> int:
    """The same in these mails, before they are composed."""
    return _end(
        IN_MAILS,
        Reminder.objects.waiting().filter(mail__in=mails, kind=Reminder.Kind.ESCALATION).exists(),
        mails=list(mails),
    )


def _end(which: str, escalates: bool, **known: object) -> int:
    here = which.format(row="reminder.")
    ended = run(END.format(which=here, of_them=OF_THEM), kind="theirs", **known)
    if escalates:
        of_them = OF_REPORTS.format(which=which.format(row=""))
        levels = escalating.parameters(escalating.live().items())
        ended += run(END.format(which=here, of_them=of_them), kind="escalation", **known, **levels)
    return ended
