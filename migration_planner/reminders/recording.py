"""Writing down how a mail fared. The caller's transaction holds the mail locked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import structlog

from migration_planner.people.models import User
from migration_planner.reminders.models import Attempt, Mail, Reason, Reminder
from migration_planner.reminders.models.mails import FROZEN
from migration_planner.reminders.smtp import Answer

log = structlog.get_logger(__name__)

#: After so many failures to compose a mail it is given up.
BROKEN_TRIES = 5
#: A mail that may have arrived is sent once more, with the same bytes; after another silence a person decides.
UNSURE_TRIES = 2
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=1)

NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None}


@dataclass(frozen=True)
class Taken:
    """A mail that is locked for sending, and the bans whose reminders it carries."""

    id: int
    person_id: int
    raw: bytes | None
    carries: list[int] | None
    tries: int
    unsure: int
    bans: list[int]


class Outcome(Enum):
    """What became of a mail in one pass."""

    SENT = "sent"
    CANCELLED = "cancelled"
    DEFERRED = "deferred"
    DEAD = "dead"
    HELD = "held"
    AGAIN = "again"  # what it has to say changed: it is composed anew
    LOST = "lost"  # the lease has gone to somebody else, or all mail is paused

    @property
    def is_final(self) -> bool:
        return self not in (Outcome.AGAIN, Outcome.LOST)

    @classmethod
    def of(cls, answer: Answer, mail: Taken) -> "Outcome":
        if answer.accepted:
            return cls.SENT
        if answer.for_good:
            return cls.DEAD
        return cls.HELD if answer.unsure and mail.unsure + 1 >= UNSURE_TRIES else cls.DEFERRED


def record(mail: Taken, outcome: Outcome, *, now: datetime, answer: Answer | None = None) -> Outcome:
    """Put a mail, with the reminders it carries, into the state its outcome asks for, and end the lease."""
    write = {
        Outcome.SENT: _sent,
        Outcome.CANCELLED: _cancelled,
        Outcome.DEFERRED: _deferred,
        Outcome.DEAD: _dead,
        Outcome.HELD: _held,
        Outcome.AGAIN: _again,
    }[outcome]
    said = {"last_code": answer.code, "last_text": answer.text} if answer else {}
    Mail.objects.filter(pk=mail.id).update(**NO_LEASE, **said, **write(mail, now, answer))
    return outcome


def record_broken(mail: Mail, error: Exception, *, worker: str, now: datetime) -> None:
    """A mail that cannot be composed is tried again later, and given up after some tries."""
    text = f"{type(error).__name__}: {error}"
    log.warning("mail cannot be composed", mail=mail.pk, error=type(error).__name__, tries=mail.tries + 1)
    Attempt.objects.create(mail=mail, at=now, worker=worker, text=text)
    tries = mail.tries + 1
    values = {"tries": tries, "last_code": None, "last_text": text, "not_before": now + _delay(tries)}
    if tries >= BROKEN_TRIES:
        values |= _ended(mail.pk, Mail.State.DEAD, Reason.BROKEN)
    Mail.objects.filter(pk=mail.pk).update(**NO_LEASE, **values)


Values = dict[str, Any]


def _sent(mail: Taken, now: datetime, answer: Answer | None) -> Values:
    return {**_ended(mail.id, Mail.State.SENT), "sent_at": now}


def _cancelled(mail: Taken, now: datetime, answer: Answer | None) -> Values:
    return {"state": Mail.State.CANCELLED, "reason": Reason.NOTHING_LEFT}


def _deferred(mail: Taken, now: datetime, answer: Answer | None) -> Values:
    unsure = mail.unsure + bool(answer and answer.unsure)
    return {"tries": mail.tries + 1, "unsure": unsure, "not_before": now + _delay(mail.tries + 1)}


def _dead(mail: Taken, now: datetime, answer: Answer | None) -> Values:
    if answer and answer.at_address:
        User.objects.filter(pk=mail.person_id).update(address_refused_at=now)
        return {**_ended(mail.id, Mail.State.DEAD, Reason.ADDRESS_REFUSED), "tries": mail.tries + 1}
    return {**_ended(mail.id, Mail.State.DEAD, Reason.MESSAGE_REFUSED), "tries": mail.tries + 1}


def _held(mail: Taken, now: datetime, answer: Answer | None) -> Values:
    ended = _ended(mail.id, Mail.State.HELD, Reason.NO_ANSWER)
    return {**ended, "tries": mail.tries + 1, "unsure": mail.unsure + 1}


def _again(mail: Taken, now: datetime, answer: Answer | None) -> Values:
    return dict.fromkeys(FROZEN)


def _ended(mail_id: int, state: Mail.State, reason: str = "") -> Values:
    """End the reminders a mail carries as the mail itself ends. The two share their names for states."""
    Reminder.objects.waiting().filter(mail=mail_id).update(state=state, reason=reason)
    return {"state": state, "reason": reason}


def _delay(tries: int) -> timedelta:
    return min(FIRST_DELAY * (1 << min(tries - 1, 10)), LONGEST_DELAY)
