"""The organisation of a ban's audience as a tree: the teams at the top, and those below each team that was opened.

A few queries, however many teams are open; of each opened team at most `WIDE` rows are shown.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from migration_planner.planning import progress
from migration_planner.planning.models import Ban
from migration_planner.planning.progress import Overview, TeamRow

#: How many teams may stand open at once, and how many rows each of them shows.
MOST_OPEN, WIDE = 20, 100

#: What the rows of one team are sorted by; a minus before it turns it round.
COLUMNS: dict[str, Callable[[TeamRow], Any]] = {
    "team": lambda row: row.name,
    "people": lambda row: row.figures.people,
    "done": lambda row: row.figures.done / row.figures.people if row.figures.people else 0,
    "verified": lambda row: row.figures.verified,
    "claimed": lambda row: row.figures.claimed,
    "started": lambda row: row.figures.started,
    "blocked": lambda row: row.figures.blocked,
    "waived": lambda row: row.figures.waived,
    "not_started": lambda row: row.figures.not_started,
    "unfinished": lambda row: row.figures.unfinished,
}
DEFAULT = "-unfinished"


@dataclass(frozen=True)
class Branch:
    """A row of the tree: `depth` from the top, whether it is open, whether there is anything below it, and how many rows of
    an open one are not shown. `is_own` is the people counted in the team above it itself."""

    row: TeamRow
    depth: int
    is_open: bool = False
    has_below: bool = False
    is_own: bool = False
    hidden: int = 0


@dataclass(frozen=True)
class Tree:
    """All branches from the top down, and the figures of the whole audience, which those at the top add up to."""

    total: Overview
    branches: list[Branch]
    hidden: int


def of_ban(ban: Ban, opened: Iterable[int], sort: str = DEFAULT) -> Tree:
    """The tree with these teams open, sorted within each; an order there is not is the usual one."""
    top = progress.of_audience(ban)
    paths = ban.migrations.filter(team__in=list(opened)[:MOST_OPEN]).values_list("path", flat=True)
    below = progress.below_each(ban, list(paths)) if opened else {}
    grower = _Grower(below, sort if sort.removeprefix("-") in COLUMNS else DEFAULT)
    rows = [*([top.own] if top.own else []), *top.rows]
    own = {top.own.path} if top.own else set()
    return Tree(top, list(grower.grow(rows, 0, own)), max(len(rows) - WIDE, 0))


@dataclass(frozen=True)
class _Grower:
    below: dict[str, list[TeamRow]]
    sort: str

    def grow(self, rows: Sequence[TeamRow], depth: int, own: set[str]) -> Iterator[Branch]:
        """`own` has the path of the team whose rows these are, if people are counted in it."""
        for row in self._sorted(rows)[:WIDE]:
            is_own, found = row.path in own, self.below.get(row.path, [])
            is_open = bool(found) and not is_own
            has_below = not is_own and row.teams > 1
            yield Branch(row, depth, is_open, has_below, is_own, max(len(found) - WIDE, 0) if is_open else 0)
            if is_open:
                yield from self.grow(found, depth + 1, {row.path})

    def _sorted(self, rows: Sequence[TeamRow]) -> list[TeamRow]:
        key, backwards = COLUMNS[self.sort.removeprefix("-")], self.sort.startswith("-")
        return sorted(sorted(rows, key=lambda row: row.path), key=key, reverse=backwards)
