"""A lead's substitute for some days: named, and sent home early. What a substitute may do follows from `User.leaderships`.

Nothing is written when the days are over, or when the lead or the substitute leaves: the rights are asked for anew with every
request, by the database's clock and the roster as it is then (`User.leaderships`). They are not handed on.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Substitution, Team, User
from migration_planner.planning import locks
from migration_planner.planning.models import Event, Migration
from migration_planner.planning.permissions import can_name_substitute

#: Whoever is away for longer has a successor: that is for the roster.
LONGEST = timedelta(days=366)
MIDNIGHT = time()


@dataclass(frozen=True)
class Period:
    """First and last day, on the lead's calendar."""

    first: date
    last: date

    def instants(self, zone: str) -> tuple[datetime, datetime]:
        """The first moment, and the midnight at which it is over."""
        return zones.instant(self.first, MIDNIGHT, zone), zones.instant(self.last + timedelta(days=1), MIDNIGHT, zone)


@transaction.atomic
def name(
    migration: Migration, lead: User, substitute: User, period: Period, *, by: User, now: datetime
) -> Substitution:
    """Have somebody stand in for a lead of this team, under every ban. `migration` is on whose page it was done, for history.

    Raises DomainError when `by` may not, `lead` does not lead the team itself, the substitute is no help, the days make no
    sense, or somebody stands in for this lead there already.
    """
    locks.hold_roster()
    Team.objects.select_for_update(no_key=True).get(pk=migration.team_id)
    if not can_name_substitute(User.objects.get(pk=by.pk), migration):
        raise DomainError(
            _t("A substitute is named by a lead of the team or an owner of the ban, not by a substitute.")
        )
    _require_lead(migration.team, lead)
    _require_help(migration, lead, substitute, by)
    _require_sense(period, lead, now)
    from_at, until_at = period.instants(lead.zone)
    _require_free(migration.team, lead, from_at, until_at)
    row = Substitution.objects.create(
        team=migration.team,
        lead=lead,
        substitute=substitute,
        first=period.first,
        last=period.last,
        zone=lead.zone,
        from_at=from_at,
        until_at=until_at,
        made_by=by,
        made_at=now,
    )
    _record(Event.Verb.SUBSTITUTE_NAMED, row, migration, by=by, now=now)
    return row


@transaction.atomic
def end(substitution: Substitution, migration: Migration, *, by: User, now: datetime) -> bool:
    """Send a substitute home before the last day; their rights end with it. False when it has ended already.

    Whoever may name one may do so, and the two themselves. Raises DomainError for anybody else.
    """
    if not can_end(by, substitution, migration):
        raise DomainError(_t("This is for a lead of the team, an owner of the ban, or the substitute."))
    if not Substitution.objects.standing(now).filter(pk=substitution.pk).update(ended_at=now, ended_by=by):
        return False
    _record(Event.Verb.SUBSTITUTE_ENDED, substitution, migration, by=by, now=now)
    return True


def can_end(user: User, substitution: Substitution, migration: Migration) -> bool:
    return user.pk in (substitution.lead_id, substitution.substitute_id) or can_name_substitute(user, migration)


def _require_lead(team: Team, lead: User) -> None:
    if not team.leads().filter(pk=lead.pk).exists():
        raise DomainError(_t("%(name)s does not lead this team. Choose one of its leads.") % {"name": lead.name})


def _require_help(migration: Migration, lead: User, substitute: User, by: User) -> None:
    if not substitute.is_active:
        raise DomainError(_t("%(name)s has left. Choose somebody who is here.") % {"name": substitute.name})
    if substitute.pk == by.pk and by.pk != lead.pk:
        raise DomainError(_t("Nobody makes themselves a substitute. Let the lead do it, or choose somebody else."))
    if substitute.pk == lead.pk:
        raise DomainError(_t("Nobody stands in for themselves. Choose somebody else."))
    if any(led.lead_id is None and led.covers(migration.path) for led in substitute.leaderships):
        raise DomainError(
            _t("%(name)s leads this team already, and needs to stand in for nobody.") % {"name": substitute.name}
        )


def _require_sense(period: Period, lead: User, now: datetime) -> None:
    if period.last < period.first:
        raise DomainError(_t("The last day is before the first. Correct the days."))
    if period.first < zones.local_day(now, lead.zone):
        raise DomainError(_t("That day is over already. Choose a later one."))
    if period.last - period.first > LONGEST:
        raise DomainError(_t("A substitute stands in for at most a year. Correct the days."))


def _require_free(team: Team, lead: User, from_at: datetime, until_at: datetime) -> None:
    known = Substitution.objects.filter(team=team, lead=lead, ended_at__isnull=True)
    other = known.filter(from_at__lt=until_at, until_at__gt=from_at).select_related("substitute").first()
    if other:
        words = _t("%(name)s stands in on some of these days. Choose other days, or end that first.")
        raise DomainError(words % {"name": other.substitute.name})


def _record(verb: Event.Verb, row: Substitution, migration: Migration, *, by: User, now: datetime) -> None:
    data: dict[str, Any] = {"lead": row.lead.name, "first": row.first.isoformat(), "last": row.last.isoformat()}
    about = {"person": row.substitute, **migration.in_history()}
    Event.record(verb, by=by, now=now, data=data | {"substitute": row.substitute.name}, **about)
