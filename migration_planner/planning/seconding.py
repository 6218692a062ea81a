"""In the last days before the cutoff, two owners change what a ban binds people to: its words, its dates, whom it reaches.

When those days begin, who counts as the second, and why it is so: docs/decisions/0024-a-second-owner.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _t

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.lib.working_days import MONDAY_TO_FRIDAY
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event

#: Whoever was named an owner more recently than this is no first and no second: else one owner could name the other.
SETTLED = timedelta(days=1)


@dataclass(frozen=True)
class Second:
    """Whether somebody but the one who changes the ban could be the second owner: how many other owners there are."""

    others: int
    #: Other owners who were named less than `SETTLED` ago.
    fresh: int

    @property
    def is_alone(self) -> bool:
        return self.others == 0

    @property
    def is_early(self) -> bool:
        return bool(self.others) and self.others == self.fresh


def begins_at(ban: Ban) -> datetime | None:
    """From when on it takes two; None when it never does. Half of the time that the ban gives stays free at any rate.

    Working days are Monday to Friday, by the clocks of the zone of the cutoff.
    """
    days, end = settings.SECOND_OWNER_DAYS, ban.cutoff_at
    if not days or end is None or ban.published_at is None:
        return None
    local = end.astimezone(ZoneInfo(ban.cutoff_zone))
    begin = zones.instant(MONDAY_TO_FRIDAY.add(local.date(), -days), local.time(), ban.cutoff_zone)
    return max(begin, ban.published_at + (end - ban.published_at) / 2)


def is_needed(ban: Ban, *, now: datetime) -> bool:
    """Whether a ban in force is in its last days, or past its cutoff."""
    begin = begins_at(ban)
    return ban.is_live and begin is not None and begin <= now


def of_page(ban: Ban, *, by: User, now: datetime, always: bool = False) -> Second | None:
    """What a page that changes the ban has to say about it; None while one owner is enough, unless it is known that not."""
    if not always and not is_needed(ban, now=now):
        return None
    others = set(ban.owners.active().exclude(pk=by.pk).values_list("pk", flat=True))
    return Second(len(others), len(others & _fresh(ban, now)))


def require(ban: Ban, *, by: User, first: User | None, now: datetime) -> None:
    """Refuse a change that one owner makes alone where it takes two. `first` is who proposed what `by` confirms."""
    if is_needed(ban, now=now):
        require_two(by=by, first=first)


def require_two(*, by: User, first: User | None) -> None:
    if first is None or first.pk == by.pk:
        raise DomainError(_t("So near to the cutoff this takes two owners: propose it, and another owner confirms it."))


def require_second(ban: Ban, *, by: User, first: User, now: datetime, always: bool) -> None:
    """Refuse whoever cannot be the second owner just now. The ban is held, so the owners stay as they are read here.

    `always`: it was proposed because it took two, and so it goes on to, wherever the cutoff stands meanwhile.
    """
    owners = set(ban.owners.active().values_list("pk", flat=True))
    if by.pk not in owners:
        raise DomainError(_t("Only owners of the ban can apply a proposal."))
    if not always and not is_needed(ban, now=now):
        return
    if first.pk not in owners:
        words = _t(
            "%(name)s is no owner of this ban any more, so only one owner would stand behind it. Propose it anew."
        )
        raise DomainError(words % {"name": first.name})
    fresh = _fresh(ban, now)
    if by.pk in fresh:
        raise DomainError(
            _t("You were named an owner less than a day ago. So near to the cutoff, confirm it a day after that.")
        )
    if first.pk in fresh:  # or whoever named them could have them propose, and confirm it themselves
        words = _t(
            "%(name)s was named an owner less than a day ago. So near to the cutoff, confirm it a day after that."
        )
        raise DomainError(words % {"name": first.name})


def _fresh(ban: Ban, now: datetime) -> set[int]:
    """Who was named an owner of the ban in force within `SETTLED`."""
    named = ban.events.filter(verb=Event.Verb.OWNERS_CHANGED, at__gt=now - SETTLED).values_list("data", flat=True)
    return {pk for data in named for pk in data.get("joined", [])}
