"""The ledger of attempts comes first: a message that was taken is written down there, alone and at once, and the states of the
mail and its reminders follow from it.

The states of several mails are written together; so after a death or a crash a mail may still be waiting that the ledger knows as
taken. Whoever comes next lets its state follow, and nobody sends it again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import psycopg
from django.db import OperationalError, transaction

from migration_planner.reminders.lines import Line, Statement
from migration_planner.reminders.smtp import Answer
from migration_planner.reminders.statements import rows, run

#: That a mail was taken, as a condition on `reminders_mail AS mail`. `OFFSET 0` has it asked for each mail looked at.
TAKEN = """
    EXISTS (SELECT FROM reminders_attempt AS attempt
            WHERE attempt.mail_id = mail.id AND attempt.code BETWEEN 200 AND 299 OFFSET 0)
"""
#: The state of mails that were taken, and of what they carried, in one statement: the balance holds at every moment.
FOLLOW = """
    WITH carried AS (
        UPDATE reminders_reminder SET state = 'sent', reason = ''
        WHERE mail_id = ANY(%(mails)s::bigint[]) AND state = 'waiting'
    )
    UPDATE reminders_mail AS mail SET state = 'sent', reason = '', sent_at = taken.at, last_code = taken.code,
           last_text = taken.text, lease_token = NULL, lease_until = NULL, in_hand_since = NULL
    FROM unnest(%(mails)s::bigint[], %(ats)s::timestamptz[], %(codes)s::smallint[], %(texts)s::text[])
         AS taken(mail_id, at, code, text)
    WHERE mail.id = taken.mail_id AND mail.state = 'waiting'
"""
#: A living sender holds its own locked.
LEFT_BEHIND = f"""
    SELECT mail.id FROM reminders_mail AS mail WHERE state = 'waiting' AND lease_token IS NOT NULL AND {TAKEN}
    FOR NO KEY UPDATE OF mail SKIP LOCKED
"""  # noqa: S608 - a constant of this module
HOW = """
    SELECT DISTINCT ON (mail_id) mail_id, at, code, text FROM reminders_attempt
    WHERE mail_id = ANY(%(mails)s::bigint[]) AND code BETWEEN 200 AND 299 ORDER BY mail_id, id
"""
NOTE = """
    INSERT INTO reminders_attempt (mail_id, at, worker, code, text, queue_id)
    VALUES (%(mail)s, %(at)s, %(worker)s, %(code)s, %(text)s, %(queue_id)s)
"""
NAME = b"note"


class Told(NamedTuple):
    """What the ledger says of a mail that was taken."""

    mail: int
    at: datetime
    code: int | None
    text: str


def followed(taken: Sequence[Told]) -> Statement:
    """What lets the states of these mails follow the ledger; they are locked by whoever says it."""
    mails, ats, codes, texts = (list(column) for column in zip(*taken, strict=True))
    return FOLLOW, {"mails": mails, "ats": ats, "codes": codes, "texts": [text.replace("\0", "") for text in texts]}


@transaction.atomic
def follow() -> int:
    """Let the states follow that a dead sender, or a crash, left behind. How many mails that were."""
    left = [pk for (pk,) in rows(LEFT_BEHIND)]
    if not left:
        return 0
    statement, values = followed([Told(*row) for row in rows(HOW, mails=left)])
    return run(statement, **values)


class Ledger(Protocol):
    """Where attempts are written down for good."""

    def note(self, mail: int, answer: Answer, *, worker: str, at: datetime) -> None:
        """Write down that the mail was taken, without waiting until it is kept."""

    def settle(self) -> None:
        """Wait until the last note is kept for good. Raises DatabaseError when it is not."""


class OwnLedger:
    """On a connection of its own, spoken to as libpq is: this is done for each mail, and its round trip for nothing else."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self._libpq, self._open = raw.pgconn, False
        words = NOTE % dict(zip(("mail", "at", "worker", "code", "text", "queue_id"), ORDER, strict=True))
        self._check(self._libpq.prepare(NAME, words.encode()))

    def note(self, mail: int, answer: Answer, *, worker: str, at: datetime) -> None:
        self.settle()
        values = [str(mail), at.isoformat(), worker, str(answer.code), answer.text, answer.queue_id]
        self._libpq.send_query_prepared(NAME, [value.replace("\0", "").encode() for value in values])
        self._libpq.flush()
        self._open = True

    def settle(self) -> None:
        while self._open:
            result = self._libpq.get_result()
            if result is None:
                self._open = False
            else:
                self._check(result)

    def _check(self, result: Any) -> None:
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise OperationalError(result.get_error_message())


ORDER = ("$1::bigint", "$2::timestamptz", "$3", "$4::smallint", "$5", "$6")


class NestedLedger:
    """Inside a transaction of the caller's, where nothing is kept for good before that ends."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def note(self, mail: int, answer: Answer, *, worker: str, at: datetime) -> None:
        told = {"code": answer.code, "text": answer.text, "queue_id": answer.queue_id}
        self._line.say([(NOTE, {"mail": mail, "at": at, "worker": worker, **told})])

    def settle(self) -> None:
        """The caller's transaction keeps it, or not."""
