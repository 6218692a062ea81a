"""Secrets with which a scanner sends reports for one team: made, shown once, revoked by whoever answers for the team."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import tokens as secret
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Team, User
from migration_planner.planning.models import Event, ReportToken
from migration_planner.planning.models.tokens import DAYS, MOST_DAYS

__all__ = ["DAYS", "MOST_DAYS", "MOST_OPEN", "PREFIX", "find", "make", "revoke", "used"]

#: So that a secret scanner of somebody else recognises one that lies around.
PREFIX = "mpr_"
#: As many may be open for one team at a time.
MOST_OPEN = 20
#: When it was last used is kept to this precision: not every report has to write it down.
FRESH = timedelta(minutes=1)


@transaction.atomic
def make(team: Team, *, by: User, now: datetime, name: str = "", days: int = DAYS, **about: Any) -> str:
    """A new token for the team. Returns it; it is kept nowhere. Raises DomainError for too many, or too long a life.

    `about` names the ban and the migration on whose page it was made.
    """
    if not 1 <= days <= MOST_DAYS:
        raise DomainError(_t("A token lasts from 1 to %(most)d days.") % {"most": MOST_DAYS})
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    if ReportToken.objects.open(now=now).filter(team=team).count() >= MOST_OPEN:
        raise DomainError(
            _t("This team has %(most)d tokens already. Revoke one that is not used.") % {"most": MOST_OPEN}
        )
    token = secret.new(PREFIX)
    row = ReportToken.objects.create(
        team=team,
        name=name.strip()[:80] or _t("Scanner"),
        begins=secret.beginning(token, PREFIX),
        digest=secret.digest_of(token),
        made_by=by,
        made_at=now,
        expires_at=_until(team, by, now + timedelta(days=days)),
    )
    Event.record(
        Event.Verb.TOKEN_MADE, by=by, now=now, data={"team": team.path, "name": row.name, "days": days}, **about
    )
    return token


def _until(team: Team, by: User, wanted: datetime) -> datetime:
    """What a substitute makes does not outlive the time in which they stand in."""
    led = by.leads_for(team.path)
    return min(wanted, led.until_at) if led and led.until_at else wanted


@transaction.atomic
def revoke(team: Team, pk: int, *, by: User, now: datetime, **about: Any) -> bool:
    """End a token of the team. False when there is none, or it has ended."""
    row = ReportToken.objects.open(now=now).filter(team=team, pk=pk).first()
    if row is None or not ReportToken.objects.open(now=now).filter(pk=pk).update(revoked_at=now):
        return False
    Event.record(Event.Verb.TOKEN_REVOKED, by=by, now=now, data={"team": team.path, "name": row.name}, **about)
    return True


def find(token: str, *, now: datetime) -> ReportToken | None:
    """The token behind a secret; None when it is unknown, revoked or expired, or its maker has left.

    One that stands under an older pepper is put under the one in force.
    """
    digests = secret.digests_of(token)
    good = ReportToken.objects.open(now=now).filter(digest__in=digests, made_by__is_active=True)
    found = good.select_related("team", "made_by").first()
    if found and found.digest != digests[0]:
        ReportToken.objects.filter(pk=found.pk).update(digest=digests[0])
    return found


def used(token: ReportToken, *, now: datetime) -> None:
    """Write down that it was used."""
    if token.last_used_at is None or token.last_used_at < now - FRESH:
        ReportToken.objects.filter(pk=token.pk).update(last_used_at=now)
