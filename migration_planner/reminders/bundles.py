"""Pausing the weekly figures for leads: one's own choice, from the preferences or by the button a mail program shows.

Mail programs send that button's request without a sign-in (RFC 8058). What lets them in is a signed number of a person
that is good for this and nothing else; it stands in mails that carry nothing but figures.
"""

from datetime import datetime

from django.core import signing
from django.db import transaction

from migration_planner.people.models import User
from migration_planner.planning.models import Event

#: A signature made for this opens no other door, and no other signature opens this one.
SIGNER = signing.Signer(salt="migration_planner.reminders.bundles.pause")


def token_of(person_id: int) -> str:
    return SIGNER.sign(str(person_id))


def person_of(token: str) -> User | None:
    """Whose bundles the token pauses; None when we did not make it, or the person has left."""
    try:
        return User.objects.active().filter(pk=int(SIGNER.unsign(token))).first()
    except (signing.BadSignature, ValueError):
        return None


@transaction.atomic
def pause_bundles(person: User, *, by: User | None, now: datetime) -> bool:
    """Keep the weekly figures back until the person wants them again. `by` is nobody when a mail program asks. False when
    it is so already."""
    if not User.objects.filter(pk=person.pk, bundles_paused_at__isnull=True).update(bundles_paused_at=now):
        return False
    person.bundles_paused_at = now
    Event.record(Event.Verb.BUNDLES_PAUSED, by=by, now=now, person=person, data={} if by else {"by": "mail program"})
    return True


@transaction.atomic
def resume_bundles(person: User, *, by: User, now: datetime) -> bool:
    """Let the weekly figures come again, from the next one on. False when they do."""
    if not User.objects.filter(pk=person.pk, bundles_paused_at__isnull=False).update(bundles_paused_at=None):
        return False
    person.bundles_paused_at = None
    Event.record(Event.Verb.BUNDLES_RESUMED, by=by, now=now, person=person)
    return True
