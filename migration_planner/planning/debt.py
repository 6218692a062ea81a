"""What waivers cost: person-days by reason and by team, those that end soon, those extended again and again. Frozen rows.

A fixed number of queries. A waiver counts from the day it is granted to its end, or to the day the person finished.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from migration_planner.planning.models import Ban, Checklist, Waiver
from migration_planner.planning.models.waivers import WaiverQuerySet

#: How many teams the page lists, and how many waivers that end soon or were extended twice.
TEAMS, LISTED = 20, 20
#: What ends within this time ends soon.
SOON = timedelta(days=14)

#: Days a granted waiver has lasted up to %(now)s, and days it has still to go.
DAYS = """
    greatest(extract(epoch FROM least(coalesce(waiver.ended_at, %(now)s), coalesce(checklist.done_at, %(now)s), %(now)s)
                                - waiver.granted_at), 0) / 86400 AS past,
    CASE WHEN waiver.state = 'granted' AND checklist.state NOT IN ('done', 'stopped')
         THEN greatest(extract(epoch FROM waiver.until_at - %(now)s), 0) / 86400 ELSE 0 END AS ahead,
    waiver.state = 'granted' AND checklist.state NOT IN ('done', 'stopped') AS stands
"""
FROM = """
    FROM planning_waiver AS waiver JOIN planning_checklist AS checklist ON checklist.id = waiver.checklist_id
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id
    WHERE waiver.ban_id = %(ban)s AND waiver.granted_at IS NOT NULL
"""
BY_REASON = f"""
    SELECT reason, count(*) FILTER (WHERE stands)::int, sum(past)::float, sum(ahead)::float
    FROM (SELECT waiver.reason, {DAYS} {FROM}) AS each GROUP BY reason ORDER BY sum(past) + sum(ahead) DESC, reason
"""  # noqa: S608 - constants of this module
BY_TEAM = f"""
    SELECT path, team_id, count(*) FILTER (WHERE stands)::int, sum(past)::float, sum(ahead)::float
    FROM (SELECT migration.path, migration.team_id, {DAYS} {FROM}) AS each
    GROUP BY path, team_id ORDER BY sum(past) + sum(ahead) DESC, path LIMIT %(teams)s
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Row:
    """Waivers in force, and their person-days so far and still to come, of one reason or one team."""

    name: str
    in_force: int
    past: int
    ahead: int
    team_id: int = 0

    @property
    def team_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def above(self) -> str:
        return self.name.rpartition("/")[0].replace("/", " / ")

    @property
    def reason(self) -> str:
        return str(Waiver.Reason(self.name).label) if self.name in Waiver.Reason.values else self.name


@dataclass(frozen=True)
class Debt:
    """The waivers of one ban in figures."""

    in_force: int
    pending: int
    past: int
    ahead: int
    by_reason: list[Row]
    by_team: list[Row]
    ending: list[Waiver]
    extended: list[Waiver]


def of_ban(ban: Ban, *, now: datetime) -> Debt:
    """Six queries, whatever the number of waivers."""
    values = {"ban": ban.pk, "now": now, "teams": TEAMS}
    reasons = [Row(name, n, round(past), round(ahead)) for name, n, past, ahead in _fetch(BY_REASON, values)]
    teams = [Row(path, n, round(past), round(ahead), team) for path, team, n, past, ahead in _fetch(BY_TEAM, values)]
    stand = standing(ban)
    soon = stand.filter(until_at__lte=now + SOON)
    pending = ban.waivers.pending().exclude(checklist__state__in=[Checklist.State.DONE, Checklist.State.STOPPED])
    return Debt(
        in_force=sum(row.in_force for row in reasons),
        pending=pending.count(),
        past=sum(row.past for row in reasons),
        ahead=sum(row.ahead for row in reasons),
        by_reason=reasons,
        by_team=teams,
        ending=list(soon.shown().order_by("until_at", "pk")[:LISTED]),
        extended=list(stand.filter(extension__gte=2).shown().order_by("-extension", "until_at", "pk")[:LISTED]),
    )


def standing(ban: Ban) -> WaiverQuerySet:
    """Granted waivers of people who have still something to do."""
    return ban.waivers.granted().exclude(checklist__state__in=[Checklist.State.DONE, Checklist.State.STOPPED])


def listed(ban: Ban, state: str) -> WaiverQuerySet:
    """All waivers of a ban, or those in one state."""
    found = ban.waivers.shown()
    return found.filter(state=state) if state in Waiver.State.values else found


def _fetch(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
