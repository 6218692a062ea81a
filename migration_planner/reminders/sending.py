"""Mails on their way: a few at a time are locked and read again, handed over one by one, and marked.

Each is in the ledger for good before the dot that ends the next one: one message for each sender, and no more, can be in doubt.
As many are locked together as go within a moment, so that nobody's click waits longer than that, however slow the mail server
is: when an answer takes its time, all locks that a click could meet are let go.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.conf import settings
from django.db import connection

from migration_planner.reminders import keeping
from migration_planner.reminders.claiming import LEASE, LEASE_SECONDS, Claim
from migration_planner.reminders.ledger import FOLLOW, Ledger, NestedLedger, OwnLedger, Told, followed
from migration_planner.reminders.lines import Line, Statement, connections
from migration_planner.reminders.recording import Outcome, ended, record, worker_name
from migration_planner.reminders.smtp import LaneClosedError
from migration_planner.reminders.taking import Taken, keeping_one, taking

if TYPE_CHECKING:
    from migration_planner.reminders.outbox import Pass

log = structlog.get_logger(__name__)

#: For so long, and never more than so many, mails are locked together.
HELD_SECONDS, MOST = 0.1, 32
#: The next few are locked while so many of these are still to go.
AHEAD = 3
#: After so long the lease of what is left of a batch is renewed.
RENEW_SECONDS = LEASE_SECONDS / 3


class ChangedError(Exception):
    """While the mail server took its time, the mail ceased to be owed as it stands."""


class Desk(NamedTuple):
    """What a sender writes with: lines to lock and mark mails, and the ledger."""

    lines: list[Line]
    ledger: Ledger


@contextmanager
def desk() -> Iterator[Desk]:
    """Inside a transaction of the caller's there is one line, in that transaction. So there is where a copy must never go: what a
    dead sender had in hand is one mail."""
    if connection.in_atomic_block:
        line = Line(connection.connection, nested=True)
        yield Desk([line], NestedLedger(line))
    else:
        with connections(2 if settings.MAIL_AFTER_SILENCE == "hold" else 3) as opened:
            yield Desk([Line(raw) for raw in opened[1:]], OwnLedger(opened[0]))


class Pace:
    """How long a mail takes just now, and so how many may be locked together."""

    def __init__(self) -> None:
        self._seconds = HELD_SECONDS

    def took(self, seconds: float) -> None:
        self._seconds += (seconds - self._seconds) / 4

    @property
    def few(self) -> int:
        alone = settings.MAIL_AFTER_SILENCE == "hold"
        return 1 if alone else max(1, min(MOST, int(HELD_SECONDS / self._seconds)))


class Batch:
    """The mails of one claim, a few at a time: while the last of a few go, the next few are locked."""

    def __init__(self, current: "Pass", claim: Claim) -> None:
        self.current, self.token = current, claim.token
        self._todo = deque(claim.mails)
        self._free = deque(current.desk.lines)
        self._begun: deque[Few] = deque()
        self._renewed = monotonic()

    def send(self) -> None:
        try:
            while (self._todo or self._begun) and not self.current.stop():
                self._renew()
                self.begin()
                few = self._begun.popleft()
                self._todo.extendleft(reversed(few.work_off()))
                self._free.append(few.line)
        finally:
            self._end()

    def begin(self) -> None:
        """Lock the next few, unless they are; whoever calls does not wait."""
        if self._todo and self._free and not self._begun:
            mails = [self._todo.popleft() for _ in range(min(self.current.pace.few, len(self._todo)))]
            self._begun.append(Few(self, self._free.popleft(), mails))

    def _renew(self) -> None:
        if monotonic() - self._renewed > RENEW_SECONDS:
            self._renewed = monotonic()
            keeping.renew(self.token, list(self._todo), LEASE)
            self.current.beat()

    def _end(self) -> None:
        """What was begun and not sent is let go; what was sent is kept for good."""
        for few in self._begun:
            few.line.abandon()
        for line in self.current.desk.lines:
            line.settle()


class Few:
    """Mails that are locked together on a line."""

    def __init__(self, batch: Batch, line: Line, mails: Sequence[int]) -> None:
        self.line = line
        self._batch, self._pass, self._ledger = batch, batch.current, batch.current.desk.ledger
        self._mails, self._since = mails, monotonic()
        self._taken: list[Told] = []
        self._said: list[Statement] = []
        self._let_go = False
        self._failed: Exception | None = None
        self._acts = {"ahead": self._ahead, "meanwhile": self._meanwhile, "slow": self._leave_locks}
        line.begin(**taking(mails, batch.token))

    def work_off(self) -> Sequence[int]:
        """Send them in order. Returns those left for another time: what comes after a refusal is looked at anew."""
        try:
            left = self._each()
        except LaneClosedError:
            self._write_down()
            raise
        except BaseException:
            self.line.abandon()
            raise
        self._write_down()
        return left

    def _each(self) -> Sequence[int]:
        found = Taken.of(self.line.rows())
        emails = [found[pk].email if pk in found else None for pk in self._mails]
        for place, (pk, following) in enumerate(zip(self._mails, [*emails[1:], None], strict=True)):
            if place and self._is_over():
                return self._mails[place:]
            if pk not in found:
                self._pass.note(Outcome.LOST, "", None)
            elif not self._one(found[pk], following):
                return self._mails[place + 1 :]
        return []

    def _is_over(self) -> bool:
        return self._pass.stop() or monotonic() - self._since > HELD_SECONDS

    def _one(self, mail: Taken, following: str | None) -> bool:
        """Whether the next, to `following`, may go at once."""
        owed, endings = mail.review(now=self._pass.now)
        self._said += ended(endings)
        if not mail.says(owed):
            return self._unsaid(mail, Outcome.AGAIN if owed else Outcome.CANCELLED)
        began = monotonic()
        try:
            return self._hand_over(mail, following)
        finally:
            self._pass.pace.took(monotonic() - began)

    def _unsaid(self, mail: Taken, outcome: Outcome) -> bool:
        self._said += record(mail, outcome, now=self._pass.now, answer=None)
        self._pass.note(outcome, "", None)
        log.info("mail", mail=mail.id, outcome=outcome.value)
        return True

    def _hand_over(self, mail: Taken, following: str | None) -> bool:
        acts = {name: partial(act, mail) for name, act in self._acts.items()}
        try:
            answer = self._pass.lane.send(mail.email, mail.raw or b"", following, **acts)
            self._pass.handed += 1
        except ChangedError:
            self._pass.note(Outcome.LOST, "", None)
            return False
        outcome = Outcome.of(answer, mail)
        if outcome is Outcome.SENT:
            self._ledger.note(mail.id, answer, worker=worker_name(), at=self._pass.now)
            self._taken.append(Told(mail.id, self._pass.now, answer.code, answer.text))
        else:
            self._said += record(mail, outcome, now=self._pass.now, answer=answer)
            log.info("mail", mail=mail.id, outcome=outcome.value)
        self._pass.note(outcome, mail.email, answer)
        self._raise_what_failed()
        return outcome is Outcome.SENT and not self._let_go

    def _ahead(self, mail: Taken) -> None:
        """The mail server lacks but the end of the words: it goes when the mail before is in the ledger, and this one locked."""
        self._ledger.settle()
        if self._let_go:
            self._take_again(mail)

    def _meanwhile(self, mail: Taken) -> None:
        """The mail server works on the words. What fails here is told when its answer is in the ledger, and never before."""
        try:
            if mail.id in self._mails[-AHEAD:] and not self._pass.stop():
                self._batch.begin()
        except Exception as error:
            self._failed = error

    def _raise_what_failed(self) -> None:
        if self._failed:
            self._ledger.settle()
            raise self._failed

    def _leave_locks(self, mail: Taken) -> None:
        """The mail server takes its time, and nobody's click is to wait for it: let go of everything but this mail itself."""
        if not self._let_go:
            self._let_go = True
            self._write_down()
            self.line.begin(keeping_one(mail.id, self._batch.token))

    def _take_again(self, mail: Taken) -> None:
        self.line.undo()
        self.line.begin(**taking([mail.id], self._batch.token))
        found = Taken.of(self.line.rows()).get(mail.id)
        if found is None or not found.says(found.review(now=self._pass.now).owed):
            raise ChangedError
        self._let_go = False

    def _write_down(self) -> None:
        """Mark what was taken, once the ledger has it. Whatever else was said of a mail is kept before anything goes on."""
        if self._taken:
            self._ledger.settle()
            self._said.append(followed(self._taken))
            log.info("mail", mails=[told.mail for told in self._taken], outcome=Outcome.SENT.value)
        told, self._said, self._taken = self._said, [], []
        derived = all(statement is FOLLOW for statement, _values in told)
        self.line.end(told, derived=derived)
        if not derived:
            self.line.settle()
