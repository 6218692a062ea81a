"""Sending what is due: none lost, none twice, none after completion.

A sender claims mails by a short lease on the database's clock, composes and freezes those that are not yet frozen, and then
takes them a few at a time: lock them by the lease, lock what they depend on and read it again, hand one after the other to the
mail server. That one was taken is in the ledger for good, after the server has said 250, before the next one is ended: one
message for each sender, and no more, can be in doubt. The states follow the ledger. A sender that dies loses its leases; what the
ledger does not know as taken goes out again with the same bytes.

Locks are taken in this order, and in the same order as by everybody else: mail, ban, checklists, reminders.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from time import sleep

import structlog
from django.db import transaction

from migration_planner.reminders import daily, facts, gates, keeping, restoring, unfounded, weekly
from migration_planner.reminders import mail as letters
from migration_planner.reminders.claiming import Claim, claim
from migration_planner.reminders.governing import Limits
from migration_planner.reminders.ledger import follow
from migration_planner.reminders.models import Heartbeat, Mail, Reason
from migration_planner.reminders.obligations import Obligation, ending, look
from migration_planner.reminders.planning import beat
from migration_planner.reminders.recording import Outcome, record_broken
from migration_planner.reminders.resting import Watch, domain_of
from migration_planner.reminders.sending import Batch, Desk, Pace, desk
from migration_planner.reminders.smtp import Answer, Lane, LaneClosedError
from migration_planner.reminders.statements import FREE, run

log = structlog.get_logger(__name__)

#: What the heartbeat says of what people decided themselves: that they paused all mail, they know.
TROUBLE = {"paused": "", "restored": "The database was restored from a backup; a person has to look at what is held."}
#: Where a limit lets nothing go, look again after so long.
LIMIT_SECONDS = 0.2


@dataclass(frozen=True)
class Drained:
    """How many mails one pass sent, cancelled, deferred, gave up or held, and what stopped it, if anything did."""

    sent: int = 0
    cancelled: int = 0
    deferred: int = 0
    dead: int = 0
    held: int = 0
    stopped: str = ""


def drain(*, now: datetime, stop: Callable[[], bool] = lambda: False, limits: Limits | None = None) -> Drained:
    """Send everything that is due `now`. `stop` is asked between mails; what is claimed but not sent is given back.

    `limits` are those of the installation, unless others are given.
    """
    follow()
    restoring.notice(now=now)
    if shut := gates.shut():
        beat(Heartbeat.Of.SENDER, now=now, trouble=TROUBLE.get(shut, shut))
        return Drained(stopped=shut)
    keeping.end_orphans()
    _cancel_empty(now)
    _hold_abandoned()
    done: Counter[Outcome] = Counter()
    trouble = ""
    with Pass(done, now=now, stop=stop) as current:
        while not trouble and not stop() and (claimed := claim(now=now, limits=limits)):
            if claimed.mails:
                trouble = current.work_off(claimed)
                beat(Heartbeat.Of.SENDER, now=now, trouble=trouble)
            else:
                sleep(LIMIT_SECONDS)
    beat(Heartbeat.Of.SENDER, now=now, trouble=trouble)
    drained = Drained(**{str(outcome.value): done[outcome] for outcome in Outcome if outcome.is_final}, stopped=trouble)
    log.info("drained", **vars(drained))
    return drained


class Pass:
    """One pass of a sender: its way out, its desk, its pace, and what became of the mails so far."""

    def __init__(self, done: "Counter[Outcome]", *, now: datetime, stop: Callable[[], bool]) -> None:
        self.done, self.now, self.stop = done, now, stop
        self.watch, self.pace = Watch(), Pace()
        #: How many mails the mail server was asked to take.
        self.handed = 0
        self._open = ExitStack()

    def __enter__(self) -> "Pass":
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    @cached_property
    def lane(self) -> Lane:
        return self._open.enter_context(Lane())

    @cached_property
    def desk(self) -> Desk:
        """Opened with the first mail."""
        return self._open.enter_context(desk())

    def work_off(self, claim: Claim) -> str:
        """Send the claimed mails and count the outcomes. Returns what stopped it, in words, or nothing."""
        trouble, before = "", self.handed
        self.watch.look()
        try:
            freeze(claim, now=self.now)
            Batch(self, claim).send()
        except LaneClosedError as closed:
            trouble = str(closed)
            self.watch.refused(gates.LANE, trouble)
        _give_back(claim, handed=self.handed - before)
        return trouble

    def beat(self) -> None:
        """A sign of life amid a batch, which may take long with a slow mail server."""
        beat(Heartbeat.Of.SENDER, now=self.now)

    def note(self, outcome: Outcome, address: str, answer: Answer | None) -> None:
        self.done[outcome] += 1
        if outcome is Outcome.SENT:
            self.watch.accepted(domain_of(address), gates.LANE)
        elif answer and answer.unsure:
            self.watch.refused(gates.LANE, answer.text)
        elif answer and outcome is Outcome.DEFERRED:
            self.watch.refused(domain_of(address), answer.text)


def _give_back(claim: Claim, *, handed: int = 0) -> None:
    keeping.give_back(claim.token, claim.mails)
    if claim.slot is not None:
        daily.give_back(claim.slot, len(claim.mails) - handed)


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


def _hold_abandoned() -> None:
    """Mails that a sender had in hand when it died, where a copy must never go: a person decides."""
    run(
        """
        WITH abandoned AS (
            UPDATE reminders_mail SET state = 'held', reason = %(reason)s, unsure = unsure + 1,
                   lease_token = NULL, lease_until = NULL, in_hand_since = NULL
            WHERE id IN (SELECT id FROM reminders_mail AS mail
                         WHERE state = 'waiting' AND in_hand_since IS NOT NULL AND lease_until < clock_timestamp()
                         FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING id
        )
        UPDATE reminders_reminder SET state = 'held', reason = %(reason)s
        WHERE state = 'waiting' AND mail_id IN (SELECT id FROM abandoned)
        """,
        reason=Reason.NO_ANSWER.value,
    )


@transaction.atomic
def freeze(claim: Claim, *, now: datetime) -> None:
    """Compose the claimed mails that have no words yet, and keep the words before anything is sent.

    Committed apart from the sending: whoever sends after a crash finds the same bytes.
    """
    blank = Mail.objects.waiting().filter(pk__in=claim.mails, lease_token=claim.token, message_id__isnull=True)
    mails = list(blank.select_for_update(no_key=True).order_by("pk"))
    if not mails:
        return
    owed: dict[int, list[Obligation]] = {}
    unfounded.end_in([mail.pk for mail in mails])
    weekly.keep_silent([mail.pk for mail in mails])
    for each in look(mail.pk for mail in mails):
        if not ending(each, now=now):
            owed.setdefault(each.mail_id, []).append(each)
    topics = facts.topics([each for carried in owed.values() for each in carried])
    frozen = [(mail.pk, _words(mail, owed[mail.pk], topics[mail.pk], now=now)) for mail in mails if mail.pk in topics]
    keeping.keep_words(
        [(pk, words, [each.id for each in owed[pk]], facts.named(topics[pk])) for pk, words in frozen if words]
    )


def _words(
    mail: Mail, carried: Sequence[Obligation], topics: Sequence[facts.Topic], *, now: datetime
) -> letters.Frozen | None:
    """Compose one mail. What goes wrong is this mail's own trouble: it is tried again later, and the others go on."""
    try:
        return letters.freeze(facts.Reader.of_owed(carried[0]), topics, day=mail.day, now=now)
    except Exception as error:
        record_broken(mail, error, now=now)
        return None
