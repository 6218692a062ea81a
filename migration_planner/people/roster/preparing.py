"""The staged file as sets: its good rows, the people and places they name, and who these people are here.

Temporary tables, in this order: `roster_row`, `roster_problem` (see checking), `roster_first` (each person's first line),
`roster_several` (the rows of people with more than one), `roster_said` (what the rows say of a person), `roster_person`
(with the user they are, or none yet), `roster_report` (who reports to whom), `roster_held` (users named in a bad row),
`roster_place` (one row a membership), `roster_new_team`.
A person's `key` is the number of the user they are, or minus their first line while they are none.
"""

from django.conf import settings
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import RosterImport
from migration_planner.people.roster import checking
from migration_planner.people.roster.sets import count, make, run

#: What is said once for a person, though every row of theirs repeats it.
SAID = ("name", "timezone", "language", "manager", "site", "external_id", "active")


def prepare(import_: RosterImport, *, may_readdress: bool) -> int:
    """Make the tables above from the rows of `import_`, without its bad rows. Returns the number of bad rows.

    Raises DomainError when the staged rows are gone (applied before, deleted after some days, or lost in a crash).
    """
    # Hash tables of a whole company in memory, and statistics from a small sample, for this transaction alone.
    run("SET LOCAL work_mem = '64MB'")
    run("SET LOCAL default_statistics_target = 10")
    known = [code for code, _name in settings.LANGUAGES]
    rows = make(
        "roster_row",
        """
        SELECT line, surplus, email, name, team COLLATE "C" AS team, role, home_team, timezone, manager, site, external_id,
               CASE WHEN language = '' OR language = ANY(%s) THEN language ELSE 'en' END AS language, active
        FROM people_rosterrow WHERE roster_import_id = %s
        """,
        [known, import_.pk],
    )
    if not rows or rows != import_.rows:
        raise DomainError(_t("The rows of this file are not kept any more. Upload it again."))
    checking.check_rows()
    _identify()
    checking.check_people(with_managers="manager" in import_.columns, may_readdress=may_readdress)
    bad = count("SELECT DISTINCT line FROM roster_problem")
    if bad:
        run("DELETE FROM roster_row WHERE line IN (SELECT line FROM roster_problem)")
        _identify()
    _hold(import_)
    _place()
    return bad


def _identify() -> None:
    make("roster_first", "SELECT email, min(line) AS line, count(*) AS rows FROM roster_row GROUP BY email")
    make(
        "roster_several",
        "SELECT row.* FROM roster_row AS row JOIN roster_first AS first USING (email) WHERE first.rows > 1",
    )
    said = ", ".join(
        f"coalesce((array_agg({name} ORDER BY line) FILTER (WHERE {name} <> ''))[1], '') AS {name}" for name in SAID
    )
    make(
        "roster_said",
        f"""
        SELECT email, line, {", ".join(SAID)} FROM roster_row JOIN roster_first AS first USING (email, line) WHERE first.rows = 1
        UNION ALL
        SELECT email, min(line) AS line, {said} FROM roster_several GROUP BY email
        """,  # noqa: S608 - constants of this module
    )
    make(
        "roster_person",
        """
        SELECT said.*, coalesce(known.id, by_address.id) AS user_id, coalesce(known.id, by_address.id, -said.line) AS key,
               known.id AS id_by_external, known.email AS address_by_external,
               by_address.id AS id_by_address, by_address.external_id AS external_by_address
        FROM roster_said AS said
        LEFT JOIN people_user AS known ON said.external_id <> '' AND known.external_id = said.external_id
        LEFT JOIN people_user AS by_address ON by_address.email = said.email
        """,
    )
    make(
        "roster_report",
        """
        SELECT person.key, coalesce(file.key, known.id) AS manager_key
        FROM roster_person AS person
        LEFT JOIN roster_person AS file ON file.email = person.manager
        LEFT JOIN people_user AS known ON known.email = person.manager
        WHERE person.manager <> '' AND person.manager <> person.email AND coalesce(file.key, known.id) IS NOT NULL
        """,
    )


def _hold(import_: RosterImport) -> None:
    """Whom a bad row names loses nothing: we cannot tell what that row was meant to say."""
    make(
        "roster_held",
        """
        WITH bad AS MATERIALIZED (
            SELECT email, external_id FROM people_rosterrow
            WHERE roster_import_id = %s AND line IN (SELECT line FROM roster_problem)
        )
        SELECT id AS user_id FROM people_user JOIN bad USING (email) WHERE email <> ''
        UNION
        SELECT id FROM people_user JOIN bad USING (external_id)
        UNION
        SELECT user_id FROM roster_person JOIN bad USING (email) WHERE user_id IS NOT NULL
        """,
        [import_.pk],
    )


def _place() -> None:
    make(
        "roster_place",
        """
        WITH place AS (
            SELECT person.key, row.team AS path, min(row.line) AS line, min(row.role) AS role,
                   bool_or(row.home_team = 'yes') AS said_home
            FROM roster_row AS row JOIN roster_person AS person USING (email)
            WHERE person.active <> 'no' GROUP BY person.key, row.team
        ), known AS (
            SELECT place.*, team.id AS team_id, membership.id AS membership_id, membership.role AS was_role,
                   coalesce(membership.is_home, false) AS was_home
            FROM place
            LEFT JOIN people_team AS team ON team.path = place.path
            LEFT JOIN people_membership AS membership ON membership.team_id = team.id AND membership.user_id = place.key
        )
        SELECT known.*, row_number() OVER (PARTITION BY key ORDER BY said_home DESC, was_home DESC, line) = 1 AS is_home
        FROM known
        """,
    )
    run(
        """
        UPDATE roster_place AS place SET is_home = false FROM roster_held AS held, people_membership AS home
        WHERE held.user_id = place.key AND home.user_id = held.user_id AND home.is_home
          AND place.is_home AND NOT place.said_home AND NOT place.was_home
        """
    )
    make(
        "roster_new_team",
        """
        WITH RECURSIVE up(path) AS (
            SELECT DISTINCT path FROM roster_place WHERE team_id IS NULL
            UNION
            SELECT left(path, -1 - length(split_part(path, '/', -1))) FROM up WHERE path LIKE '%%/%%'
        )
        SELECT up.path FROM up WHERE NOT EXISTS (SELECT FROM people_team AS team WHERE team.path = up.path)
        """,
    )
