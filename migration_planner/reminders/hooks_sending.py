"""Telling programs elsewhere: one delivery is claimed by a lease, posted, judged by the code of HTTP, and marked.

Who dies between word and mark leaves the delivery to the next, which is one copy under the same `webhook-id`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from migration_planner.lib import outbound
from migration_planner.lib.encryption import UnreadableError, unseal
from migration_planner.planning.models import Event
from migration_planner.reminders.hooks_words import body_of, headers_of, key_of
from migration_planner.reminders.models import Delivery, DeliveryAttempt, Hook
from migration_planner.reminders.statements import clock, rows, run

log = structlog.get_logger(__name__)

#: Longer than any call takes.
LEASE = timedelta(seconds=60)
#: After each try without success; after the last, a day in all, it is given up.
DELAYS = [timedelta(minutes=n) for n in (1, 5, 30, 120, 300, 480, 480)]
#: So many deliveries given up in a row switch the hook off.
MOST_GIVEN_UP = 3
#: What has ended is kept so long; so much of an answer is kept, in characters.
KEPT, MOST_KEPT = timedelta(days=30), 200
GONE = 410
State, Reason = Delivery.State, Delivery.Reason

#: A hook that has just failed is left alone until that delivery is tried again, so that it holds up nobody else.
CLAIM = """
    UPDATE reminders_delivery SET lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s
    WHERE id = (
        SELECT delivery.id FROM reminders_delivery AS delivery JOIN reminders_hook AS hook ON hook.id = delivery.hook_id
        WHERE delivery.state = 'waiting' AND delivery.not_before <= %(now)s AND hook.off = '' AND hook.removed_at IS NULL
          AND (delivery.lease_until IS NULL OR delivery.lease_until < clock_timestamp())
          AND NOT EXISTS (SELECT FROM reminders_origin WHERE ended_at IS NULL)
          AND NOT EXISTS (SELECT FROM reminders_delivery AS other WHERE other.hook_id = delivery.hook_id
                          AND other.state = 'waiting' AND other.tries > 0 AND other.not_before > %(now)s)
        ORDER BY delivery.id LIMIT 1 FOR NO KEY UPDATE OF delivery SKIP LOCKED)
    RETURNING id
"""
#: Written by a transaction that did not see yet that its hook was switched off, or removed.
LEFT_OVER = """
    UPDATE reminders_delivery AS delivery SET state = 'cancelled', reason = 'off', ended_at = %(now)s
    FROM reminders_hook AS hook
    WHERE hook.id = delivery.hook_id AND (hook.off <> '' OR hook.removed_at IS NOT NULL)
      AND delivery.state = 'waiting' AND delivery.lease_token IS NULL
"""


@dataclass(frozen=True)
class Verdict:
    """What became of one try. With a reason, trying again is of no use; no `status` means that there was no answer."""

    status: int | None
    text: str
    milliseconds: int = 0
    reason: str = ""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Delivered:
    """How many deliveries one pass sent, deferred and gave up."""

    sent: int = 0
    deferred: int = 0
    dead: int = 0


def deliver(*, now: datetime, stop: Callable[[], bool] = lambda: False) -> Delivered:
    """Send what is due, until nothing is or `stop` says so."""
    found = Delivered()
    run(LEFT_OVER, now=now)
    while not stop() and (claimed := claim(now=now)):
        pk, token = claimed
        delivery = Delivery.objects.select_related(
            "hook", "event__ban__tool", "event__ban__replacement", "event__step", "event__gap",
            "event__migration__team", "event__actor", "event__person",
        ).get(pk=pk)  # fmt: skip
        verdict = post(delivery)
        state = mark(delivery, token, verdict, now=now)
        log.info("delivery", delivery=pk, hook=delivery.hook_id, status=verdict.status, state=state)
        if state:
            setattr(found, state, getattr(found, state) + 1)
    return found


def claim(*, now: datetime) -> tuple[int, UUID] | None:
    """The next delivery that is due, for as long as the lease lasts."""
    token = uuid4()
    found = rows(CLAIM, token=token, lease=LEASE, now=now)
    return (found[0][0], token) if found else None


def post(delivery: Delivery) -> Verdict:
    """Say it, and hear what is answered. Takes some seconds at most, and raises nothing."""
    start = monotonic()
    try:
        status, text = _said(delivery)
        reason = Reason.GONE if status == GONE else Reason.REFUSED if 300 <= status < 400 else ""
        verdict = Verdict(status, text, reason=reason)
    except outbound.ForbiddenError as error:
        verdict = Verdict(None, str(error), reason=Reason.FORBIDDEN)
    except UnreadableError:
        verdict = Verdict(None, "SECRET_KEY has changed", reason=Reason.UNREADABLE)
    except outbound.UnreachableError as error:
        verdict = Verdict(None, str(error))
    except Exception as error:
        log.exception("A delivery failed; it is tried again.", delivery=delivery.pk)
        verdict = Verdict(None, type(error).__name__)
    return Verdict(verdict.status, verdict.text, int((monotonic() - start) * 1000), verdict.reason)


def _said(delivery: Delivery) -> tuple[int, str]:
    hook, body, now = delivery.hook, body_of(delivery), clock()
    address, keys = unseal(hook.address), [unseal(hook.secret)]
    if hook.old_until and hook.old_until > now:
        keys.append(unseal(hook.old_secret))
    with outbound.call(address, local=settings.LOCAL_MODE) as line:
        line.say(body, address, headers=headers_of(key_of(delivery), body, keys, at=now))
        answer = line.hear()
    text = " ".join(answer.body.decode(errors="replace").replace("\0", "").split())
    return answer.status, text.replace(address, "…")[:MOST_KEPT]


@transaction.atomic
def mark(delivery: Delivery, token: UUID, verdict: Verdict, *, now: datetime) -> str:
    """Write down what became of it; "sent", "deferred" or "dead", or nothing when it is somebody else's by now."""
    DeliveryAttempt.objects.create(
        delivery=delivery,
        at=now,
        status=verdict.status,
        milliseconds=verdict.milliseconds,
        text=verdict.text[:MOST_KEPT],
    )
    hook = Hook.objects.select_for_update(no_key=True).get(pk=delivery.hook_id)
    mine = Delivery.objects.filter(pk=delivery.pk, lease_token=token)
    free: dict[str, None] = {"lease_token": None, "lease_until": None}
    tries = delivery.tries + 1
    if verdict.taken:
        if not mine.update(state=State.SENT, ended_at=now, **free):
            return ""
        Hook.objects.filter(pk=hook.pk, given_up__gt=0).update(given_up=0)
        return "sent"
    if not verdict.reason and tries <= len(DELAYS):
        return "deferred" if mine.update(tries=tries, not_before=now + DELAYS[tries - 1], **free) else ""
    reason = verdict.reason or Reason.GIVEN_UP
    if not mine.update(state=State.DEAD, reason=reason, tries=tries, ended_at=now, **free):
        return ""
    if reason != Reason.TEST:
        _give_up(hook, reason, now=now)
    return "dead"


def _give_up(hook: Hook, reason: str, *, now: datetime) -> None:
    """One more was given up: an address that is gone, or that takes nothing for days, is switched off."""
    Hook.objects.filter(pk=hook.pk).update(given_up=F("given_up") + 1)
    if reason == Reason.GONE:
        switch_off(hook, Hook.Off.GONE, now=now)
    elif hook.given_up + 1 >= MOST_GIVEN_UP:
        switch_off(hook, Hook.Off.FAILING, now=now)


def switch_off(hook: Hook, why: Hook.Off, *, now: datetime) -> bool:
    """Nothing goes there any more; what waits is cancelled. False when it is off, or removed, already."""
    if not Hook.objects.in_use().filter(pk=hook.pk, off="").update(off=why, off_at=now):
        return False
    cancel(hook, now=now)
    data = {"name": hook.name, "hint": hook.hint, "off": why}
    Event.record(Event.Verb.HOOK_SWITCHED, by=None, now=now, ban_id=hook.ban_id, data=data)
    return True


def cancel(hook: Hook, *, now: datetime) -> None:
    hook.deliveries.waiting().update(
        state=State.CANCELLED, reason=Reason.OFF, ended_at=now, lease_token=None, lease_until=None
    )


def prune(*, now: datetime) -> int:
    """Forget what ended some time ago. Returns how many deliveries."""
    old = {"before": now - KEPT}
    run(
        """DELETE FROM reminders_deliveryattempt AS attempt USING reminders_delivery AS delivery
           WHERE delivery.id = attempt.delivery_id AND delivery.ended_at < %(before)s""",
        **old,
    )
    return run("DELETE FROM reminders_delivery WHERE ended_at < %(before)s", **old)
