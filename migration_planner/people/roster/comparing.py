"""What a roster would change: numbers, and the first rows of each kind."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import RosterImport, User
from migration_planner.people.models.rosters import OPEN
from migration_planner.people.roster.preparing import prepare
from migration_planner.people.roster.sets import count, fetch, make, run

#: How many rows of each kind a preview shows.
FIRST = 20
#: A file of more rows than this is compared in the background (it takes about a second for 50,000).
AT_ONCE = 20_000
#: A file that would remove more than this share of the people asks for a word of confirmation.
MOST_LEAVERS_IN_HUNDRED = 10

#: Field, what it is here, what the file makes of it, and when that is a change. `columns` are those the file has.
FIELDS = [
    ("email", "known.email", "person.email", "person.email <> known.email"),
    ("name", "known.name", "person.name", "person.name <> '' AND person.name <> known.name"),
    (
        "timezone",
        "known.zone",
        "person.timezone",
        "person.timezone NOT IN ('', known.roster_zone, known.zone)",
    ),
    (
        "language",
        "known.language",
        "person.language",
        "person.language NOT IN ('', known.roster_language, known.language)",
    ),
    ("site", "known.site", "person.site", "'site' = ANY(%(columns)s) AND person.site <> known.site"),
    (
        "external_id",
        "coalesce(known.external_id, '')",
        "person.external_id",
        "person.external_id <> '' AND person.external_id IS DISTINCT FROM known.external_id",
    ),
    (
        "manager",
        "coalesce(boss.email, '')",
        "person.manager",
        "'manager' = ANY(%(columns)s) AND report.manager_key IS DISTINCT FROM known.line_manager_id",
    ),
]

#: Each kind of change: the rows that make it up, and what a preview shows of one.
KINDS = {
    "joiners": (
        "roster_joiner",
        """
        SELECT person.email, person.name, place.path AS team, person.user_id IS NOT NULL AS returns
        FROM roster_joiner AS joiner JOIN roster_person AS person USING (key)
        LEFT JOIN roster_place AS place ON place.key = person.key AND place.is_home ORDER BY person.email""",
    ),
    "movers": (
        "roster_mover",
        """
        SELECT known.email, known.name, coalesce(before.path, '') AS before, place.path AS after
        FROM roster_mover AS mover JOIN people_user AS known ON known.id = mover.key
        JOIN roster_place AS place ON place.key = mover.key AND place.is_home
        LEFT JOIN people_team AS before ON before.id = mover.from_team_id ORDER BY known.email""",
    ),
    "leavers": (
        "roster_leaver",
        """
        SELECT known.email, known.name, coalesce(team.path, '') AS team
        FROM roster_leaver AS leaver JOIN people_user AS known ON known.id = leaver.user_id
        LEFT JOIN people_membership AS home ON home.user_id = known.id AND home.is_home
        LEFT JOIN people_team AS team ON team.id = home.team_id ORDER BY known.email""",
    ),
    "changed_fields": (
        "roster_change",
        "SELECT email, field, before, after FROM roster_change ORDER BY email, field",
    ),
    "memberships_added": (
        "roster_place WHERE membership_id IS NULL",
        """
        SELECT person.email, place.path AS team, place.role
        FROM roster_place AS place JOIN roster_person AS person USING (key)
        WHERE place.membership_id IS NULL ORDER BY person.email, place.path""",
    ),
    "memberships_removed": (
        "roster_removal",
        """
        SELECT known.email, team.path AS team FROM roster_removal AS removal
        JOIN people_user AS known ON known.id = removal.user_id JOIN people_team AS team ON team.id = removal.team_id
        ORDER BY known.email, team.path""",
    ),
    "memberships_changed": (
        "roster_place WHERE role <> was_role",
        """
        SELECT person.email, place.path AS team, place.was_role AS before, place.role AS after
        FROM roster_place AS place JOIN roster_person AS person USING (key)
        WHERE place.role <> place.was_role ORDER BY person.email, place.path""",
    ),
    "new_teams": ("roster_new_team", "SELECT path AS team FROM roster_new_team ORDER BY path"),
    "emptied_teams": ("roster_emptied", "SELECT path AS team FROM roster_emptied ORDER BY path"),
}

PEOPLE_OF_THE_ROSTER = """
    SELECT id FROM people_user AS known
    WHERE is_active AND EXISTS (SELECT FROM people_membership AS place WHERE place.user_id = known.id)
"""


@dataclass(frozen=True)
class Comparison:
    """What the file names, what it would change, and what stands in its way. JSON-able as it is."""

    people: int
    memberships: int
    teams: int
    bad_rows: int
    #: Of the bad rows, those that would be good ones if an administrator applied the file.
    for_administrators: int
    #: People of the roster before, and whether those who would leave are more than may without a word.
    people_before: int
    too_many_leave: bool
    counts: dict[str, int]
    first: dict[str, list[dict[str, Any]]]
    #: Languages that we do not speak, with their rows; these people read English.
    other_languages: dict[str, int]
    unknown_columns: list[str] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return any(self.counts.values())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def compare_later(import_: RosterImport) -> bool:
    """Whether the file is so large that its comparison is left to the clock: nobody's browser waits for it."""
    return import_.rows > AT_ONCE


@transaction.atomic
def preview(import_: RosterImport, *, by: User | None = None) -> Comparison:
    """Compare the file with the roster in force and keep what would change, and every bad row, with the import.

    `by` is who would apply it, if not the one who uploaded it.
    """
    in_force = RosterImport.objects.in_force()  # read first: one that comes into force meanwhile makes this stale
    comparison = compare(import_, by=by)
    run("DELETE FROM people_rosterproblem WHERE roster_import_id = %s", [import_.pk])
    run(
        """
        INSERT INTO people_rosterproblem (roster_import_id, line, code, detail, other_line)
        SELECT %s, line, code, detail, min(other_line) FROM roster_problem GROUP BY line, code, detail
        """,
        [import_.pk],
    )
    kept = RosterImport.objects.filter(pk=import_.pk, state__in=["uploaded", *OPEN])
    if not kept.update(
        state=RosterImport.State.PREVIEWED, comparison=comparison.as_json(), compared_with=in_force,
        error="", ended_at=None, lease_until=None, attempts=0,
    ):  # fmt: skip
        raise DomainError(import_.why_not())
    import_.refresh_from_db()
    return comparison


def compare(import_: RosterImport, *, by: User | None = None) -> Comparison:
    """The same without keeping it. The temporary tables stay for `writing.write`, to the end of the transaction."""
    by = by or import_.uploaded_by
    bad = prepare(import_, may_readdress=by is None or by.is_administrator)
    _find_changes(import_)
    people_before = count(PEOPLE_OF_THE_ROSTER)
    counts = {name: count(f"SELECT FROM {rows}") for name, (rows, _shown) in KINDS.items()}
    return Comparison(
        people=count("SELECT key FROM roster_person WHERE active <> 'no'"),
        memberships=count("SELECT key FROM roster_place"),
        teams=count("SELECT DISTINCT path FROM roster_place"),
        bad_rows=bad,
        for_administrators=count("SELECT DISTINCT line FROM roster_problem WHERE code = 'needs_an_administrator'"),
        people_before=people_before,
        too_many_leave=counts["leavers"] * 100 > people_before * MOST_LEAVERS_IN_HUNDRED,
        counts=counts,
        first={name: fetch(f"{shown} LIMIT %s", [FIRST]) for name, (_rows, shown) in KINDS.items()},
        other_languages=_other_languages(import_),
        unknown_columns=list(import_.unknown_columns),
    )


def _find_changes(import_: RosterImport) -> None:
    _find_who_comes_and_goes(import_)
    any_of = " OR ".join(f"({condition})" for _name, _before, _after, condition in FIELDS)
    values = ", ".join(f"('{name}', {before}, {after}, {condition})" for name, before, after, condition in FIELDS)
    make(
        "roster_change",
        f"""
        SELECT known.id AS user_id, known.email, said.field, said.before, said.after
        FROM roster_person AS person JOIN people_user AS known ON known.id = person.user_id
        LEFT JOIN roster_report AS report ON report.key = person.key
        LEFT JOIN people_user AS boss ON boss.id = known.line_manager_id
        CROSS JOIN LATERAL (VALUES {values}) AS said(field, before, after, holds)
        WHERE person.active <> 'no' AND ({any_of}) AND said.holds
        """,  # noqa: S608 - constants of this module
        {"columns": import_.columns},
    )
    make(
        "roster_removal",
        """
        SELECT membership.id AS membership_id, membership.user_id, membership.team_id
        FROM people_membership AS membership JOIN roster_leaver USING (user_id)
        UNION ALL
        SELECT membership.id, membership.user_id, membership.team_id
        FROM people_membership AS membership JOIN roster_person AS person ON person.user_id = membership.user_id
        LEFT JOIN roster_place AS place ON place.membership_id = membership.id
        WHERE place.membership_id IS NULL AND person.active <> 'no'
          AND membership.user_id NOT IN (SELECT user_id FROM roster_held)
        """,
    )
    make(
        "roster_emptied",
        """
        SELECT team.path FROM people_team AS team
        WHERE team.id IN (SELECT team_id FROM roster_removal)
          AND NOT EXISTS (SELECT FROM roster_place AS place WHERE place.team_id = team.id)
          AND NOT EXISTS (SELECT FROM people_membership AS stays WHERE stays.team_id = team.id
                          AND stays.id NOT IN (SELECT membership_id FROM roster_removal))
        """,
    )


def _find_who_comes_and_goes(import_: RosterImport) -> None:
    make(
        "roster_joiner",
        """
        SELECT person.key FROM roster_person AS person LEFT JOIN people_user AS known ON known.id = person.user_id
        WHERE person.active <> 'no' AND known.is_active IS NOT true
        """,
    )
    make(
        "roster_mover",
        """
        SELECT place.key, home.team_id AS from_team_id
        FROM roster_place AS place JOIN people_user AS known ON known.id = place.key AND known.is_active
        LEFT JOIN people_membership AS home ON home.user_id = place.key AND home.is_home
        WHERE place.is_home AND NOT place.was_home
        """,
    )
    make(
        "roster_leaver",
        """
        SELECT known.id AS user_id FROM roster_person AS person JOIN people_user AS known ON known.id = person.user_id
        WHERE person.active = 'no' AND known.is_active AND known.id NOT IN (SELECT user_id FROM roster_held)
        UNION
        SELECT known.id FROM people_user AS known
        WHERE %s AND known.is_active AND known.id NOT IN (SELECT user_id FROM roster_held)
          AND EXISTS (SELECT FROM people_membership AS membership WHERE membership.user_id = known.id)
          AND NOT EXISTS (SELECT FROM roster_person AS person WHERE person.user_id = known.id)
        """,
        [import_.full],
    )


def _other_languages(import_: RosterImport) -> dict[str, int]:
    rows = fetch(
        """
        SELECT left(language, 20) AS language, count(*) AS rows FROM people_rosterrow
        WHERE roster_import_id = %s AND language <> '' AND language <> ALL(%s) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10
        """,
        [import_.pk, [code for code, _name in settings.LANGUAGES]],
    )
    return {row["language"]: row["rows"] for row in rows}
