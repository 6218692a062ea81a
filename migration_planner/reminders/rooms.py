"""Rooms of teams: setting one, testing it, removing it, and having a dead message tried again. Administrators do that alone.

The address comes in once and is never shown again: history and pages know its host and its end.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _t

from migration_planner.lib import outbound
from migration_planner.lib.encryption import UnreadableError, key_name, seal
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Team, User
from migration_planner.planning.models import Event
from migration_planner.reminders.models import Room, RoomAttempt, RoomMessage
from migration_planner.reminders.rooms_sending import heard, note, opened
from migration_planner.reminders.rooms_services import SERVICES, Verdict, post, serves, signs
from migration_planner.reminders.rooms_words import words_of_test

VERBS = [Event.Verb.ROOM_SET, Event.Verb.ROOM_TESTED, Event.Verb.ROOM_REMOVED, Event.Verb.ROOM_TRIED_AGAIN]
#: So much of the end of an address is shown.
SHOWN = 4
DEAD_SHOWN = 10


@dataclass(frozen=True)
class Chosen:
    """What an administrator says of a room. The secret is for robots that sign (DingTalk, Feishu)."""

    service: str
    address: str
    secret: str
    language: str
    zone: str


@transaction.atomic
def set_room(team: Team, chosen: Chosen, *, by: User, now: datetime) -> Room:
    """Give a team its room, or another address, language or clock for it; without an address it keeps the one it has.

    Raises DomainError for an address that is none of the service.
    """
    values = {"language": chosen.language, "zone": chosen.zone, "set_at": now, "set_by": by, **_place(team, chosen)}
    room, _made = Room.objects.update_or_create(
        team=team, removed_at=None, defaults=values, create_defaults={**values, "made_at": now}
    )
    room.messages.waiting().filter(tries__gt=0).update(tries=0, not_before=now)
    _record(Event.Verb.ROOM_SET, room, by=by, now=now)
    return room


def _place(team: Team, chosen: Chosen) -> dict[str, str | bytes]:
    """Where it is to be written to; nothing where that stays as it is."""
    if not chosen.address and Room.objects.in_use().filter(team=team, service=chosen.service).exists():
        if chosen.secret:
            raise DomainError(_t("Give the address along with the secret."))
        return {}
    parts = _checked(chosen)
    return {
        "service": chosen.service,
        "address": seal(chosen.address),
        "secret": seal(chosen.secret) if chosen.secret else b"",
        "sealed_with": key_name(),
        "hint": f"{parts.hostname} … {chosen.address[-SHOWN:]}",
    }


def _checked(chosen: Chosen) -> SplitResult:
    try:
        parts = outbound.split(chosen.address, local=settings.LOCAL_MODE)
    except outbound.ForbiddenError:
        if settings.LOCAL_MODE:
            raise DomainError(_t("In local mode nothing leaves this machine. Use an address of it.")) from None
        raise DomainError(_t("This is no address of a webhook. It begins with https:// and has no port.")) from None
    if not settings.LOCAL_MODE and not serves(chosen.service, parts.hostname or ""):
        hosts = ", ".join(host.lstrip(".") for host in SERVICES[Room.Service(chosen.service)].hosts)
        raise DomainError(
            _t("Webhooks of %(service)s lead to: %(hosts)s. This one leads elsewhere.")
            % {"service": Room.Service(chosen.service).label, "hosts": hosts}
        )
    if chosen.secret and not signs(chosen.service):
        raise DomainError(_t("Only robots of DingTalk and Feishu sign. Leave the secret empty."))
    return parts


@transaction.atomic
def remove(room: Room, *, by: User, now: datetime) -> bool:
    """Forget the address; nothing goes there any more. False when it was removed already."""
    if not Room.objects.in_use().filter(pk=room.pk).update(removed_at=now, address=b"", secret=b""):
        return False
    room.messages.waiting().update(
        state=RoomMessage.State.CANCELLED,
        reason=RoomMessage.Reason.REMOVED,
        lease_token=None,
        lease_until=None,
    )
    _record(Event.Verb.ROOM_REMOVED, room, by=by, now=now)
    return True


def try_out(room: Room, *, by: User, now: datetime) -> Verdict:
    """Write a test into the room at once, and say what the service answered. Takes some seconds at most.

    Raises DomainError for a room that was removed.
    """
    if room.removed_at:
        raise DomainError(_t("This room was removed. Set it again first."))
    verdict = _tried(room, now=now)
    with transaction.atomic():
        note(room, None, verdict, now=now)
        _record(Event.Verb.ROOM_TESTED, room, by=by, now=now, taken=verdict.taken)
    return verdict


def _tried(room: Room, *, now: datetime) -> Verdict:
    try:
        address, secret = opened(room)
        made = post(room.service, address, words_of_test(room), secret=secret, at=now)
        with outbound.call(address, local=settings.LOCAL_MODE) as line:
            line.say(made.body, made.url)
            return heard(room, address, line)
    except (outbound.ForbiddenError, outbound.UnreachableError) as error:
        return Verdict(False, True, None, str(error))
    except UnreadableError:
        return Verdict(False, True, None, "SECRET_KEY has changed")


@transaction.atomic
def try_again(message: RoomMessage, *, by: User, now: datetime) -> None:
    """Have a dead message go with the next pass of the clock. Raises DomainError when it is not dead, or may not go."""
    if message.room.removed_at or not message.ban.is_live:
        raise DomainError(_t("Its ban has ended, or its room was removed: there is nobody to tell any more."))
    dead = RoomMessage.objects.dead().filter(pk=message.pk)
    if not dead.update(state=RoomMessage.State.WAITING, reason="", tries=0, not_before=now):
        raise DomainError(_t("Only a message that will not go by itself can be tried again. Look at where it is now."))
    _record(Event.Verb.ROOM_TRIED_AGAIN, message.room, by=by, now=now)


@dataclass(frozen=True)
class Summary:
    """All rooms together: how many, messages by state, the last answer, and the newest dead messages."""

    rooms: int
    counts: dict[str, int]
    last: RoomAttempt | None
    dead: list[RoomMessage]


def summary() -> Summary:
    """In two queries where there never was a room, else in four."""
    counts = dict(RoomMessage.objects.values_list("state").annotate(n=Count("pk")).order_by())
    number = Room.objects.in_use().count()
    if not number and not counts:
        return Summary(0, {}, None, [])
    dead = RoomMessage.objects.dead().select_related("room__team", "ban__tool", "ban__replacement").order_by("-pk")
    return Summary(number, counts, RoomAttempt.last(), list(dead[:DEAD_SHOWN]) if counts.get("dead") else [])


def history() -> QuerySet[Event]:
    """What was done with rooms, the newest first."""
    return Event.objects.newest_first().filter(verb__in=VERBS)


def _record(verb: Event.Verb, room: Room, *, by: User, now: datetime, **more: object) -> None:
    about = {"team": room.team.path, "service": room.service, "hint": room.hint}
    Event.record(verb, by=by, now=now, data={**about, **more})
