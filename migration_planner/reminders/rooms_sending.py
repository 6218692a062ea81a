"""Writing into rooms: one message is claimed by a lease, looked at again under a lock, said, judged, and marked.

A connection is made first; the locks are held for the moment of speaking alone, and the answer is waited for without them. So
no word is said after a ban was withdrawn, and nobody waits for a chat service. Who dies between word and mark leaves the
message to the next, which is one copy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import transaction

from migration_planner.lib import outbound
from migration_planner.lib.encryption import UnreadableError, unseal
from migration_planner.reminders.models import Room, RoomAttempt, RoomMessage
from migration_planner.reminders.models.rooms import is_stale
from migration_planner.reminders.recording import worker_name
from migration_planner.reminders.rooms_services import Verdict, Words, judge, post
from migration_planner.reminders.rooms_words import words_of
from migration_planner.reminders.statements import ALL_PAUSED, clock, rows

log = structlog.get_logger(__name__)

#: Longer than any call takes.
LEASE = timedelta(seconds=60)
#: The first delay; each is twice as long, up to the longest. After so many tries, some hours in all, it is given up.
FIRST_DELAY, LONGEST_DELAY, MOST_TRIES = timedelta(minutes=1), timedelta(hours=1), 10
State, Reason = RoomMessage.State, RoomMessage.Reason

PAUSED = f"""
    {ALL_PAUSED} OR EXISTS (SELECT FROM reminders_origin WHERE ended_at IS NULL)
    OR EXISTS (SELECT FROM reminders_pause AS pause WHERE pause.ban_id = message.ban_id AND pause.ended_at IS NULL)
"""  # noqa: S608 - constants of ours
#: A room that has just deferred a message is left alone until that one is tried again.
CLAIM = f"""
    UPDATE reminders_roommessage SET lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s
    WHERE id = (
        SELECT message.id FROM reminders_roommessage AS message
        WHERE message.state = 'waiting' AND message.not_before <= %(now)s
          AND (message.lease_until IS NULL OR message.lease_until < clock_timestamp()) AND NOT ({PAUSED})
          AND NOT EXISTS (SELECT FROM reminders_roommessage AS other WHERE other.room_id = message.room_id
                          AND other.state = 'waiting' AND other.tries > 0 AND other.not_before > %(now)s)
        ORDER BY message.not_before, message.id LIMIT 1 FOR NO KEY UPDATE OF message SKIP LOCKED)
    RETURNING id
"""  # noqa: S608 - constants of ours
#: What the message depends on stays as it is while it is said.
LOCK = f"""
    SELECT CASE WHEN ban.state <> 'published' THEN 'ended' WHEN room.removed_at IS NOT NULL THEN 'removed'
                WHEN {PAUSED} THEN 'paused' ELSE '' END
    FROM reminders_roommessage AS message JOIN reminders_room AS room ON room.id = message.room_id
    JOIN planning_ban AS ban ON ban.id = message.ban_id
    WHERE message.id = %(message)s AND message.lease_token = %(token)s
    FOR NO KEY UPDATE OF message FOR SHARE OF room, ban
"""  # noqa: S608 - as above


class Outcome(Enum):
    SENT = "sent"
    DEFERRED = "deferred"
    DEAD = "dead"
    CANCELLED = "cancelled"
    #: Paused meanwhile, or somebody else's by now.
    LEFT = "left"


@dataclass
class Written:
    """How many messages one pass sent, deferred, gave up and cancelled."""

    sent: int = 0
    deferred: int = 0
    dead: int = 0
    cancelled: int = 0

    def note(self, outcome: Outcome) -> None:
        if outcome is not Outcome.LEFT:
            setattr(self, outcome.value, getattr(self, outcome.value) + 1)


def write(*, now: datetime, stop: Callable[[], bool] = lambda: False) -> Written:
    """Write what is due into its rooms, until nothing is or `stop` says so."""
    written = Written()
    while not stop() and (claimed := claim(now=now)):
        message, token = claimed
        outcome = _one(message, token, now=now)
        log.info("room", message=message, outcome=outcome.value)
        written.note(outcome)
    return written


def claim(*, now: datetime) -> tuple[int, UUID] | None:
    """The next message that is due, for as long as the lease lasts."""
    token = uuid4()
    found = rows(CLAIM, token=token, lease=LEASE, now=now)
    return (found[0][0], token) if found else None


def _one(pk: int, token: UUID, *, now: datetime) -> Outcome:
    message = RoomMessage.objects.select_related("room__team", "ban__tool", "ban__replacement").get(pk=pk)
    reason: RoomMessage.Reason | None = None
    try:
        said = _say(message, token, now=now)
        if isinstance(said, Outcome):
            return said
        verdict = said
    except outbound.ForbiddenError as error:
        verdict, reason = Verdict(False, True, None, str(error)), Reason.FORBIDDEN
    except UnreadableError:
        verdict, reason = Verdict(False, True, None, "SECRET_KEY has changed"), Reason.UNREADABLE
    except outbound.UnreachableError as error:
        verdict = Verdict(False, False, None, str(error))
    except Exception as error:
        log.exception("A message to a room failed; it is tried again.", message=pk)
        verdict = Verdict(False, False, None, type(error).__name__)
    return _mark(message, token, verdict, reason or Reason.REFUSED, now=now)


def _say(message: RoomMessage, token: UUID, *, now: datetime) -> Verdict | Outcome:
    room = message.room
    address, secret = opened(room)
    with outbound.call(address, local=settings.LOCAL_MODE) as line:
        with transaction.atomic():
            words = _still_owed(message, token, now=now)
            if isinstance(words, Outcome):
                return words
            made = post(room.service, address, words, secret=secret, at=clock())
            line.say(made.body, made.url)
        return heard(room, address, line)


def _still_owed(message: RoomMessage, token: UUID, *, now: datetime) -> Words | Outcome:
    """What is to be said, with everything it depends on locked; or what became of the message instead."""
    found = rows(LOCK, message=message.pk, token=token)
    if not found:
        return Outcome.LEFT
    if found[0][0] == "paused":
        return _settle(message, token, Outcome.LEFT)
    if found[0][0]:
        return _settle(message, token, Outcome.CANCELLED, state=State.CANCELLED, reason=found[0][0])
    message.ban.refresh_from_db(fields=["cutoff_at"])
    if is_stale(message, now=now):
        return _settle(message, token, Outcome.CANCELLED, state=State.CANCELLED, reason=Reason.TOO_LATE)
    words = words_of(message, now=now)
    if words is None:
        return _settle(message, token, Outcome.CANCELLED, state=State.CANCELLED, reason=Reason.NOT_MEANT)
    return words


def opened(room: Room) -> tuple[str, str]:
    """The address and the signing secret. Raises UnreadableError."""
    return unseal(room.address), unseal(room.secret) if room.secret else ""


def heard(room: Room, address: str, line: outbound.Call) -> Verdict:
    """What the service says, judged; whatever it repeats of the secret address is left out of what is kept."""
    verdict = judge(room.service, line.hear())
    end = address[len(address) // 2 :]
    return Verdict(verdict.taken, verdict.final, verdict.status, verdict.text.replace(address, "…").replace(end, "…"))


def note(room: Room, message: RoomMessage | None, verdict: Verdict, *, now: datetime) -> RoomAttempt:
    """A line of the ledger."""
    return RoomAttempt.objects.create(
        room=room,
        message=message,
        at=now,
        worker=worker_name(),
        taken=verdict.taken,
        status=verdict.status,
        text=verdict.text,
    )


@transaction.atomic
def _mark(message: RoomMessage, token: UUID, verdict: Verdict, reason: RoomMessage.Reason, *, now: datetime) -> Outcome:
    note(message.room, message, verdict, now=now)
    tries = message.tries + 1
    if verdict.taken:
        return _settle(message, token, Outcome.SENT, state=State.SENT, sent_at=now)
    if verdict.final:
        return _settle(message, token, Outcome.DEAD, state=State.DEAD, reason=reason, tries=tries)
    if tries >= MOST_TRIES:
        return _settle(message, token, Outcome.DEAD, state=State.DEAD, reason=Reason.GIVEN_UP, tries=tries)
    return _settle(message, token, Outcome.DEFERRED, tries=tries, not_before=now + delay(tries))


def delay(tries: int) -> timedelta:
    return min(FIRST_DELAY * (1 << (tries - 1)), LONGEST_DELAY)


def _settle(message: RoomMessage, token: UUID, outcome: Outcome, **values: object) -> Outcome:
    """Give the lease back with what became of the message; nothing when it is somebody else's by now."""
    mine = RoomMessage.objects.filter(pk=message.pk, lease_token=token)
    return outcome if mine.update(lease_token=None, lease_until=None, **values) else Outcome.LEFT
