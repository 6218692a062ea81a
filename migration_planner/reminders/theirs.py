"""Of whom leads and line managers are told: how many, and the first names. The rung's role says which (see models/rungs.py)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from migration_planner.people.models import Membership, Team, User
from migration_planner.planning import audience
from migration_planner.planning.models import Ban
from migration_planner.reminders import escalating
from migration_planner.reminders.escalating import Levels
from migration_planner.reminders.groups import UNDER, homes
from migration_planner.reminders.models import Rung
from migration_planner.reminders.models.escalations import level_in
from migration_planner.reminders.statements import rows
from migration_planner.reminders.upward import OWING, REPORTS, SOME
from migration_planner.reminders.wanted import OF_PEOPLE, OF_TEAMS

#: As many are named; the rest is a number.
NAMED = 8
#: (reader, ban, role, deadline): that of an escalation, else None.
Key = tuple[int, int, str, datetime | None]


@dataclass(frozen=True)
class Theirs:
    """People (or, of team steps, teams) in the state that a rung is about, told to one reader."""

    role: str
    count: int
    names: tuple[str, ...]
    #: The checklists of those who are named. They are no part of what is said.
    checklists: tuple[int, ...] = field(default=(), compare=False)
    #: Of an escalation the deadline that all of them have missed, or the last of several.
    deadline: datetime | None = None
    several: bool = False

    @property
    def audience(self) -> str:
        return self.role.partition("/")[0]


def theirs(keys: set[Key]) -> dict[Key, Theirs]:
    """By reader, ban and role, in one query, or two with escalations. A key of which nobody is left is not in the answer."""
    above = {key for key in keys if level_in(key[2])}
    return _theirs(THEM, keys - above) | _theirs(ABOVE, above)


def _theirs(statement: str, keys: set[Key]) -> dict[Key, Theirs]:
    if not keys:
        return {}
    told, bans, roles, sinces = (list(column) for column in zip(*sorted(keys, key=str), strict=True))
    known: dict[str, Any] = {"told": told, "bans": bans, "roles": roles, "named": NAMED}
    if statement == ABOVE:
        known |= {"sinces": sinces, **escalating.parameters(escalating.of_bans(bans).items())}
    return {
        (person, ban, role, since): Theirs(role, count, tuple(names), tuple(filter(None, checklists)), since, several)
        for person, ban, role, since, count, several, names, checklists in rows(statement, **known)
    }


def theirs_of_draft(ban: Ban, reader: User, roles: Iterable[str]) -> tuple[Theirs, ...]:
    """The same of a draft, as if it were published now and nobody had begun."""
    wanted = sorted(set(roles))
    own = [_of_draft(ban, reader, role) for role in wanted if not level_in(role)]
    return tuple(filter(None, [*own, *_above_of_draft(ban, reader, [role for role in wanted if level_in(role)])]))


def _above_of_draft(ban: Ban, reader: User, roles: Sequence[str]) -> list[Theirs]:
    levels = Levels.of(ban)
    if not roles or not levels.graces:
        return []
    statement, values = homes(ban)
    asked = [(reader.pk, ban.pk, role, levels.at(deadline)) for role in roles for deadline in levels.deadlines]
    told, bans, wanted, sinces = (list(column) for column in zip(*asked, strict=True))
    readers = {"told": told, "bans": bans, "roles": wanted, "sinces": sinces, "named": NAMED, "ban": ban.pk}
    found = rows(
        ABOVE_OF_DRAFT.format(homes=statement), **values, **readers, **escalating.parameters([(ban.pk, levels)])
    )
    return [
        Theirs(role, count, tuple(names), (), since, several)
        for _told, _ban, role, since, count, several, names, _checklists in found
    ]


def _of_draft(ban: Ban, reader: User, role: str) -> Theirs | None:
    about, _slash, recipient = role.partition("/")
    led = Membership.objects.filter(user=reader, role=Membership.Role.LEAD).values("team")
    homes = audience.homes(ban).exclude(user=reader)
    if about == Rung.Audience.TEAM_STEPS:
        staffed = audience.homes(ban).filter(team__in=led).values("team")
        found = Team.objects.filter(pk__in=staffed).order_by("name", "path")
        names = list(found.values_list("name", flat=True)) if ban.required_team_steps else []
    elif about == Rung.Audience.BLOCKED:
        return None
    else:
        mine = {"team__in": led} if recipient == Rung.Recipient.LEAD else {"user__line_manager": reader}
        names = list(homes.filter(**mine).order_by("user__name", "user").values_list("user__name", flat=True))
    return Theirs(role, len(names), tuple(names[:NAMED])) if names else None


THEM = f"""
    WITH asked AS (SELECT * FROM unnest(%(told)s::bigint[], %(bans)s::bigint[], %(roles)s::text[]) AS asked(told, ban_id, role)),
    people AS (
        SELECT told, ban_id, unnest(ARRAY[role, 'unfinished/' || split_part(role, '/', 2)]) AS role, about
        FROM ({OF_PEOPLE.format(of_ban="checklist.ban_id = ANY(%(bans)s)")}) AS each WHERE told = ANY(%(told)s)
    ), named AS (
        SELECT asked.told, asked.ban_id, asked.role, person.name, person.id, checklist.id AS checklist
        FROM asked JOIN people USING (told, ban_id, role) JOIN people_user AS person ON person.id = people.about
        JOIN planning_checklist AS checklist ON checklist.ban_id = asked.ban_id AND checklist.person_id = person.id
        UNION
        SELECT asked.told, asked.ban_id, asked.role, team.name, team.id, NULL
        FROM asked JOIN ({OF_TEAMS.format(of_ban="migration.ban_id = ANY(%(bans)s)")}) AS teams USING (told, ban_id, role)
        JOIN planning_migration AS migration ON migration.id = teams.about
        JOIN people_team AS team ON team.id = migration.team_id
    )
    SELECT told, ban_id, role, NULL::timestamptz, count(*)::int, false, (array_agg(name ORDER BY name, id))[1:%(named)s],
           (array_agg(checklist ORDER BY name, id))[1:%(named)s]
    FROM named GROUP BY told, ban_id, role
"""  # noqa: S608 - constants of this package
COUNTED = """
    SELECT above.told, above.ban_id, above.role, above.since, count(*)::int, count(DISTINCT above.under) > 1,
           (array_agg(person.name ORDER BY person.name, person.id))[1:%(named)s],
           (array_agg({checklist} ORDER BY person.name, person.id))[1:%(named)s]
    FROM ({reports}) AS above JOIN people_user AS person ON person.id = above.about {join}
    GROUP BY above.told, above.ban_id, above.role, above.since
"""
ABOVE = COUNTED.format(
    reports=REPORTS.format(readers=SOME, owing=OWING),
    checklist="checklist.id",
    join="JOIN planning_checklist AS checklist ON checklist.ban_id = above.ban_id AND checklist.person_id = person.id",
)
ABOVE_OF_DRAFT = COUNTED.format(
    reports=REPORTS.format(
        readers=SOME,
        owing=f"JOIN ({{homes}}) AS home(id, team_id, path) ON home.id = report.id AND {UNDER} = below.under",
    ),
    checklist="NULL::bigint",
    join="",
)
