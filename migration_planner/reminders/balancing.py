"""The balance of a ban's mail: whatever was to be told anybody is in exactly one place, and the places add up.

Counted in one statement, so that it is true of one instant, however much goes out meanwhile.
"""

from dataclasses import astuple, dataclass, fields
from datetime import date, datetime

from migration_planner.planning.models import Ban
from migration_planner.reminders.statements import rows


@dataclass(frozen=True)
class Balance:
    """Reminders by what became of them. `due` is counted apart from its parts; `planned` and `again` are among the waiting.

    `planned` are those not due yet, `again` those the mail server has put off.
    """

    due: int = 0
    sent: int = 0
    cancelled: int = 0
    suppressed: int = 0
    dead: int = 0
    held: int = 0
    waiting: int = 0
    planned: int = 0
    again: int = 0

    def __add__(self, other: "Balance") -> "Balance":
        return Balance(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def parts(self) -> int:
        return self.sent + self.cancelled + self.suppressed + self.dead + self.held + self.waiting

    @property
    def adds_up(self) -> bool:
        return self.due == self.parts

    @property
    def overdue(self) -> int:
        """Those that are due, and on their way."""
        return self.waiting - self.planned


@dataclass(frozen=True)
class Day:
    """The balance of what falls on one day of its readers."""

    day: date
    balance: Balance


#: Read off one index, which has all of these columns; the mails of those that wait and are due are few, and found by their key.
BY_DAY = """
    WITH again AS (
        SELECT reminder.day, count(*) AS n FROM reminders_reminder AS reminder
        JOIN reminders_mail AS mail ON mail.id = reminder.mail_id AND mail.tries > 0
        WHERE reminder.ban_id = %(ban)s AND reminder.state = 'waiting' AND reminder.due_at <= %(now)s GROUP BY reminder.day
    ), counted AS (
        SELECT day, count(*) AS due, count(*) FILTER (WHERE state = 'sent') AS sent,
               count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE state = 'suppressed') AS suppressed, count(*) FILTER (WHERE state = 'dead') AS dead,
               count(*) FILTER (WHERE state = 'held') AS held, count(*) FILTER (WHERE state = 'waiting') AS waiting,
               count(*) FILTER (WHERE state = 'waiting' AND due_at > %(now)s) AS planned
        FROM reminders_reminder WHERE ban_id = %(ban)s GROUP BY day
    )
    SELECT day, due, sent, cancelled, suppressed, dead, held, waiting, planned, coalesce(again.n, 0)
    FROM counted LEFT JOIN again USING (day) ORDER BY day
"""


def by_day(ban: Ban, *, now: datetime) -> list[Day]:
    """The balance of each day on which anything falls, oldest first."""
    return [Day(day, Balance(*numbers)) for day, *numbers in rows(BY_DAY, ban=ban.pk, now=now)]


def total(days: list[Day]) -> Balance:
    return sum((each.balance for each in days), Balance())


def of_ban(ban: Ban, *, now: datetime) -> Balance:
    return total(by_day(ban, now=now))


#: What a page may be asked to show.
PLACES = [field.name for field in fields(Balance) if field.name != "due"]
