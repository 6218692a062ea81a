"""The escalation of a ban: its levels, the days on which they fall, and changing them. Who is told of whom: upward.py.

The rules, and why: docs/decisions/0016-escalation.md.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event
from migration_planner.reminders.falling import Fall, Place, Window
from migration_planner.reminders.models import Escalation, Reminder
from migration_planner.reminders.models.escalations import MOST_GRACE, MOST_LEVELS, key_of
from migration_planner.reminders.models.rungs import role_of
from migration_planner.reminders.places import places


@dataclass(frozen=True)
class Levels:
    """The levels of one ban's escalation. `mark` tells two escalations of the same ban apart, before and after a change.

    They are counted from the deadline of the team that somebody is in: that of its wave (`earlier`), else the cutoff.
    """

    window: Window
    graces: tuple[int, ...] = ()
    mark: str = ""
    earlier: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, ban: Ban, *, now: datetime | None = None) -> "Levels":
        graces = graces_of(ban)
        earlier = ban.waves.values_list("cutoff_at", flat=True) if graces else ()
        return cls(Window.of(ban, now=now), graces, earlier=tuple(earlier))

    @property
    def deadlines(self) -> list[datetime | None]:
        """Those of the waves, and None for the cutoff."""
        return [*sorted(set(self.earlier)), None]

    @property
    def keys(self) -> list[str]:
        return [key_of(level) for level in range(1, len(self.graces) + 1)]

    @property
    def roles(self) -> list[str]:
        return [self.role(key) for key in self.keys]

    def role(self, key: str) -> str:
        return f"{role_of(key)}{self.mark}"

    def only(self, deadlines: Collection[datetime]) -> "Levels":
        """The same under few of its deadlines, and the cutoff: the others are not looked at."""
        return replace(self, earlier=tuple(each for each in self.earlier if each in deadlines))

    def at(self, deadline: datetime | None) -> datetime:
        return deadline or self.window.cutoff_at

    def falls(self, place: Place, deadline: datetime | None = None, *, after: datetime, until: datetime) -> list[Fall]:
        """The levels under one deadline that fall in [after, until) for a manager at this place."""
        found = [
            Fall(place.zone, place.hour, place.calendar, key, day, place.instant(day), self.at(deadline))
            for key, day in zip(self.keys, self._days(place, deadline), strict=True)
        ]
        return [fall for fall in found if after <= fall.due_at < until]

    def _days(self, place: Place, deadline: datetime | None) -> list[date]:
        """By level, its day at a place: so many working days after the deadline, by the manager's calendar."""
        last_day = place.day(self.at(deadline))
        return [place.days.add(last_day, days) for days in accumulate(self.graces)]

    def numbered(self) -> list[tuple[str, int, str, datetime]]:
        """(role, number, under, deadline) of each level under each deadline."""
        return [
            (role, number, under(deadline), self.at(deadline))
            for deadline in self.deadlines
            for number, role in enumerate(self.roles, 1)
        ]

    def absences(self, where: Iterable[Place]) -> list[tuple[str, str, str, int, int, date]]:
        """(role, under, zone, hour, calendar, day) of each level: on which day a manager at a place has to be there."""
        return [
            (self.role(key), under(deadline), place.zone, place.hour, place.calendar, day)
            for place in where
            for deadline in self.deadlines
            for key, day in zip(self.keys, self._days(place, deadline), strict=True)
        ]


def under(deadline: datetime | None) -> str:
    """A deadline as the end of a role: nothing for the cutoff (see groups.py)."""
    return f"@{int(deadline.timestamp())}" if deadline else ""


def graces_of(ban: Ban) -> tuple[int, ...]:
    """Working days by level; none where the ban escalates nothing."""
    found = Escalation.objects.filter(ban=ban.pk).values_list("graces", flat=True).first() if ban.pk else None
    return tuple(found or ())


def of_bans(bans: Iterable[int]) -> dict[int, Levels]:
    """The escalations of those of these bans that have one."""
    found = Escalation.objects.filter(ban__in=set(bans)).select_related("ban").prefetch_related("ban__waves")
    return {
        each.ban_id: Levels(
            Window.of(each.ban), tuple(each.graces), earlier=tuple(wave.cutoff_at for wave in each.ban.waves.all())
        )
        for each in found
    }


def live() -> dict[int, Levels]:
    """The escalations of all bans in force."""
    return of_bans(Ban.objects.live().values_list("pk", flat=True))


def parameters(known: Iterable[tuple[int, Levels]]) -> dict[str, list[Any]]:
    """What the statements of upward.py want to know of the escalations of these bans: levels, and days of absence."""
    known = list(known)
    away = of_absent() if known else []
    levels = [(ban, *row) for ban, each in known for row in each.numbered()]
    days = [(ban, *row) for ban, each in known for row in each.absences(away)]
    names = {
        "level": ("bans", "roles", "numbers", "unders", "deadlines"),
        "day": ("bans", "roles", "unders", "zones", "hours", "calendars", "days"),
    }
    return {
        f"{prefix}_{name}": [row[place] for row in found]
        for prefix, found in (("level", levels), ("day", days))
        for place, name in enumerate(names[prefix])
    }


def of_absent() -> list[Place]:
    """Where line managers are of whom a leave is known."""
    return places(
        """
        WHERE person.leave_from IS NOT NULL
          AND EXISTS (SELECT FROM people_user AS report WHERE report.line_manager_id = person.id)
        """
    )


def of_managers() -> list[Place]:
    """Where line managers are."""
    return places(
        """
        WHERE person.is_active AND EXISTS (SELECT FROM people_user AS report WHERE report.line_manager_id = person.id)
        """
    )


@transaction.atomic
def set_graces(ban: Ban, graces: Sequence[int], *, by: User, now: datetime, why: str = "") -> bool:
    """Let a draft or published ban escalate after so many working days by level, or (none) not at all. False when it does
    so already. Raises DomainError for numbers that make no sense."""
    wanted = checked(graces)
    row = Ban.objects.select_for_update().get(pk=ban.pk)
    if row.state not in (Ban.State.DRAFT, Ban.State.PUBLISHED):
        raise DomainError(_t("This ban has ended; no more reminders go out."))
    before = graces_of(ban)
    if before == wanted:
        return False
    if wanted:
        Escalation.objects.update_or_create(ban=row, defaults={"graces": list(wanted)})
    else:
        Escalation.objects.filter(ban=row).delete()
    data = {"before": list(before), "after": list(wanted)}
    Event.record(Event.Verb.ESCALATION_CHANGED, by=by, now=now, why=why.strip(), ban=ban, data=data)
    return True


def checked(graces: Sequence[int]) -> tuple[int, ...]:
    """The graces, when each is a number that makes sense and there are not too many of them."""
    if len(graces) > MOST_LEVELS:
        raise DomainError(_t("An escalation has at most %(most)d levels.") % {"most": MOST_LEVELS})
    if not all(1 <= grace <= MOST_GRACE for grace in graces):
        raise DomainError(
            _t("Each level waits from 1 to %(most)d working days. Leave a level empty to end there.")
            % {"most": MOST_GRACE}
        )
    return tuple(graces)


def heard(person: User) -> list[tuple[int, str, datetime]]:
    """(ban in force, rung, latest deadline) of the escalations that went to a manager: what they were told of."""
    found = Reminder.objects.sent().filter(person=person, kind=Reminder.Kind.ESCALATION, ban__state=Ban.State.PUBLISHED)
    latest = found.order_by("ban", "rung").values_list("ban", "rung").annotate(Max("reckoned_from"))
    return list(latest)
