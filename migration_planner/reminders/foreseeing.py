"""What a change of a ladder, a cutoff, or somebody's hour would do to the mail to come, before anybody makes it.

Pure computation over the same places and the same functions that planning uses: nothing is written, nothing is locked. What
has gone out already is no part of it. Another cutoff makes every rung new, so that one which was sent may come again. What a
full week keeps silent, with the mail of all bans, is shown of neither (see weeks.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.lib.working_days import Calendar
from migration_planner.people.models import User
from migration_planner.planning.models import Ban
from migration_planner.reminders import escalating
from migration_planner.reminders.escalating import Levels
from migration_planner.reminders.falling import Fall, Place, Window, falls, mondays
from migration_planner.reminders.groups import Group, Reach
from migration_planner.reminders.ladder import Line, Short, in_order, rungs_of, with_announcement
from migration_planner.reminders.models import Rung
from migration_planner.reminders.places import place_of
from migration_planner.reminders.planning import AHEAD
from migration_planner.reminders.upcoming import SHOWN_AFTER
from migration_planner.reminders.weeks import Weeks

Key = tuple[str, int, datetime | None]
#: Marks an escalation as it would be after a change.
AFTER = "+"


@dataclass(frozen=True)
class Plan:
    """Under which window, ladder and escalation a ban writes."""

    window: Window
    rungs: Sequence[Rung]
    levels: Levels

    @classmethod
    def of(cls, ban: Ban) -> "Plan":
        return cls(Window.of(ban), rungs_of(ban), Levels.of(ban))

    def falls(self, group: Group, until: datetime) -> dict[Key, Fall]:
        """Everything that falls for a group from publishing on, by what makes it the same reminder before and after."""
        begin = self.window.published_at
        found = [
            (deadline, fall)
            for deadline, roles in group.by_deadline().items()
            for fall in falls(self._heard(roles), self.window.until(deadline), group.place, after=begin, until=until)
        ]
        weekly = mondays(self.window, group.place, after=begin, until=until) if group.leads else []
        keyed: dict[Key, Fall] = {(fall.rung, fall.occurrence, deadline): fall for deadline, fall in found}
        keyed |= {(fall.rung, 0, fall.reckoned_from): fall for fall in weekly}
        for deadline, roles in group.by_deadline().items():
            above = self.levels.falls(group.place, deadline, after=begin, until=until)
            keyed |= {(fall.rung, 0, deadline): fall for fall in above if self.levels.role(fall.rung) in roles}
        return {key: fall for key, fall in keyed.items() if not group.on_leave(fall.day)}

    def _heard(self, roles: set[str]) -> list[Rung]:
        return [rung for rung in self.rungs if rung.role in roles]


@dataclass(frozen=True)
class Day:
    """One date: the mails about the ban that would go on it as things are, and after the change."""

    day: date
    before: int
    after: int

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Foreseen:
    """Reminders that would be added, moved to another day, and cancelled; and the dates whose number of mails changes."""

    added: int
    moved: int
    cancelled: int
    days: list[Day] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return not (self.added or self.moved or self.cancelled)

    @property
    def mails_before(self) -> int:
        return sum(day.before for day in self.days)

    @property
    def mails_after(self) -> int:
        return sum(day.after for day in self.days)

    @property
    def changed_days(self) -> list[Day]:
        return [day for day in self.days if day.differs]


def of_ladder(ban: Ban, lines: Iterable[Short | Line], *, now: datetime) -> Foreseen:
    """What another ladder would change. Raises DomainError for one that makes no sense."""
    wanted = with_announcement([line.rung() for line in in_order(lines)], ban, now=now)
    before = Plan.of(ban)
    return _foresee(ban, before, replace(before, rungs=wanted), now=now)


def of_cutoff(ban: Ban, cutoff_at: datetime, *, now: datetime) -> Foreseen:
    """What another cutoff would change: the default ladder follows the length of notice, too. Refuses one that has passed."""
    if cutoff_at <= now:
        raise DomainError(_t("The new cutoff has passed already. Choose a later one, or close the ban."))
    moved = Ban(published_at=ban.published_at, cutoff_at=cutoff_at)
    before, window = Plan.of(ban), Window.of(moved)
    levels = replace(before.levels, window=window, mark=AFTER)
    after = Plan(window, with_announcement(list(ban.rungs.all()), moved, now=now), levels)
    return _foresee(ban, before, after, now=now)


def of_waivers(ban: Ban, waivers: Sequence[int], *, now: datetime) -> Foreseen:
    """What granting these waivers for all steps would change: their people hear nothing while they last.

    Told as if they lasted as long as the ban, since nobody knows how far each is to be shortened.
    """
    plan, weeks = Plan.of(ban), Weeks.of(ban, now=now)
    reach = Reach(plan.rungs, [plan.levels])
    left = {_key(group): group for group in weeks.groups(replace(reach, granted=tuple(waivers)))}
    pairs: list[tuple[Group, Group]] = []
    for group in weeks.groups(reach):
        stays = left.pop(_key(group), None)
        pairs += _parted(group, stays.people if stays else 0)
    pairs += [(_silenced(group), group) for group in left.values()]
    return _sum(plan, plan, pairs, weeks)


def of_wave(ban: Ban, before: datetime, after: datetime, *, now: datetime) -> Foreseen:
    """What another date of the waves that end at `before` would change for the people of their teams."""
    plan = Plan.of(ban)
    old, new = (f"@{int(moment.timestamp())}" for moment in (before, after))
    weeks = Weeks.of(ban, now=now)
    found = weeks.groups(Reach(plan.rungs, [plan.levels]))
    moved = [replace(group, roles=frozenset(_under(role, old, new) for role in group.roles)) for group in found]
    return _sum(plan, plan, list(zip(found, moved, strict=True)), weeks)


def _under(role: str, old: str, new: str) -> str:
    return f"{role.removesuffix(old)}{new}" if role.endswith(old) else role


def _key(group: Group) -> Group:
    return replace(group, people=0)


def _parted(group: Group, stay: int) -> list[tuple[Group, Group]]:
    """Those of a group that stays as it is, those who leave it, and those who come into it, each as before and after."""
    same, silent = replace(group, people=min(stay, group.people)), _silenced(group)
    fewer, more = max(group.people - stay, 0), max(stay - group.people, 0)
    found = [
        (same, same),
        (replace(group, people=fewer), silent),
        (replace(silent, people=more), replace(group, people=more)),
    ]
    return [pair for pair in found if pair[0].people]


def _silenced(group: Group) -> Group:
    return replace(group, roles=frozenset())


def of_graces(ban: Ban, graces: Sequence[int], *, now: datetime) -> Foreseen:
    """What another escalation would change. Raises DomainError for one that makes no sense."""
    before = Plan.of(ban)
    earlier = tuple(ban.waves.values_list("cutoff_at", flat=True))
    levels = Levels(before.window, escalating.checked(graces), AFTER, earlier)
    return _foresee(ban, before, replace(before, levels=levels), now=now)


def of_clock(person: User, zone: str, hour: int, *, now: datetime) -> list[tuple[Ban, Foreseen]]:
    """What another zone or reminder hour would change for one person, for each ban in force that asks something of them."""
    place = replace(place_of(person), zone=zone, hour=hour)
    asking = Ban.objects.live().filter(checklists__in=person.checklists.unfinished()).order_by("cutoff_at", "pk")
    return [
        (ban, _of_place(ban, person, place, now=now)) for ban in asking.select_related("tool", "replacement").distinct()
    ]


def of_calendar(site: str, days: Calendar, *, now: datetime) -> list[tuple[Ban, Foreseen]]:
    """What it would change for the people of a site, ban by ban in force, if they worked by these days. Only what changes."""
    found = [
        (ban, _of_site(ban, site, days, now=now)) for ban in Ban.objects.live().select_related("tool", "replacement")
    ]
    return [(ban, foreseen) for ban, foreseen in found if not foreseen.changes_nothing]


def _of_site(ban: Ban, site: str, days: Calendar, *, now: datetime) -> Foreseen:
    plan, weeks = Plan.of(ban), Weeks.of(ban, now=now)
    found = weeks.groups(Reach(plan.rungs, [plan.levels]), site=site)
    moved = [replace(group, place=replace(group.place, days=days)) for group in found]
    return _sum(plan, plan, list(zip(found, moved, strict=True)), weeks)


def _of_place(ban: Ban, person: User, place: Place, *, now: datetime) -> Foreseen:
    plan, weeks = Plan.of(ban), Weeks.of(ban, now=now)
    found = weeks.groups(Reach(plan.rungs, [plan.levels]), person)
    return _sum(plan, plan, [(group, replace(group, place=place)) for group in found], weeks)


def _foresee(ban: Ban, before: Plan, after: Plan, *, now: datetime) -> Foreseen:
    marked, weeks = {each.mark: each for each in (before.levels, after.levels)}, Weeks.of(ban, now=now)
    reached = weeks.groups(Reach([*before.rungs, *after.rungs], list(marked.values())))
    return _sum(before, after, [(group, group) for group in reached], weeks)


def _sum(before: Plan, after: Plan, pairs: Iterable[tuple[Group, Group]], weeks: Weeks) -> Foreseen:
    now, until = weeks.now, max(before.window.cutoff_at, after.window.cutoff_at, weeks.now + AHEAD) + SHOWN_AFTER
    totals: Counter[str] = Counter()
    days: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    again = before.window.cutoff_at != after.window.cutoff_at
    for group, changed in pairs:
        old, new = before.falls(group, until), after.falls(changed, until)
        if not again:
            new = {key: fall for key, fall in new.items() if key not in old or old[key].due_at > now}
        old, new = _ahead(old, now), _ahead(new, now)
        for name, number in _differences(old, new).items():
            totals[name] += number * group.people
        for place, (whose, found) in enumerate(((group, old), (changed, new))):
            for day in {fall.day for fall in found.values()} - weeks.silent(whose, found.values()):
                days[day][place] += group.people
    return Foreseen(
        totals["added"], totals["moved"], totals["cancelled"], [Day(day, *days[day]) for day in sorted(days)]
    )


def _ahead(found: dict[Key, Fall], now: datetime) -> dict[Key, Fall]:
    return {key: fall for key, fall in found.items() if fall.due_at > now}


def _differences(old: dict[Key, Fall], new: dict[Key, Fall]) -> dict[str, int]:
    return {
        "added": len(new.keys() - old.keys()),
        "cancelled": len(old.keys() - new.keys()),
        "moved": sum(old[key].due_at != new[key].due_at for key in old.keys() & new.keys()),
    }
