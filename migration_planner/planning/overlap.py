"""Teams that several bans ask something of at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

#: Every team of the company is summed, so nothing is done for each of them that the few shown need: their paths, their bans.
STATEMENT = """
    WITH meeting AS (
        SELECT team_id, count(*) AS bans, max(people) AS people, sum(people - done - waived) AS unfinished
        FROM planning_migration
        WHERE ban_id = ANY(%(bans)s) AND people > done + waived
        GROUP BY team_id HAVING count(*) > 1
    ), shown AS (
        SELECT *, count(*) OVER () AS all_of_them FROM meeting ORDER BY bans DESC, unfinished DESC, team_id LIMIT %(most)s
    )
    SELECT shown.team_id, team.path,
           (SELECT array_agg(ban_id ORDER BY ban_id) FROM planning_migration AS here
            WHERE here.team_id = shown.team_id AND here.ban_id = ANY(%(bans)s) AND here.people > here.done + here.waived),
           shown.people, shown.unfinished, shown.all_of_them
    FROM shown JOIN people_team AS team ON team.id = shown.team_id
    ORDER BY shown.bans DESC, shown.unfinished DESC, team.path
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
