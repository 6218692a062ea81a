"""At most so many mails to one person in seven of their days: which mails keep silent so that more important ones can come.

Decided day by day, when a mail falls due: for good, from what went in the six days before and what is planned in the six
after. A mail keeps silent when it would be one too many in any seven days with those that went and those to come that
matter more. Announcements, changes and withdrawals always go, and count.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings

from migration_planner.reminders.models import Reason, Reminder
from migration_planner.reminders.statements import rows, run

Kind = Reminder.Kind
#: How much a mail matters: by the most important thing it says.
#: An escalation is told once, so that room is kept for it.
FIGURES, ABOUT_OTHERS, EARLY, DEADLINE, ESCALATED, MUST = range(6)
#: So near the cutoff, and after it, what tells of the deadline matters most.
NEAR = timedelta(hours=48)
DAY, OTHERS = timedelta(days=1), 6

RANK = f"""
    CASE WHEN reminder.kind IN ('announcement', 'change', 'withdrawal') THEN {MUST}
         WHEN reminder.kind = 'escalation' THEN {ESCALATED}
         WHEN reminder.kind IN ('nudge', 'return', 'comment') THEN {DEADLINE}
         WHEN reminder.kind = 'bundle' THEN {FIGURES}
         WHEN reminder.kind = 'thanks' THEN {ABOUT_OTHERS}
         WHEN reminder.reckoned_from - reminder.due_at < interval '48 hours' THEN {DEADLINE}
         WHEN reminder.kind = 'theirs' THEN {ABOUT_OTHERS} ELSE {EARLY} END
"""
#: `one` is a mail that is due; `days` reaches over each seven days that it lies in.
FULL = f"""
    SELECT one.id FROM (
        SELECT mail.id, mail.person_id, mail.day, max({RANK}) AS rank FROM reminders_mail AS mail
        JOIN reminders_reminder AS reminder ON reminder.mail_id = mail.id AND reminder.state = 'waiting'
        WHERE mail.id = ANY(%(mails)s) GROUP BY mail.id) AS one
    WHERE one.rank < {MUST} AND EXISTS (
        SELECT FROM generate_series(one.day, one.day + {OTHERS}, interval '1 day') AS days(last)
        WHERE 1 + (SELECT count(*) FROM reminders_mail AS went WHERE went.person_id = one.person_id
                   AND went.state IN ('sent', 'held') AND went.day < one.day AND went.day >= days.last::date - {OTHERS})
                + (SELECT count(*) FROM reminders_mail AS comes WHERE comes.person_id = one.person_id
                   AND comes.state = 'waiting' AND comes.day > one.day AND comes.day <= days.last::date
                   AND (SELECT max({RANK}) FROM reminders_reminder AS reminder
                        WHERE reminder.mail_id = comes.id AND reminder.state = 'waiting') > one.rank) > %(most)s)
"""  # noqa: S608 - constants of this module
SILENCE = """
    UPDATE reminders_reminder SET state = 'suppressed', reason = %(reason)s, mail_id = NULL
    WHERE mail_id = ANY(%(mails)s) AND state = 'waiting'
"""


def full(mails: Sequence[int]) -> list[int]:
    """Those of these waiting mails that are due and one too many for their readers."""
    if not settings.MAIL_PER_WEEK or not mails:
        return []
    return [pk for (pk,) in rows(FULL, mails=list(mails), most=settings.MAIL_PER_WEEK)]


def keep_silent(mails: Sequence[int]) -> int:
    """Suppress what mails that are one too many would say. Returns how many reminders."""
    silent = full(mails)
    return run(SILENCE, mails=silent, reason=Reason.WEEK_IS_FULL.value) if silent else 0


def rank(kind: str, due_at: datetime, reckoned_from: datetime) -> int:
    """The same as `RANK`."""
    if kind in (Kind.ANNOUNCEMENT, Kind.CHANGE, Kind.WITHDRAWAL):
        return MUST
    deadline = dict.fromkeys((Kind.NUDGE, Kind.RETURN, Kind.COMMENT), DEADLINE)
    fixed = {Kind.ESCALATION: ESCALATED, Kind.BUNDLE: FIGURES, Kind.THANKS: ABOUT_OTHERS, **deadline}
    if kind in fixed:
        return fixed[Kind(kind)]
    if reckoned_from - due_at < NEAR:
        return DEADLINE
    return ABOUT_OTHERS if kind == Kind.THEIRS else EARLY


def silent(days: Mapping[date, int], most: int) -> set[date]:
    """Of somebody's days with a mail, each with its rank, those on which it keeps silent; `most` 0 is no limit."""
    kept: list[date] = []
    for day in sorted(days) if most else ():
        if days[day] == MUST or not _is_full(day, days, kept, most):
            kept.append(day)
    return set(days) - set(kept) if most else set()


def _is_full(day: date, days: Mapping[date, int], kept: Iterable[date], most: int) -> bool:
    for last in (day + number * DAY for number in range(OTHERS + 1)):
        went = sum(earlier >= last - OTHERS * DAY for earlier in kept)
        comes = sum(day < later <= last and matters > days[day] for later, matters in days.items())
        if 1 + went + comes > most:
            return True
    return False
