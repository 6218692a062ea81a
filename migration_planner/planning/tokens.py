"""Tokens for programs: made and revoked by administrators, shown once, and good for one purpose until a day."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import AccessToken, Event
from migration_planner.planning.models.tokens import MOST_DAYS, PREFIX


@transaction.atomic
def make(name: str, scope: AccessToken.Scope, *, days: int, by: User, now: datetime) -> str:
    """A new token. Returns it; it is kept nowhere."""
    if not name.strip():
        raise DomainError(_t("Say what the token is for."))
    if not 1 <= days <= MOST_DAYS:
        raise DomainError(_t("A token is good for 1 to %(most)d days.") % {"most": MOST_DAYS})
    token = PREFIX + secrets.token_urlsafe(32)
    AccessToken.objects.create(
        name=name.strip()[:120],
        scope=scope,
        digest=AccessToken.digest_of(token),
        made_by=by,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    Event.record(Event.Verb.TOKEN_MADE, by=by, now=now, data={"name": name.strip()[:120], "scope": scope, "days": days})
    return token


@transaction.atomic
def revoke(token: AccessToken, *, by: User, now: datetime) -> bool:
    """End a token at once. False when it is revoked already."""
    if not AccessToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        return False
    Event.record(Event.Verb.TOKEN_REVOKED, by=by, now=now, data={"name": token.name, "scope": token.scope})
    return True


def find(token: str, scope: AccessToken.Scope, *, now: datetime) -> AccessToken | None:
    """The token, if it is good for this now and whoever made it is still here. Its use is noted, once a minute at most."""
    good = AccessToken.objects.filter(
        digest=AccessToken.digest_of(token), scope=scope, revoked_at__isnull=True, expires_at__gt=now
    )
    found = good.filter(made_by__is_active=True).select_related("made_by").first()
    if found and (found.last_used_at is None or found.last_used_at < now - timedelta(minutes=1)):
        AccessToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found
