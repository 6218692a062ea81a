"""Teams that several bans ask something of at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

STATEMENT = """
    SELECT team_id, path, array_agg(ban_id ORDER BY ban_id), max(people), sum(people - done - waived), count(*) OVER ()
    FROM planning_migration
    WHERE ban_id = ANY(%(bans)s) AND people > done + waived
    GROUP BY team_id, path HAVING count(*) > 1
    ORDER BY count(*) DESC, sum(people - done - waived) DESC, path
    LIMIT %(most)s
"""


@dataclass(frozen=True)
class Row:
    """A team with people of its own still to finish under each of `bans`; `unfinished` counts a person once for each ban."""

    team_id: int
    path: str
    bans: list[int]
    people: int
    unfinished: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def above(self) -> str:
        return self.path.rpartition("/")[0].replace("/", " / ")


@dataclass(frozen=True)
class Overlap:
    """The teams under most bans, most first, and how many there are in all."""

    rows: list[Row]
    teams: int


def of_bans(ban_ids: Iterable[int], *, most: int = 20) -> Overlap:
    """Teams under at least two of these bans with somebody unfinished in each. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {"bans": list(ban_ids), "most": most})
        found = cursor.fetchall()
    rows = [Row(team, path, bans, people, int(unfinished)) for team, path, bans, people, unfinished, _all in found]
    return Overlap(rows, found[0][5] if found else 0)
