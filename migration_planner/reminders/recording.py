"""Writing down how a mail fared that was not taken, as statements for the line that holds it locked."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache

import structlog
from django.conf import settings

from migration_planner.reminders.lines import Parameters, Statement
from migration_planner.reminders.models import Attempt, Mail, Reason, Reminder
from migration_planner.reminders.obligations import Ending
from migration_planner.reminders.smtp import Answer
from migration_planner.reminders.taking import Taken

log = structlog.get_logger(__name__)

#: After so many failures to compose a mail it is given up.
BROKEN_TRIES = 5
LONGEST_DELAY = timedelta(hours=1)

#: The attempt, the reminders that end as their mail does (the two share their names for states), and the mail: one statement.
MAIL = """
    WITH attempt AS (
        INSERT INTO reminders_attempt (mail_id, at, worker, code, text, queue_id)
        SELECT %(mail)s, %(at)s, %(worker)s, %(code)s, %(text)s, %(queue_id)s WHERE %(answered)s
    ), carried AS (
        UPDATE reminders_reminder SET state = %(state)s, reason = %(reason)s
        WHERE mail_id = %(mail)s AND state = 'waiting' AND %(ended)s
    )
    UPDATE reminders_mail SET state = %(state)s, reason = %(reason)s, tries = tries + %(tried)s,
           unsure = unsure + %(unsure)s, not_before = coalesce(%(not_before)s, not_before),
           last_code = CASE WHEN %(answered)s THEN %(code)s ELSE last_code END,
           last_text = CASE WHEN %(answered)s THEN %(text)s ELSE last_text END,
           lease_token = NULL, lease_until = NULL, in_hand_since = NULL
    WHERE id = %(mail)s
"""
#: What it has to say has changed: it is composed anew.
AGAIN = """
    UPDATE reminders_mail SET message_id = NULL, date = NULL, subject = NULL, raw = NULL, carries = NULL, names = NULL,
           lease_token = NULL, lease_until = NULL, in_hand_since = NULL
    WHERE id = %(mail)s
"""
REMINDER = (
    "UPDATE reminders_reminder SET state = %(state)s, reason = %(reason)s WHERE id = %(reminder)s AND state = 'waiting'"
)
REFUSED = "UPDATE people_user SET address_refused_at = %(now)s WHERE id = %(person)s"


class Outcome(Enum):
    """What became of a mail in one pass."""

    SENT = "sent"
    CANCELLED = "cancelled"
    DEFERRED = "deferred"
    DEAD = "dead"
    HELD = "held"
    AGAIN = "again"  # what it has to say changed: it is composed anew
    LOST = "lost"  # the lease has gone to somebody else, or mail may not go just now

    @property
    def is_final(self) -> bool:
        return self not in (Outcome.AGAIN, Outcome.LOST)

    @classmethod
    def of(cls, answer: Answer, mail: Taken) -> "Outcome":
        if answer.accepted:
            return cls.SENT
        if answer.for_good:
            return cls.DEAD
        return cls.HELD if answer.unsure and mail.unsure + 1 >= unsure_tries() else cls.DEFERRED


def unsure_tries() -> int:
    """After so many silences a person decides: a mail that may have arrived is sent once more with the same bytes, or never."""
    return 1 if settings.MAIL_AFTER_SILENCE == "hold" else 2


@dataclass(frozen=True)
class State:
    """The state a mail is to be in, and why, and when it is due again."""

    state: Mail.State
    reason: str = ""
    not_before: datetime | None = None


def worker_name() -> str:
    return f"{_host()}:{os.getpid()}"


@cache
def _host() -> str:
    return socket.gethostname()


def record(mail: Taken, outcome: Outcome, *, now: datetime, answer: Answer | None) -> list[Statement]:
    """What puts a mail, with the reminders it carries, into the state its outcome asks for, and ends the lease."""
    if outcome is Outcome.AGAIN:
        return [(AGAIN, {"mail": mail.id})]
    new = _state(mail, outcome, answer, now)
    values = {"mail": mail.id, "worker": worker_name(), "at": now, **_values(new, answer)}
    refused = new.reason == Reason.ADDRESS_REFUSED
    return [*([(REFUSED, {"now": now, "person": mail.person_id})] if refused else []), (MAIL, values)]


def ended(endings: Sequence[tuple[int, Ending]]) -> list[Statement]:
    """What ends the reminders of a mail that are owed no more."""
    return [
        (REMINDER, {"state": end.state.value, "reason": end.reason.value, "reminder": reminder})
        for reminder, end in endings
    ]


def _state(mail: Taken, outcome: Outcome, answer: Answer | None, now: datetime) -> State:
    if outcome is Outcome.CANCELLED:
        return State(Mail.State.CANCELLED, Reason.NOTHING_LEFT.value)
    if outcome is Outcome.DEFERRED:
        return State(Mail.State.WAITING, not_before=now + _delay(mail.tries + 1))
    if outcome is Outcome.HELD:
        return State(Mail.State.HELD, Reason.NO_ANSWER.value)
    at_address = answer is not None and answer.at_address
    return State(Mail.State.DEAD, (Reason.ADDRESS_REFUSED if at_address else Reason.MESSAGE_REFUSED).value)


def _values(new: State, answer: Answer | None) -> Parameters:
    return {
        "state": new.state.value,
        "reason": new.reason,
        "ended": new.state not in (Mail.State.WAITING, Mail.State.CANCELLED),
        "tried": int(answer is not None),
        "unsure": int(answer is not None and answer.unsure),
        "not_before": new.not_before,
        "answered": answer is not None,
        "code": answer.code if answer else None,
        "text": answer.text if answer else "",
        "queue_id": answer.queue_id if answer else "",
    }


def record_broken(mail: Mail, error: Exception, *, now: datetime) -> None:
    """A mail that cannot be composed is tried again later, and given up after some tries."""
    text = f"{type(error).__name__}: {error}"
    log.warning("mail cannot be composed", mail=mail.pk, error=type(error).__name__, tries=mail.tries + 1)
    Attempt.objects.create(mail=mail, at=now, worker=worker_name(), text=text)
    tries = mail.tries + 1
    values = {"tries": tries, "last_code": None, "last_text": text, "not_before": now + _delay(tries)}
    if tries >= BROKEN_TRIES:
        Reminder.objects.waiting().filter(mail=mail).update(state=Reminder.State.DEAD, reason=Reason.BROKEN)
        values |= {"state": Mail.State.DEAD, "reason": Reason.BROKEN}
    Mail.objects.filter(pk=mail.pk).update(lease_token=None, lease_until=None, in_hand_since=None, **values)


def _delay(tries: int) -> timedelta:
    return min(settings.MAIL_RETRY_AFTER * (1 << min(tries - 1, 10)), LONGEST_DELAY)
