"""Access tokens: made by a person for a program of theirs, shown once, revoked by that person or an administrator."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import tokens as secret
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import AccessToken, Event
from migration_planner.planning.models.tokens import DAYS, MOST_DAYS, MOST_OPEN, PREFIX
from migration_planner.planning.permissions import can_import_signals

Scope = AccessToken.Scope
#: When one was last used is kept to this precision: not every request has to write it down.
FRESH = timedelta(minutes=1)


def scopes_for(user: User) -> list[Scope]:
    """What a person can make a token for. Signals are nothing for those who may not bring them in."""
    return [scope for scope in Scope if scope != Scope.SIGNALS or can_import_signals(user)]


@transaction.atomic
def make(name: str, scopes: Sequence[str], *, days: int = DAYS, by: User, now: datetime) -> str:
    """A new token that acts for `by`. Returns it; it is kept nowhere.

    Raises DomainError without a name or a scope, for too long a life, and for too many.
    """
    name, wanted = name.strip()[:120], [scope for scope in scopes_for(by) if scope in scopes]
    if not name:
        raise DomainError(_t("Say what the token is for."))
    if not wanted or set(scopes) - set(wanted):
        raise DomainError(_t("Choose at least one thing that the token may do, of those in the list."))
    if not 1 <= days <= MOST_DAYS:
        raise DomainError(_t("A token is good for 1 to %(most)d days.") % {"most": MOST_DAYS})
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if AccessToken.objects.open(now=now).filter(made_by=by).count() >= MOST_OPEN:
        raise DomainError(_t("You have %(most)d tokens already. Revoke one that is not used.") % {"most": MOST_OPEN})
    token = secret.new(PREFIX)
    AccessToken.objects.create(
        name=name,
        scopes=wanted,
        begins=secret.beginning(token, PREFIX),
        digest=secret.digest_of(token),
        made_by=by,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    data = {"name": name, "scopes": wanted, "days": days}
    Event.record(Event.Verb.TOKEN_MADE, by=by, now=now, person=by, data=data)
    return token


@transaction.atomic
def revoke(token: AccessToken, *, by: User, now: datetime) -> bool:
    """End a token at once. False when it is revoked already."""
    if not AccessToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        return False
    data = {"name": token.name, "scopes": token.scopes}
    Event.record(Event.Verb.TOKEN_REVOKED, by=by, now=now, person=token.made_by, data=data)
    return True


def find(token: str, *, now: datetime) -> AccessToken | None:
    """The token behind a secret; None when it is unknown, revoked or ended, or its person has left.

    Its use is noted, once a minute at most; one that stands under an older pepper is put under the one in force.
    """
    digests = secret.digests_of(token)
    found = AccessToken.objects.open(now=now).filter(digest__in=digests).select_related("made_by").first()
    if found is None:
        return None
    if found.digest != digests[0] or found.last_used_at is None or found.last_used_at < now - FRESH:
        AccessToken.objects.filter(pk=found.pk).update(last_used_at=now, digest=digests[0])
    return found
