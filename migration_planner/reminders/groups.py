"""The people a ban writes to, grouped by what decides their mail: few rows however many people there are.

Of a draft these are the people it would reach, none of whom has begun; of a ban in force the people who are unfinished now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models.expressions import RawSQL

from migration_planner.people import calendars
from migration_planner.people.models import User
from migration_planner.planning import audience
from migration_planner.planning.models import Ban
from migration_planner.reminders import escalating
from migration_planner.reminders.escalating import Levels
from migration_planner.reminders.falling import BUNDLE, Place
from migration_planner.reminders.models import Rung
from migration_planner.reminders.places import place
from migration_planner.reminders.statements import rows
from migration_planner.reminders.upward import EVERYBODY, OWING, REPORTS

#: Who has something to do, and so hears of the ban at all.
ASKED = f"{Rung.Audience.UNFINISHED}/{Rung.Recipient.PERSON}"


@dataclass(frozen=True)
class Group:
    """People whom the same mails reach on the same days. `roles` are those of the rungs they hear (see models/rungs.py).

    A role under the deadline of a wave is written "unfinished/person@" and the deadline in seconds since 1970 (UTC).
    """

    place: Place
    leave_from: date | None
    leave_until: date | None
    roles: frozenset[str]
    people: int = 1
    #: Where weeks have a limit (see weeks.py): the roles under every other ban, and how much what stands on a day matters.
    beside: tuple[tuple[int, frozenset[str]], ...] = ()
    standing: tuple[tuple[date, int], ...] = ()

    @property
    def asked(self) -> bool:
        return ASKED in self.plain_roles

    @property
    def plain_roles(self) -> set[str]:
        """The roles, under whichever deadline."""
        return {role.partition("@")[0] for role in self.roles}

    def by_deadline(self) -> dict[datetime | None, set[str]]:
        """The roles by the deadline they are heard under; None is the cutoff of the ban."""
        found: dict[datetime | None, set[str]] = {None: set()}
        for role in self.roles:
            plain, _at, seconds = role.partition("@")
            deadline = datetime.fromtimestamp(int(seconds), UTC) if seconds else None
            found.setdefault(deadline, set()).add(plain)
        return found

    @property
    def leads(self) -> bool:
        return BUNDLE in self.roles

    def on_leave(self, day: date) -> bool:
        return (
            self.leave_from is not None and self.leave_until is not None and self.leave_from <= day <= self.leave_until
        )


@dataclass(frozen=True)
class Reach:
    """What reaches people: rungs, and escalations (two of them, marked, where a change is looked at)."""

    rungs: Sequence[Rung]
    levels: Sequence[Levels] = ()
    #: As if these waivers were granted: their people are asked for nothing meanwhile.
    granted: Sequence[int] = ()

    @property
    def roles(self) -> list[str]:
        mine = {ASKED, BUNDLE, *(rung.role for rung in self.rungs)}
        return sorted(mine.union(*(each.roles for each in self.levels)))


def groups(ban: Ban, reach: Reach, person: User | None = None, site: str | None = None) -> list[Group]:
    """The groups that these rungs, escalations, the announcement and the weekly figures reach; or one person, or one site."""
    query, values = statement(ban, reach, person)
    found = rows(
        f"""
        SELECT zone, hour, calendar, leave_from, leave_until, roles, count(*)::int FROM ({PEOPLE.format(reached=query)}) AS people
        GROUP BY 1, 2, 3, 4, 5, 6
        """,  # noqa: S608 - statements of this module
        **values,
        site=site,
    )
    known = calendars.by_number(row[2] for row in found)
    return [
        Group(place(zone, hour, number, known[number]), leave_from, leave_until, frozenset(roles), people)
        for zone, hour, number, leave_from, leave_until, roles, people in found
    ]


def statement(
    ban: Ban, reach: Reach, person: User | None, word: str = "", template: str = ""
) -> tuple[str, dict[str, Any]]:
    """Everybody reached, one row (id, roles) each, as a statement with named parameters. `word` goes before each role.

    With `OF_OTHERS` as the template, only who is told of others.
    """
    asked, values = (DRAFTED, homes(ban)) if ban.is_draft else (IN_FORCE, ("", {}))
    audience_of, parameters = values
    levels = [each for each in reach.levels if each.graces]
    told = [part for end, part in TOLD.items() if any(role.endswith(end) for role in reach.roles)]
    if levels:
        told.append(ABOVE.format(owing=asked["late"]))
    once = "" if person is None else "NOT MATERIALIZED"
    return (template or REACHED).format(
        told=" ".join(told), once=once, **{name: part.format(homes=audience_of) for name, part in asked.items()}
    ), {
        **parameters,
        **escalating.parameters([(ban.pk, each) for each in levels]),
        "ban": ban.pk,
        "word": word,
        "roles": reach.roles,
        "person": person.pk if person else None,
        "granted": list(reach.granted),
        "steps": ban.required_team_steps,
    }


def homes(ban: Ban) -> tuple[str, dict[str, Any]]:
    """Home memberships of a draft's audience as a statement with named parameters, from the one place that knows them."""
    statement, values = (
        audience.homes(ban).order_by().values("user_id", "team_id", "team__path").query.sql_with_params()
    )
    names = [f"home_{number}" for number in range(len(values))]
    return statement % tuple(f"%({name})s" for name in names), dict(zip(names, values, strict=True))


def bound(statement: str, values: dict[str, Any]) -> RawSQL:
    """A statement with named parameters where the ORM wants them in their order."""
    names: list[str] = []

    class Placeholders(dict[str, str]):
        def __missing__(self, name: str) -> str:
            names.append(name)
            return "%s"

    plain = statement % Placeholders()
    return RawSQL(plain, [values[name] for name in names])  # noqa: S611 - its parameters are bound


#: The deadline of the wave that the team of `home` moves with, as the end of a role; nothing where that is the cutoff.
UNDER = """
    coalesce('@' || (SELECT extract(epoch FROM wave.cutoff_at)::bigint
        FROM planning_waveteam AS listed JOIN planning_wave AS wave ON wave.id = listed.wave_id
        JOIN people_team AS team ON team.id = listed.team_id
        WHERE listed.ban_id = %(ban)s AND (home.path = team.path OR starts_with(home.path, team.path || '/'))
        ORDER BY team.depth DESC LIMIT 1), '')
"""
#: Those above who are told of people who are unfinished after the cutoff: `late` joins these to `report`.
ABOVE = f"UNION SELECT told, role, under FROM ({REPORTS.format(readers=EVERYBODY, owing='{owing}')}) AS reports"  # noqa: S608 - as above
#: Of one person nothing is read that does not lead to them: `asked` is looked into from where the person stands (`once`).
#: `asked`: who has something to do, in which team they are counted, and how far they are. `behind`: whether somebody in the
#: lead's `team` or below it is unfinished. `owing`: teams with open team steps.
DRAFTED = {
    "asked": f"""
        SELECT home.id, home.team_id, 'not_started' AS state, {UNDER} AS under FROM ({{homes}}) AS home(id, team_id, path)
    """,  # noqa: S608 - constants of this module
    "behind": """
        team.path IN (
            SELECT array_to_string((string_to_array(path, '/'))[1:level], '/') COLLATE "C"
            FROM (SELECT DISTINCT home.path FROM ({homes}) AS home(id, team_id, path)) AS counted,
                 generate_series(1, cardinality(string_to_array(path, '/'))) AS level)
    """,
    "owing": f"""
        SELECT DISTINCT home.team_id, {UNDER} AS under FROM ({{homes}}) AS home(id, team_id, path) WHERE %(steps)s > 0
    """,  # noqa: S608 - as above
    "late": "JOIN asked ON asked.id = report.id AND asked.under = below.under",
}
IN_FORCE = {
    "asked": """
        SELECT checklist.person_id AS id, migration.team_id, checklist.state,
               coalesce('@' || extract(epoch FROM wave.cutoff_at)::bigint, '') AS under FROM planning_checklist AS checklist
        JOIN planning_migration AS migration ON migration.id = checklist.migration_id
        LEFT JOIN planning_wave AS wave ON wave.id = migration.wave_id
        JOIN planning_ban AS ban ON ban.id = checklist.ban_id AND ban.state = 'published'
        JOIN people_user AS report ON report.id = checklist.person_id AND report.is_active
        WHERE checklist.ban_id = %(ban)s AND checklist.state NOT IN ('done', 'stopped', 'waived')
          AND NOT EXISTS (SELECT FROM planning_waiver AS waiver WHERE waiver.id = ANY(%(granted)s::bigint[])
                          AND waiver.checklist_id = checklist.id AND waiver.for_all)
    """,
    "behind": """
        EXISTS (SELECT FROM planning_migration AS migration JOIN planning_ban AS ban ON ban.id = migration.ban_id
                WHERE ban.id = %(ban)s AND ban.state = 'published' AND migration.people > migration.done + migration.waived
                  AND migration.path >= team.path COLLATE "C" AND migration.path < (team.path || '0') COLLATE "C"
                  AND (migration.path = team.path OR starts_with(migration.path, team.path || '/')) OFFSET 0)
    """,
    "owing": """
        SELECT migration.team_id, coalesce('@' || extract(epoch FROM wave.cutoff_at)::bigint, '') AS under
        FROM planning_migration AS migration JOIN planning_ban AS ban ON ban.id = migration.ban_id
        LEFT JOIN planning_wave AS wave ON wave.id = migration.wave_id
        WHERE ban.id = %(ban)s AND ban.state = 'published' AND migration.people > 0
          AND ban.required_team_steps > migration.finished_team_steps
    """,
    "late": OWING,
}
#: Who is told of others, one row each.
HEARD = f"""
    WITH asked AS {{once}} ({{asked}}), owing AS ({{owing}}), told AS (
        SELECT id, array_agg(%(word)s || role || under ORDER BY (role || under) COLLATE "C") AS roles FROM (
            SELECT led.user_id AS id, '{BUNDLE}' AS role, '' AS under
            FROM people_membership AS led JOIN people_team AS team ON team.id = led.team_id WHERE led.role = 'lead' AND {{behind}}
            {{told}}
        ) AS heard
        WHERE role = ANY(%(roles)s) AND (%(person)s::bigint IS NULL OR id = %(person)s) GROUP BY id
    )
"""  # noqa: S608 - constants of this package
OF_OTHERS = f"{HEARD} SELECT id, roles FROM told"  # noqa: S608 - as above
#: Everybody reached, one row each. What people hear of themselves is one row each already, and so not sorted.
REACHED = f"""
    {HEARD}, own AS (
        SELECT id, CASE WHEN state || '/person' = ANY(%(roles)s)
                        THEN ARRAY[%(word)s || '{ASKED}' || under, %(word)s || state || '/person' || under]
                        ELSE ARRAY[%(word)s || '{ASKED}' || under] END AS roles
        FROM asked WHERE %(person)s::bigint IS NULL OR id = %(person)s
    )
    SELECT id, coalesce(own.roles, '{{{{}}}}') || coalesce(told.roles, '{{{{}}}}') AS roles FROM own FULL JOIN told USING (id)
"""  # noqa: S608 - constants of this package
#: Who is told of others, by the end of the role; what no rung asks for is not looked for.
TOLD = {
    "/lead": """
        UNION SELECT led.user_id, unnest(ARRAY['unfinished', asked.state]) || '/lead', under FROM people_membership AS led
              JOIN asked USING (team_id) WHERE led.role = 'lead' AND asked.id <> led.user_id
        UNION SELECT led.user_id, 'team_steps/lead', under FROM people_membership AS led JOIN owing USING (team_id)
              WHERE led.role = 'lead'
    """,
    "/manager": """
        UNION SELECT report.line_manager_id, unnest(ARRAY['unfinished', asked.state]) || '/manager', under
              FROM people_user AS report JOIN asked USING (id) WHERE report.line_manager_id <> report.id
    """,
}
#: Mail reaches `person`.
REACHABLE = "person.is_active AND person.email <> '' AND person.address_refused_at IS NULL"
#: `person` is the one, or of the site, that is asked about.
AMONG = """
    (%(person)s::bigint IS NULL OR person.id = %(person)s) AND (%(site)s::text IS NULL OR person.site = %(site)s)
"""
PEOPLE = f"""
    SELECT person.id, person.zone, person.reminder_hour AS hour, {calendars.NUMBER} AS calendar, person.leave_from,
           person.leave_until, reached.roles
    FROM people_user AS person JOIN ({{reached}}) AS reached USING (id) {calendars.JOINED} WHERE {REACHABLE} AND {AMONG}
"""  # noqa: S608 - constants of this package
