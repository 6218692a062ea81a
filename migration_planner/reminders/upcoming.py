"""What will fall under a ban: of a draft from its announcement on, of a ban in force what is not planned yet."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from migration_planner.planning.models import Ban
from migration_planner.reminders import weekly
from migration_planner.reminders.escalating import Levels
from migration_planner.reminders.falling import ANNOUNCEMENT, BUNDLE, Fall, Window, falls, first_hour, mondays
from migration_planner.reminders.groups import Group, Reach
from migration_planner.reminders.ladder import rungs_of
from migration_planner.reminders.models import Heartbeat, Reminder, Rung
from migration_planner.reminders.models.escalations import level_of
from migration_planner.reminders.models.rungs import role_of
from migration_planner.reminders.planning import AHEAD

#: Rungs after the cutoff go on for as long as the ban does; a preview shows these.
SHOWN_AFTER = timedelta(days=28)
Kind = Reminder.Kind


@dataclass(frozen=True)
class Coming:
    """The stretch of time a preview derives, and how: a draft from its announcement on, else what is not planned yet."""

    ban: Ban
    window: Window
    rungs: list[Rung]
    levels: Levels
    after: datetime
    announces: bool

    @classmethod
    def of(cls, ban: Ban, *, now: datetime) -> "Coming":
        levels, rungs = Levels.of(ban, now=now), rungs_of(ban, now=now)
        window = levels.window
        planner = Heartbeat.objects.filter(pk=Heartbeat.Of.PLANNER).first() if ban.is_live else None
        if planner and ban.reminders.exists():
            return cls(ban, window, rungs, levels, planner.up_to + AHEAD, announces=False)
        return cls(ban, window, rungs, levels, now, announces=True)

    @property
    def reach(self) -> Reach:
        return Reach(self.rungs, [self.levels])

    @property
    def until(self) -> datetime:
        return max(self.window.cutoff_at, self.after) + SHOWN_AFTER

    def heard(self, group: Group) -> dict[date, list[Fall]]:
        """What falls for the group, by its own days, whether or not its week is full."""
        found: dict[date, list[Fall]] = defaultdict(list)
        for fall in self._all(group):
            if fall.rung == ANNOUNCEMENT or not group.on_leave(fall.day):
                found[fall.day].append(fall)
        return found

    def _all(self, group: Group) -> Iterable[Fall]:
        place, after = group.place, self.after
        for deadline, roles in group.by_deadline().items():
            heard = [rung for rung in self.rungs if rung.role in roles]
            yield from falls(heard, self.window.until(deadline), place, after=after, until=self.until)
            above = self.levels.falls(place, deadline, after=after, until=self.until)
            yield from (fall for fall in above if self.levels.role(fall.rung) in roles)
        if group.asked and self.announces:
            due_at = first_hour(after, self.window.cutoff_at, place)
            yield Fall(place.zone, place.hour, place.calendar, ANNOUNCEMENT, place.day(due_at), due_at, after)
        if group.leads:
            yield from mondays(self.window, place, after=after, until=self.until)


def rank_of(fall: Fall) -> int:
    return weekly.rank(kind_of(fall.rung), fall.due_at, fall.reckoned_from)


def kind_of(rung: str) -> str:
    if rung in (ANNOUNCEMENT, BUNDLE):
        return str(Kind.ANNOUNCEMENT if rung == ANNOUNCEMENT else Kind.BUNDLE)
    if level_of(rung):
        return str(Kind.ESCALATION)
    return str(Kind.RUNG if role_of(rung).endswith(f"/{Rung.Recipient.PERSON}") else Kind.THEIRS)
