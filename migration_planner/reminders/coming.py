"""How many mails a person will get in the coming days from several bans together, as planned so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from migration_planner.reminders.statements import rows

#: Planning looks a day further, so the whole of it is known.
WEEK = timedelta(days=7)

#: A mail carries all that is due to a person on a day, for whichever ban; so mails are counted, not reminders.
STATEMENT = """
    SELECT mails, count(*) FROM (
        SELECT mail.person_id, count(DISTINCT mail.id) AS mails
        FROM reminders_reminder AS reminder JOIN reminders_mail AS mail ON mail.id = reminder.mail_id
        WHERE reminder.state = 'waiting' AND mail.state = 'waiting' AND mail.due_at < %(until)s
          AND reminder.due_at < %(until)s AND reminder.ban_id = ANY(%(bans)s)
        GROUP BY mail.person_id
    ) AS person GROUP BY mails ORDER BY mails
"""


@dataclass(frozen=True)
class Coming:
    """`people` of them get `mails` mails."""

    mails: int
    people: int


def week(ban_ids: Iterable[int], *, now: datetime) -> list[Coming]:
    """Of the next seven days, fewest mails first; people who get none are not in it. One query."""
    return [Coming(*row) for row in rows(STATEMENT, bans=list(ban_ids), until=now + WEEK)]
