"""Changes to a ban in force. Each has a reason, stands in history, and is told once to the people it affects.

Who is told follows from the events written here: the clock derives the notices from them (see reminders/planning.py).
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.people.models import User
from migration_planner.planning import audience, locks, seconding
from migration_planner.planning.counting import recount
from migration_planner.planning.models import Ban, Event
from migration_planner.planning.models.bans import CUTOFF
from migration_planner.planning.scans import weighing

#: A reason stands in the mail of everybody it affects.
LONGEST_REASON = 2000


@transaction.atomic
def move_cutoff(
    ban: Ban, day: date, at: time, zone: str, *, by: User, now: datetime, why: str, first: User | None = None
) -> bool:
    """Give a published ban another cutoff. False when it is the one it has. Later reminders follow the new date.

    In the last days, before the old cutoff or the new one, it takes two owners; `first` is who proposed it (see seconding.py).
    """
    hold(ban, why)
    before = ban.cutoff_at
    if (ban.cutoff_date, ban.cutoff_time, ban.cutoff_zone) == (day, at, zone):
        return False
    frozen = seconding.is_needed(ban, now=now)
    ban.set_cutoff(day, at, zone)
    if ban.cutoff_at is None or ban.cutoff_at <= now:
        raise DomainError(_t("The new cutoff has passed already. Choose a later one, or close the ban."))
    if frozen or seconding.is_needed(ban, now=now):
        seconding.require_two(by=by, first=first)
    ban.keep_waves_in_zone()
    if ban.waves.filter(cutoff_at__gte=ban.cutoff_at).exists():
        raise DomainError(_t("A wave would end after the new cutoff. Move that wave first."))
    ban.save(update_fields=CUTOFF)
    recount(ban)  # the deadlines of teams in no wave
    data = {"before": before.isoformat() if before else None, "after": ban.cutoff_at.isoformat(), "zone": zone}
    Event.record(Event.Verb.CUTOFF_MOVED, by=by, now=now, why=why.strip(), ban=ban, data=data)
    return True


@transaction.atomic
def change_steps(ban: Ban, change: Callable[[], dict[str, Any]], *, by: User, now: datetime, why: str) -> None:
    """Apply `change` to the steps of a published ban; it returns what it did, for history, or nothing when it did nothing.

    Everybody is counted again.
    """
    hold(ban, why)
    if not (data := change()):
        return
    ban.count_steps()
    if not ban.required_steps:
        raise DomainError(_t("Ask for at least one required step of each person."))
    weighing.weigh(ban, now=now)
    recount(ban)
    Event.record(_verb(data), by=by, now=now, why=why.strip(), ban=ban, data=data)


def _verb(data: dict[str, Any]) -> Event.Verb:
    """Another order asks nothing new of anybody, so nobody is told of it."""
    return Event.Verb.STEPS_ORDERED if data.get("fields") == ["place"] else Event.Verb.STEPS_CHANGED


@transaction.atomic
def change_audience(
    ban: Ban, change: Callable[[], None], *, by: User, now: datetime, why: str, first: User | None = None
) -> dict[str, int]:
    """Apply `change` to the audience of a published ban; checklists follow. Returns who joined, moved, stopped, returned.

    In the last days it takes two owners; `first` is who proposed it.
    """
    locks.hold_roster()
    hold(ban, why)
    seconding.require(ban, by=by, first=first, now=now)
    change()
    if not audience.homes(ban).exists():
        raise DomainError(_t("Choose an audience with at least one person in it."))
    numbers = audience.follow(ban, now=now)
    Event.record(Event.Verb.AUDIENCE_CHANGED, by=by, now=now, why=why.strip(), ban=ban, data=numbers)
    return numbers


@transaction.atomic
def change_scope(
    ban: Ban, text: str, *, by: User, now: datetime, why: str, seen: int = 0, first: User | None = None
) -> bool:
    """Put a new version of the scope statement in force. False when the words are the same.

    `seen` is the version the editor had in front of them; raises ChangedMeanwhile when a newer one is in force.
    In the last days it takes two owners; `first` is who proposed it.
    """
    hold(ban, why)
    seconding.require(ban, by=by, first=first, now=now)
    if not text.strip():
        raise DomainError(_t("Write the scope statement: what is and what is not banned."))
    if ban.scope and ban.scope.text == text.strip():
        return False
    require_seen(ban, seen)
    statement = ban.write_scope(text, by=by, now=now)
    data = {"version": statement.version if statement else None}
    Event.record(Event.Verb.SCOPE_CHANGED, by=by, now=now, why=why.strip(), ban=ban, data=data)
    return True


def require_seen(ban: Ban, seen: int) -> None:
    """Refuse words that were written over an older version than the one in force."""
    before = ban.scope
    if before and seen and before.version != seen:
        raise ChangedMeanwhile(
            _t(
                "Version %(version)d has been written since you opened this page. Compare it with yours, and save again."
            )
            % {"version": before.version}
        )


@transaction.atomic
def change_owners(ban: Ban, owners: Sequence[User], *, by: User, now: datetime, why: str) -> bool:
    """Let these people run a published ban. False when they do so already."""
    hold(ban, why)
    if not owners:
        raise DomainError(_t("Name at least one owner."))
    before, after = set(ban.owners.values_list("email", flat=True)), {owner.email for owner in owners}
    if before == after:
        return False
    ban.owners.set(owners)
    joined = sorted(owner.pk for owner in owners if owner.email not in before)
    data = {"added": sorted(after - before), "removed": sorted(before - after), "joined": joined}
    Event.record(Event.Verb.OWNERS_CHANGED, by=by, now=now, why=why.strip(), ban=ban, data=data)
    return True


def hold(ban: Ban, why: str) -> None:
    """Hold a ban in force alone and read it again. Raises DomainError when it is in force no more, or no reason is given."""
    locks.hold_ban_alone(ban.pk)
    ban.refresh_from_db()
    if not ban.is_live:
        raise DomainError(ban.standing)
    if not why.strip():
        raise DomainError(_t("Say why; the people affected will read it."))
    require_short(why)


def require_short(why: str) -> None:
    if len(why) > LONGEST_REASON:
        raise DomainError(
            _t("Keep the reason within %(limit)d characters; link to anything longer.") % {"limit": LONGEST_REASON}
        )
