"""Taking a few mails in hand: locked, with all they depend on, and read again. Statements for a line, and what they found."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from migration_planner.planning import locks
from migration_planner.reminders import gates
from migration_planner.reminders.ledger import TAKEN
from migration_planner.reminders.lines import Parameters, Row, Statement
from migration_planner.reminders.obligations import LOCKED, Ending, Obligation, ending
from migration_planner.reminders.standing import OBLIGATION_STANDS

#: Locking a row is a write: in a database that cannot write everything ends here, before the mail server hears of it.
TAKE = f"""
    SELECT mail.id, mail.person_id, mail.raw, mail.carries, mail.names, mail.tries, mail.unsure FROM reminders_mail AS mail
    WHERE mail.id = ANY(%(mails)s::bigint[]) AND mail.lease_token = %(token)s AND mail.state = 'waiting'
      AND NOT {TAKEN} AND {gates.MAY_GO}
    ORDER BY mail.id FOR NO KEY UPDATE OF mail
"""  # noqa: S608 - constants of ours
BANS = """
    SELECT DISTINCT ban_id FROM reminders_reminder WHERE mail_id = ANY(%(mails)s::bigint[]) AND state = 'waiting' ORDER BY ban_id
"""
HOLD = locks.holding(BANS)
#: Whoever finishes a checklist just now waits for the answer of the mail server, or we wait for them.
#: The same holds for those whom its words name to somebody else: whether one of them is finished.
SHARE = f"""
    SELECT checklist.id, NOT ({OBLIGATION_STANDS}) FROM planning_checklist AS checklist WHERE checklist.id IN (
        SELECT asked.id FROM reminders_reminder AS carried
        JOIN planning_checklist AS asked ON asked.person_id = carried.person_id AND asked.ban_id = carried.ban_id
        WHERE carried.mail_id = ANY(%(mails)s::bigint[]) AND carried.state = 'waiting'
        UNION ALL SELECT unnest(names) FROM reminders_mail WHERE id = ANY(%(mails)s::bigint[]))
    ORDER BY checklist.id FOR SHARE
"""  # noqa: S608 - as above
#: Committed before the mail is taken: who finds it after the lease knows that it may have arrived.
IN_HAND = """
    UPDATE reminders_mail SET in_hand_since = clock_timestamp()
    WHERE id = ANY(%(mails)s::bigint[]) AND lease_token = %(token)s AND state = 'waiting'
"""
#: What is kept locked of a mail whose words have gone, so that its state is ours to write: nobody's click waits for that.
KEEP = """
    SELECT FROM reminders_mail WHERE id = ANY(%(mails)s::bigint[]) AND lease_token = %(token)s FOR NO KEY UPDATE
"""
CARRIED = (
    "SELECT FROM reminders_reminder WHERE mail_id = ANY(%(mails)s::bigint[]) AND state = 'waiting' FOR NO KEY UPDATE"
)


def taking(mails: Sequence[int], token: UUID) -> dict[str, list[Statement]]:
    """The statements that begin the transaction of a few mails, as `Line.begin` wants them."""
    few: Parameters = {"mails": list(mails), "token": token}
    statements = [(TAKE, few), (HOLD, few), (SHARE, few), (LOCKED, few)]
    before = [(IN_HAND, few)] if settings.MAIL_AFTER_SILENCE == "hold" else []
    return {"statements": statements, "before": before}


def keeping_one(mail_id: int, token: UUID) -> list[Statement]:
    """The statements that go on with one mail whose words have gone already."""
    one: Parameters = {"mails": [mail_id], "token": token}
    return [(KEEP, one), (CARRIED, one)]


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
    def of(cls, found: list[list[Row]]) -> "dict[int, Taken]":
        """By id, from what the statements found. A mail is missing when its lease has gone to somebody else, or it may not go
        now."""
        mails, _bans, checklists, reminders = found
        over = {pk for pk, is_over in checklists if is_over}
        carried: dict[int, list[Obligation]] = defaultdict(list)
        for row in reminders:
            owed = Obligation(*row)
            carried[owed.mail_id].append(owed)
        return {
            pk: cls(pk, person_id, raw, carries, tries, unsure, carried[pk], not over.isdisjoint(names or ()))
            for pk, person_id, raw, carries, names, tries, unsure in mails
        }

    @property
    def email(self) -> str:
        return self.reminders[0].email if self.reminders else ""

    def says(self, owed: Sequence[Obligation]) -> bool:
        """Whether its frozen words are about exactly this."""
        return bool(owed) and self.raw is not None and not self.is_stale and self.carries == [each.id for each in owed]

    def review(self, *, now: datetime) -> Reviewed:
        found = [(each, ending(each, now=now)) for each in self.reminders]
        return Reviewed(
            owed=[each for each, end in found if end is None],
            endings=[(each.id, end) for each, end in found if end is not None],
        )
