"""Old tool and new tool, person by person: what the signals say, and how old they are. Frozen rows.

It says no more than a state of each: raw signals are for the person they are about (see held.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, CharField, DateField, FilteredRelation, Max, Q, Value, When
from django.db.models.expressions import Combinable

from migration_planner.lib import statements
from migration_planner.planning.contradicting import IN_USE_DAYS
from migration_planner.planning.models import Ban, Side, SignalSource, Use
from migration_planner.planning.models.checklists import ChecklistQuerySet


@dataclass(frozen=True)
class Data:
    """Up to which day the sources have reported of the old tool and of the new one; None where none has."""

    old: date | None
    new: date | None

    def __bool__(self) -> bool:
        return bool(self.old or self.new)

    def side(self, newest: date | None, last: date | None) -> Side:
        if last is None or newest is None:
            return Side.NEVER
        return Side.IN_USE if last > newest - timedelta(days=IN_USE_DAYS) else Side.STOPPED


@dataclass(frozen=True)
class Age:
    """The newest data of one tool, and how many days old it is."""

    tool: str
    newest: date | None
    days: int


@dataclass(frozen=True)
class Status:
    """One person's two sides."""

    old: Side
    new: Side


@dataclass(frozen=True)
class Row:
    """People by the state of the old tool, with one count for each state of the new one, in the order of `Side`."""

    old: Side
    counts: tuple[int, ...]

    @property
    def cells(self) -> list[tuple[Side, int]]:
        return list(zip(Side, self.counts, strict=True))


@dataclass(frozen=True)
class Sides:
    """The small table of a team or a ban."""

    rows: tuple[Row, ...]
    ages: tuple[Age, ...]

    @property
    def is_moved(self) -> int:
        """Those whose old tool has stopped and whose new one is in use."""
        return self.rows[1].counts[0]

    @property
    def columns(self) -> list[Side]:
        return list(Side)


def data(ban: Ban, *, known: bool = True) -> Data:
    """How far the data about a ban's two tools goes. One query; none where it is known that there is nothing."""
    if not known:
        return Data(None, None)
    newest = dict(
        SignalSource.objects.filter(tool__in=[ban.tool_id, ban.replacement_id])
        .values_list("tool")
        .annotate(newest=Max("newest_day"))
    )
    return Data(newest.get(ban.tool_id), newest.get(ban.replacement_id))


#: The rows of a ban are one look at an index; those of a team and all below it are summed.
COUNTED = "SELECT old, new, people FROM planning_usecount WHERE ban_id = %(ban)s AND migration_id IS NULL"
COUNTED_BELOW = """
    SELECT counted.old, counted.new, sum(counted.people)
    FROM planning_migration AS migration JOIN planning_usecount AS counted
      ON counted.ban_id = %(ban)s AND counted.migration_id = migration.id
    WHERE migration.ban_id = %(ban)s
      AND (migration.path = %(path)s OR (migration.path >= %(path)s || '/' AND migration.path < %(path)s || '0'))
    GROUP BY 1, 2
"""


def sides(ban: Ban, found: Data, path: str = "", *, now: datetime) -> Sides | None:
    """Old × new for the people of a ban, or of the team at `path` with all below; None without any data. One query."""
    if not found:
        return None
    counted = statements.rows(COUNTED_BELOW if path else COUNTED, ban=ban.pk, path=path)
    counts = {(old, new): int(people) for old, new, people in counted}
    rows = tuple(Row(old, tuple(counts.get((str(old), str(new)), 0) for new in Side)) for old in Side)
    return Sides(rows, ages(ban, found, now=now))


def ages(ban: Ban, found: Data, *, now: datetime) -> tuple[Age, ...]:
    """How old the data of the old tool, and of the new one, is."""
    tools = ((ban.tool.name, found.old), (ban.replacement.name, found.new))
    return tuple(Age(name, newest, max((now.date() - newest).days, 0) if newest else 0) for name, newest in tools)


def of_people(ban: Ban, found: Data, people: Iterable[int]) -> dict[int, Status]:
    """The two sides of each of these people; nothing without any data. One query."""
    if not found:
        return {}
    wanted = list(people)
    days: dict[tuple[int, int], date] = {
        (person, tool): day
        for person, tool, day in Use.objects.filter(
            person__in=wanted, tool__in=[ban.tool_id, ban.replacement_id]
        ).values_list("person", "tool", "last_day")
    }
    return {
        person: Status(
            found.side(found.old, days.get((person, ban.tool_id))),
            found.side(found.new, days.get((person, ban.replacement_id))),
        )
        for person in wanted
    }


def with_last_uses(rows: ChecklistQuerySet, ban: Ban) -> ChecklistQuerySet:
    """Adds `old_use` and `new_use`, the last use of either tool, for `in_words`."""
    old, new = (
        FilteredRelation("person__uses", condition=Q(person__uses__tool=tool))
        for tool in (ban.tool_id, ban.replacement_id)
    )
    return rows.annotate(old_use=old, new_use=new)


def in_words(found: Data) -> tuple[Combinable, ...]:
    """Columns over rows `with_last_uses`: the two sides, and how far the data goes; empty where there is none."""
    sides = _side("old_use__last_day", found.old), _side("new_use__last_day", found.new)
    return *sides, *(Value(newest, output_field=DateField()) for newest in (found.old, found.new))


def _side(day: str, newest: date | None) -> Combinable:
    """What `Data.side` says of the last day of use, in words."""
    if newest is None:
        return Value("")
    in_use = Q(**{f"{day}__gt": newest - timedelta(days=IN_USE_DAYS)})
    sides = (in_use, Side.IN_USE), (Q(**{f"{day}__isnull": False}), Side.STOPPED)
    words = [When(condition, then=Value(str(side.label))) for condition, side in sides]
    return Case(*words, default=Value(str(Side.NEVER.label)), output_field=CharField())
