"""Webhooks: registering one, giving it another secret, switching it on and off, testing it, sending something again.

Administrators do that for the whole installation, owners for their ban. The address comes in once and is never shown again, and
a secret is shown in the one answer that makes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import outbound
from migration_planner.lib.encryption import UnreadableError, key_name, seal, unseal
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event
from migration_planner.reminders.hooks_kinds import KINDS, verbs_of
from migration_planner.reminders.hooks_sending import Verdict, cancel, mark, post
from migration_planner.reminders.hooks_words import new_secret
from migration_planner.reminders.models import Delivery, Hook

#: So many can be in use for one ban, and so many for the installation.
MOST_HOOKS = 10
#: So long the old secret signs along with the new one.
OVERLAP = timedelta(days=1)
SEALED = ["address", "secret", "old_secret"]
#: So much of the end of an address is shown.
SHOWN = 4


@dataclass(frozen=True)
class Chosen:
    """What is said of a webhook."""

    name: str
    address: str
    kinds: Iterable[str]
    with_people: bool = False


@transaction.atomic
def register(ban: Ban | None, chosen: Chosen, *, by: User, now: datetime) -> tuple[Hook, str]:
    """A new webhook, of a ban or of all, and its secret, which is kept sealed. It is told of what happens from now on."""
    if not chosen.name.strip():
        raise DomainError(_t("Give the webhook a name, so that others know what it is for."))
    if not set(chosen.kinds) or not set(chosen.kinds) <= set(KINDS):
        raise DomainError(_t("Choose at least one kind of event."))
    _require_room(ban)
    host = _host(chosen.address)
    secret = new_secret()
    hook = Hook.objects.create(
        ban=ban,
        name=chosen.name.strip()[:120],
        verbs=verbs_of(chosen.kinds),
        with_people=chosen.with_people,
        address=seal(chosen.address),
        secret=seal(secret),
        sealed_with=key_name(),
        hint=f"{host} … {chosen.address[-SHOWN:]}",
        made_at=now,
        made_by=by,
    )
    _record(Event.Verb.HOOK_SET, hook, by=by, now=now, kinds=sorted(chosen.kinds), with_people=chosen.with_people)
    return hook, secret


def _require_room(ban: Ban | None) -> None:
    if Hook.objects.in_use().filter(ban=ban).count() >= MOST_HOOKS:
        raise DomainError(_t("%(most)d webhooks at most. Remove one that is not needed.") % {"most": MOST_HOOKS})


def _host(address: str) -> str:
    try:
        return outbound.split(address, local=settings.LOCAL_MODE).hostname or ""
    except outbound.ForbiddenError:
        if settings.LOCAL_MODE:
            raise DomainError(_t("In local mode nothing leaves this machine. Use an address of it.")) from None
        raise DomainError(_t("This is no address of a webhook. It begins with https:// and has no port.")) from None


@transaction.atomic
def renew_secret(hook: Hook, *, by: User, now: datetime) -> str:
    """Another secret, which is returned. The one before it signs along for a day; one before that no more."""
    row = _held(hook)
    secret = new_secret()
    try:
        old, address = unseal(row.secret), unseal(row.address)
    except UnreadableError:
        raise DomainError(_t("SECRET_KEY has changed, so the address cannot be read. Register it anew.")) from None
    row.secret, row.old_secret, row.old_until = seal(secret), seal(old), now + OVERLAP
    row.address, row.sealed_with = seal(address), key_name()
    row.save(update_fields=["secret", "old_secret", "old_until", "address", "sealed_with"])
    _record(Event.Verb.HOOK_SECRET, row, by=by, now=now)
    return secret


@transaction.atomic
def switch(hook: Hook, on: bool, *, by: User, now: datetime) -> bool:
    """Let it be told again from now on, or not any more. False when it is so already."""
    row = _held(hook)
    if row.is_on == on:
        return False
    row.off, row.off_at, row.given_up = ("", None, 0) if on else (Hook.Off.SWITCHED, now, row.given_up)
    row.save(update_fields=["off", "off_at", "given_up"])
    if not on:
        cancel(row, now=now)
    _record(Event.Verb.HOOK_SWITCHED, row, by=by, now=now, off=row.off)
    return True


@transaction.atomic
def remove(hook: Hook, *, by: User, now: datetime) -> bool:
    """Forget its address and its secrets; nothing goes there any more. False when it was removed already."""
    forgotten = {"address": b"", "secret": b"", "old_secret": b"", "old_until": None}
    if not Hook.objects.in_use().filter(pk=hook.pk).update(removed_at=now, **forgotten):
        return False
    cancel(hook, now=now)
    _record(Event.Verb.HOOK_REMOVED, hook, by=by, now=now)
    return True


def try_out(hook: Hook, *, by: User, now: datetime) -> Verdict:
    """Send a test at once, and say what was answered. Takes some seconds at most; it is tried once."""
    with transaction.atomic():
        row = _held(hook)
        if not row.is_on:
            raise DomainError(_t("It is switched off. Switch it on first."))
        token = uuid4()
        lease = {"lease_token": token, "lease_until": now + timedelta(minutes=1)}
        test = Delivery.objects.create(hook=row, key=uuid4(), made_at=now, not_before=now, **lease)
    verdict = post(test)
    final = verdict if verdict.taken or verdict.reason else _once(verdict)
    mark(test, token, final, now=now)
    return verdict


def _once(verdict: Verdict) -> Verdict:
    return Verdict(verdict.status, verdict.text, verdict.milliseconds, Delivery.Reason.TEST)


@transaction.atomic
def send_again(delivery: Delivery, *, by: User, now: datetime) -> None:
    """Have what has ended go once more, under the same id. Raises DomainError while it waits, or when nothing may go there."""
    row = _held(delivery.hook)
    if not row.is_on:
        raise DomainError(_t("It is switched off. Switch it on first."))
    if delivery.event_id is None:
        raise DomainError(_t("Send another test instead."))
    ended = row.deliveries.filter(pk=delivery.pk).exclude(state=Delivery.State.WAITING)
    if not ended.update(state=Delivery.State.WAITING, reason="", ended_at=None, tries=0, not_before=now):
        raise DomainError(_t("It waits already, and goes with the next pass of the clock."))
    _record(Event.Verb.HOOK_SENT_AGAIN, row, by=by, now=now, event=delivery.event_id)


def _held(hook: Hook) -> Hook:
    row = Hook.objects.select_for_update(no_key=True).get(pk=hook.pk)
    if row.removed_at:
        raise DomainError(_t("This webhook was removed. Register it anew."))
    return row


def _record(verb: Event.Verb, hook: Hook, *, by: User, now: datetime, **more: object) -> None:
    data = {"name": hook.name, "hint": hook.hint, **more}
    Event.record(verb, by=by, now=now, ban_id=hook.ban_id, data=data)


@transaction.atomic
def seal_anew() -> None:
    """After a change of SECRET_KEY: seal with the new one what the old one still opens."""
    for hook in Hook.objects.in_use().exclude(sealed_with=key_name()).select_for_update(no_key=True, skip_locked=True):
        try:
            texts = {name: unseal(sealed) for name in SEALED if (sealed := getattr(hook, name))}
        except UnreadableError:
            continue  # its deliveries say so, one by one
        for name, text in texts.items():
            setattr(hook, name, seal(text))
        hook.sealed_with = key_name()
        hook.save(update_fields=[*texts, "sealed_with"])
