"""Sending what is due: none lost, none twice, none after completion.

A sender claims mails by a short lease on the database's clock, composes and freezes those that are not yet frozen, and then
takes them one by one, each in one transaction: lock the mail by the lease, lock what it depends on and read it again, hand
it to the mail server, write down the answer. A mail is marked sent only after the server has said 250. A sender that dies
loses its leases; the mail goes out again with the same bytes.

Locks are taken in this order, and in the same order as by everybody else: mail, ban, checklists, reminders.
"""

import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from django.db import transaction

from migration_planner.planning import locks
from migration_planner.reminders import facts
from migration_planner.reminders import mail as letters
from migration_planner.reminders.models import Attempt, Heartbeat, Mail, Pause, Reason, Reminder
from migration_planner.reminders.models.mails import FROZEN
from migration_planner.reminders.obligations import Obligation, ending, look
from migration_planner.reminders.planning import beat
from migration_planner.reminders.recording import Outcome, Taken, record, record_broken
from migration_planner.reminders.smtp import Lane, LaneClosedError
from migration_planner.reminders.statements import FLOWS, FREE, rows, run

log = structlog.get_logger(__name__)

LEASE_SECONDS = 15
BATCH = 25


@dataclass(frozen=True)
class Drained:
    """How many mails one pass sent, cancelled, deferred, gave up or held, and what stopped it, if anything did."""

    sent: int = 0
    cancelled: int = 0
    deferred: int = 0
    dead: int = 0
    held: int = 0
    stopped: str = ""


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def drain(*, now: datetime, stop: Callable[[], bool] = lambda: False) -> Drained:
    """Send everything that is due `now`. `stop` is asked between mails; what is claimed but not sent is given back."""
    if Pause.objects.in_force().of_all_mail().exists():
        beat(Heartbeat.Of.SENDER, now=now)
        return Drained(stopped="paused")
    _cancel_empty(now)
    done: Counter[Outcome] = Counter()
    trouble = ""
    with Lane() as lane:
        while not trouble and not stop() and (claimed := _claim(now)):
            trouble = _send_batch(claimed, lane, done, now=now, stop=stop)
            beat(Heartbeat.Of.SENDER, now=now, trouble=trouble)
    beat(Heartbeat.Of.SENDER, now=now, trouble=trouble)
    drained = Drained(**{str(outcome.value): done[outcome] for outcome in Outcome if outcome.is_final}, stopped=trouble)
    log.info("drained", **vars(drained))
    return drained


@dataclass(frozen=True)
class Claim:
    """Mails this sender may send until its lease ends."""

    token: UUID
    mails: list[int]


def _claim(now: datetime) -> Claim | None:
    token = uuid4()
    found = rows(
        f"""
        UPDATE reminders_mail SET lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s
        WHERE id IN (SELECT id FROM reminders_mail AS mail WHERE state = 'waiting' AND not_before <= %(now)s AND {FREE}
                       AND {FLOWS}
                     ORDER BY not_before, id LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING id
        """,  # noqa: S608 - constants of this module
        token=token,
        lease=timedelta(seconds=LEASE_SECONDS),
        now=now,
        batch=BATCH,
    )
    return Claim(token, [pk for (pk,) in found]) if found else None


def _send_batch(claim: Claim, lane: Lane, done: Counter[Outcome], *, now: datetime, stop: Callable[[], bool]) -> str:
    """Send the claimed mails, counting outcomes into `done`. Returns what stopped it, in words, or nothing."""
    trouble = ""
    try:
        freeze(claim, now=now)
        for mail_id in claim.mails:
            if stop():
                break
            outcome = send(mail_id, claim.token, lane, now=now)
            done[outcome] += 1
            log.info("mail", mail=mail_id, outcome=outcome.value)
    except LaneClosedError as closed:
        trouble = str(closed)
    _give_back(claim)
    return trouble


def _give_back(claim: Claim) -> None:
    run(
        "UPDATE reminders_mail SET lease_token = NULL, lease_until = NULL WHERE id = ANY(%(mails)s) AND lease_token = %(token)s",
        mails=claim.mails,
        token=claim.token,
    )


def _cancel_empty(now: datetime) -> None:
    """Due mails whose every reminder has ended meanwhile, in one statement."""
    run(
        f"""
        UPDATE reminders_mail SET state = 'cancelled', reason = %(reason)s, lease_token = NULL, lease_until = NULL
        WHERE id IN (SELECT id FROM reminders_mail AS mail
                     WHERE state = 'waiting' AND not_before <= %(now)s AND {FREE} AND NOT EXISTS (
                         SELECT FROM reminders_reminder AS carried
                         WHERE carried.mail_id = mail.id AND carried.state = 'waiting')
                     FOR NO KEY UPDATE SKIP LOCKED)
        """,  # noqa: S608 - as above
        reason=Reason.NOTHING_LEFT.value,
        now=now,
    )


@transaction.atomic
def freeze(claim: Claim, *, now: datetime) -> None:
    """Compose the claimed mails that have no words yet, and keep the words before anything is sent.

    Committed apart from the sending: whoever sends after a crash finds the same bytes.
    """
    blank = Mail.objects.waiting().filter(pk__in=claim.mails, lease_token=claim.token, message_id__isnull=True)
    mails = list(blank.select_for_update(no_key=True).order_by("pk"))
    owed = [each for each in look(mail.pk for mail in mails) if not ending(each, now=now)]
    topics = facts.topics(owed)
    frozen = [each for each in mails if each.pk in topics and _put_words(each, owed, topics[each.pk], now=now)]
    Mail.objects.bulk_update(frozen, FROZEN)


def _put_words(mail: Mail, owed: Sequence[Obligation], topics: Sequence[facts.Topic], *, now: datetime) -> bool:
    """Compose one mail. What goes wrong is this mail's own trouble: it is tried again later, and the others go on."""
    carried = [each for each in owed if each.mail_id == mail.pk]
    try:
        frozen = letters.freeze(facts.Reader.of_owed(carried[0]), topics, day=mail.day, now=now)
    except Exception as error:
        record_broken(mail, error, worker=worker_name(), now=now)
        return False
    mail.message_id, mail.date, mail.subject, mail.raw = frozen.message_id, frozen.date, frozen.subject, frozen.raw
    mail.carries = [each.id for each in carried]
    return True


@transaction.atomic
def send(mail_id: int, token: UUID, lane: Lane, *, now: datetime) -> Outcome:
    """Send one claimed mail, if it is still ours and still owed.

    The first statement writes: in a database that cannot, everything ends here, before the mail server hears of it.
    """
    taken = _take(mail_id, token)
    if taken is None:
        return Outcome.LOST
    owed = _review(taken, now=now)
    if not owed:
        return record(taken, Outcome.CANCELLED, now=now)
    if taken.raw is None or taken.carries != [each.id for each in owed]:
        return record(taken, Outcome.AGAIN, now=now)
    answer = lane.send(owed[0].email, taken.raw)
    Attempt.objects.create(
        mail_id=mail_id, at=now, worker=worker_name(), code=answer.code, text=answer.text, queue_id=answer.queue_id
    )
    return record(taken, Outcome.of(answer, taken), now=now, answer=answer)


#: Nothing is taken while all mail is paused, or that about one of its bans.
TAKE = f"""
    UPDATE reminders_mail AS mail SET lease_until = clock_timestamp() + %(lease)s
    WHERE id = %(id)s AND lease_token = %(token)s AND state = 'waiting'
      AND {FLOWS}
    RETURNING id, person_id, raw, carries, tries, unsure, ARRAY(
        SELECT DISTINCT ban_id FROM reminders_reminder WHERE mail_id = mail.id AND state = 'waiting' ORDER BY ban_id)
"""  # noqa: S608 - constants of ours


def _take(mail_id: int, token: UUID) -> Taken | None:
    """The mail, locked, when the lease is still ours."""
    found = rows(TAKE, id=mail_id, token=token, lease=timedelta(seconds=LEASE_SECONDS))
    return Taken(*found[0]) if found else None


def _review(taken: Taken, *, now: datetime) -> list[Obligation]:
    """The mail's reminders that are owed still; the others end. Bans and checklists are locked before the look.

    Whoever finishes a checklist just now waits for the answer of the mail server, or we wait for them.
    """
    for ban_id in taken.bans:
        locks.hold_ban(ban_id)
    rows(
        "SELECT FROM planning_checklist WHERE person_id = %(person)s AND ban_id = ANY(%(bans)s) ORDER BY id FOR SHARE",
        person=taken.person_id,
        bans=taken.bans,
    )
    owed = []
    for each in look([taken.id], lock=True):
        end = ending(each, now=now)
        if end is None:
            owed.append(each)
        else:
            Reminder.objects.filter(pk=each.id).update(state=end.state, reason=end.reason)
    return owed
