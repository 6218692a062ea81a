"""What else fills the weeks of those whom a ban writes to: its own mail that stands or has gone, and that of every other ban.

For looks at a change. A calendar knows the same by the same statement (see readers.py). Where no week has a limit nothing of it
is asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.conf import settings

from migration_planner.people.models import User
from migration_planner.planning.models import Ban
from migration_planner.reminders import weekly
from migration_planner.reminders.falling import Fall
from migration_planner.reminders.groups import Group, Reach, groups
from migration_planner.reminders.readers import Everybody, Reader
from migration_planner.reminders.upcoming import Coming, rank_of


@dataclass(frozen=True)
class Weeks:
    """The other bans in force, by number; none where no week has a limit."""

    ban: Ban
    others: Mapping[int, Coming]
    now: datetime
    #: What was worked out already: many groups hear the same of another ban.
    known: dict[tuple[int, Group], dict[date, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, ban: Ban, *, now: datetime) -> "Weeks":
        others = Ban.objects.live().exclude(pk=ban.pk) if settings.MAIL_PER_WEEK else Ban.objects.none()
        found = [Coming.of(each, now=now) for each in others.prefetch_related("rungs")]
        return cls(ban, {each.ban.pk: each for each in found}, now)

    def groups(self, reach: Reach, person: User | None = None, site: str | None = None) -> list[Group]:
        """Whom the ban reaches, grouped by all that decides what they hear and when their week is full."""
        if not settings.MAIL_PER_WEEK:
            return groups(self.ban, reach, person, site)
        reached = [(self.ban, reach), *((each.ban, each.reach) for each in self.others.values())]
        readers = Everybody.of(reached, now=self.now, person=person, site=site, derived=False).grouped()
        return [self._group(each) for each in readers if self.ban.pk in each.groups]

    def _group(self, reader: Reader) -> Group:
        beside = [(ban, each.roles) for ban, each in sorted(reader.groups.items()) if ban != self.ban.pk]
        standing = sorted((day, rank) for day, (rank, _mine) in reader.standing.items())
        return replace(reader.groups[self.ban.pk], beside=tuple(beside), standing=tuple(standing))

    def silent(self, group: Group, falls: Iterable[Fall]) -> set[date]:
        """The days on which somebody's week is full, if this is what falls for them of the ban."""
        if not settings.MAIL_PER_WEEK:
            return set()
        ranks = dict(group.standing)
        for fall in falls:
            ranks[fall.day] = max(rank_of(fall), ranks.get(fall.day, 0))
        for heard in self._heard(group):
            for day, rank in heard.items():
                ranks[day] = max(rank, ranks.get(day, 0))
        return weekly.silent(ranks, settings.MAIL_PER_WEEK)

    def _heard(self, group: Group) -> Iterator[dict[date, int]]:
        """What falls of each other ban: by day, how much it matters."""
        for ban, roles in group.beside:
            alone = replace(group, roles=roles, people=0, beside=(), standing=())
            if (ban, alone) not in self.known:
                found = self.others[ban].heard(alone)
                self.known[ban, alone] = {day: max(map(rank_of, fallen)) for day, fallen in found.items()}
            yield self.known[ban, alone]
