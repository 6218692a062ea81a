"""In the last days before the cutoff, what is banned, for whom and until when is changed by two owners: one proposes, another
applies. The rules, and why: docs/decisions/0024-a-second-owner.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import ngettext

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban


class NeedsSecondOwner(DomainError):
    """One owner alone cannot make this change now; it can be proposed (see proposing.py)."""


@dataclass(frozen=True)
class Second:
    """That changes wait for a second owner: in force for the last so many days, and who could be that owner."""

    days: int
    others: tuple[User, ...]


def is_frozen(ban: Ban, *, now: datetime) -> bool:
    """From so many days before the cutoff until the ban ends. Without such days (0), never."""
    days = settings.SECOND_OWNER_DAYS
    return bool(days and ban.is_live and ban.cutoff_at and now >= ban.cutoff_at - timedelta(days=days))


def require_second(ban: Ban, *, now: datetime, proposed_by: User | None) -> None:
    """Refuse a change that nobody else has proposed. Raises NeedsSecondOwner."""
    if proposed_by is None and is_frozen(ban, now=now):
        words = ngettext(
            "From %(days)d day before the cutoff on, this needs two owners: propose it, and another owner applies it.",
            "From %(days)d days before the cutoff on, this needs two owners: propose it, and another owner applies it.",
            settings.SECOND_OWNER_DAYS,
        )
        raise NeedsSecondOwner(words % {"days": settings.SECOND_OWNER_DAYS})


def second(ban: Ban, user: User, *, now: datetime) -> Second | None:
    """What the pages of changes say beforehand; None while one owner is enough."""
    if not is_frozen(ban, now=now):
        return None
    others = ban.owners.active().exclude(pk=user.pk).order_by("name")
    return Second(settings.SECOND_OWNER_DAYS, tuple(others.only("name", "email", "is_active")))
