"""What a delivery says, and how it is signed: as https://www.standardwebhooks.com has it.

Who receives it compares `webhook-signature` with HMAC-SHA256 over "id.timestamp.body": see docs/webhooks.md.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from migration_planner.people.models import User
from migration_planner.planning.models import Event
from migration_planner.reminders.hooks_kinds import OF_VERB, TEST
from migration_planner.reminders.links import url
from migration_planner.reminders.models import Delivery

#: How a secret begins, so that scanners for secrets know one; and its bytes, of which the standard asks 24 to 64.
PREFIX, BYTES = "whsec_", 32


#: What else a body says of some events: figures and words of ours, never what a person wrote.
CARRIED: dict[str, tuple[str, ...]] = {
    Event.Verb.CHECKLIST_COMPLETED: ("is_verified",),
    Event.Verb.TEAM_DONE: ("people",),
    Event.Verb.HEALTH_CHANGED: ("before", "after"),
}


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def key_of(delivery: Delivery) -> str:
    return f"msg_{delivery.key.hex}"


def body_of(delivery: Delivery) -> bytes:
    """The same words however often it is asked: they follow from the event, which never changes."""
    event, named = delivery.event, delivery.hook.with_people
    said = {
        "id": key_of(delivery),
        "type": OF_VERB.get(event.verb, event.verb) if event else TEST,
        "timestamp": (event.at if event else delivery.made_at).isoformat(),
        "data": _data(event, named=named) if event else {},
    }
    return json.dumps(said, ensure_ascii=False).encode()


def headers_of(key: str, body: bytes, keys: Sequence[str], *, at: datetime) -> dict[str, str]:
    """Signed with every secret that is good now, the newest first; `at` is the moment of speaking."""
    moment = str(int(at.timestamp()))
    signed = f"{key}.{moment}.".encode() + body
    signatures = " ".join(f"v1,{sign(secret, signed)}" for secret in keys)
    return {"webhook-id": key, "webhook-timestamp": moment, "webhook-signature": signatures}


def sign(secret: str, signed: bytes) -> str:
    digest = hmac.digest(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    return base64.b64encode(digest).decode()


def _data(event: Event, *, named: bool) -> dict[str, Any]:
    """What happened to what. Who did it, and why in their words, for those alone who asked for it."""
    ban, step, gap = event.ban, event.step, event.gap
    said: dict[str, Any] = {
        "event": event.pk,
        "verb": event.verb,
        "ban": ban and {
            "id": ban.pk, "tool": ban.tool.name, "replacement": ban.replacement.name, "url": url("ban", ban.pk),
        },
        "step": step and {"id": step.pk, "title": step.title},
        "team": event.migration.team.path if event.migration else None,
        "gap": gap and {"id": gap.pk, "title": gap.title},
    }  # fmt: skip
    said |= {name: event.data.get(name) for name in CARRIED.get(event.verb, ())}
    if named:
        said |= {"actor": _person(event.actor), "person": _person(event.person), "why": event.why}
    return said


def _person(person: User | None) -> dict[str, Any] | None:
    return {"id": person.pk, "email": person.email} if person else None
