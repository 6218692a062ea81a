"""Taking one mail in hand: locked, with all it depends on, and read again. Statements for a line, and what they found."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from migration_planner.planning import locks
from migration_planner.reminders import gates
from migration_planner.reminders.lines import Parameters, Row, Statement
from migration_planner.reminders.obligations import LOCKED, Ending, Obligation, ending
from migration_planner.reminders.standing import OBLIGATION_STANDS

#: Locking a row is a write: in a database that cannot write everything ends here, before the mail server hears of it.
TAKE = f"""
    SELECT mail.id, mail.person_id, mail.raw, mail.carries, mail.tries, mail.unsure FROM reminders_mail AS mail
    WHERE mail.id = %(id)s AND mail.lease_token = %(token)s AND mail.state = 'waiting' AND {gates.MAY_GO}
    FOR NO KEY UPDATE OF mail
"""  # noqa: S608 - constants of this module
BANS = "SELECT DISTINCT ban_id FROM reminders_reminder WHERE mail_id = %(id)s AND state = 'waiting' ORDER BY ban_id"
HOLD = locks.holding(BANS)
#: Whoever finishes a checklist just now waits for the answer of the mail server, or we wait for them.
#: The same holds for those whom its words name to somebody else: whether one of them is finished.
SHARE = f"""
    SELECT NOT ({OBLIGATION_STANDS}) AND id = ANY((SELECT names FROM reminders_mail WHERE id = %(id)s)::bigint[])
    FROM planning_checklist AS checklist WHERE id IN (
        SELECT id FROM planning_checklist WHERE person_id = (SELECT person_id FROM reminders_mail WHERE id = %(id)s)
        AND ban_id IN ({BANS}) UNION ALL SELECT unnest(names) FROM reminders_mail WHERE id = %(id)s)
    ORDER BY id FOR SHARE
"""  # noqa: S608 - as above
#: Committed before the mail is taken: who finds it after the lease knows that it may have arrived.
IN_HAND = """
    UPDATE reminders_mail SET in_hand_since = clock_timestamp()
    WHERE id = %(id)s AND lease_token = %(token)s AND state = 'waiting'
"""


def taking(mail_id: int, token: UUID) -> dict[str, list[Statement]]:
    """The statements that begin a mail's transaction, as `Line.begin` wants them."""
    mail: Parameters = {"id": mail_id, "token": token}
    statements = [(TAKE, mail), (HOLD, mail), (SHARE, mail), (LOCKED, mail)]
    before = [(IN_HAND, mail)] if settings.MAIL_AFTER_SILENCE == "hold" else []
    return {"statements": statements, "before": before}


class Reviewed(NamedTuple):
    """The reminders of a mail that are owed still, and how the others end."""

    owed: list[Obligation]
    endings: list[tuple[int, Ending]]


@dataclass(frozen=True)
class Taken:
    """A mail that is locked for sending, with its waiting reminders, locked too, as they stand now."""

    id: int
    person_id: int
    raw: bytes | None
    carries: list[int] | None
    tries: int
    unsure: int
    reminders: list[Obligation]
    #: It names somebody who is finished.
    is_stale: bool = False

    @classmethod
    def of(cls, found: list[list[Row]]) -> "Taken | None":
        """From what the statements found; None when the lease has gone to somebody else, or mail may not go now."""
        mail, _bans, named, reminders = found
        if not mail:
            return None
        pk, person_id, raw, carries, tries, unsure = mail[0]
        stale = any(is_stale for (is_stale,) in named)
        return cls(pk, person_id, raw, carries, tries, unsure, [Obligation(*row) for row in reminders], stale)

    @property
    def email(self) -> str:
        return self.reminders[0].email if self.reminders else ""

    def review(self, *, now: datetime) -> Reviewed:
        found = [(each, ending(each, now=now)) for each in self.reminders]
        return Reviewed(
            owed=[each for each, end in found if end is None],
            endings=[(each.id, end) for each, end in found if end is not None],
        )
