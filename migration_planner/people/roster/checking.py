"""Every bad row with its line and its reason, into `roster_problem`.

Of rows that contradict each other the first is taken as meant, and those after it are bad.
"""

from zoneinfo import available_timezones

from migration_planner.people.roster.sets import make, run

#: The addresses mail servers take without extensions: RFC 5321 with the atoms of RFC 5322, and a domain with a dot.
ADDRESS = (
    r"^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$"
)
#: The longest path an index entry of PostgreSQL holds with room to spare, in bytes.
LONGEST_PATH = 1000
#: Nobody reports over more levels than this; who seems to reports in a circle.
MOST_LEVELS = 64

#: Code, detail and condition of what one row alone shows. `team` says nothing in the row of somebody who leaves.
ROW_CHECKS = [
    ("no_address", "''", "email = ''"),
    ("malformed_address", "email", "email <> '' AND (email !~ %(address)s OR length(email) > 254)"),
    # RFC 5321, 4.5.3.1.1, and RFC 1035, 2.3.4: what is longer, no mail server can be asked for.
    ("malformed_address", "email", "email ~ '^[^@]{65}' OR email ~ '@.*[^.]{64}'"),
    ("no_name", "''", "name = ''"),
    ("too_long", "'name'", "length(name) > 200"),
    ("too_long", "'site'", "length(site) > 120"),
    ("too_long", "'external_id'", "length(external_id) > 120"),
    ("unknown_zone", "left(timezone, 100)", "timezone <> '' AND timezone <> ALL(%(zones)s)"),
    ("unknown_role", "left(role, 100)", "role NOT IN ('member', 'lead')"),
    ("neither_yes_nor_no", "'home_team'", "home_team NOT IN ('', 'yes', 'no')"),
    ("neither_yes_nor_no", "'active'", "active NOT IN ('', 'yes', 'no')"),
    ("no_team", "''", "team = '' AND active <> 'no'"),
    ("gap_in_team", "left(team, 300)", "'/' || team || '/' LIKE '%%//%%' AND team <> '' AND active <> 'no'"),
    ("dots_in_team", "left(team, 300)", r"team ~ '(^|/)\.\.?(/|$)' AND active <> 'no'"),
    (
        "team_loops",
        "left(team, 300)",
        "strpos(substr(team || '/', length(split_part(team, '/', 1)) + 1), '/' || split_part(team, '/', 1) || '/') > 0"
        " AND team <> '' AND '/' || team || '/' NOT LIKE '%%//%%' AND active <> 'no'",
    ),
    ("too_long", "'team'", "octet_length(team) > %(longest)s AND active <> 'no'"),
    ("too_long", "'team'", "CASE WHEN octet_length(team) > 200 THEN team ~ '[^/]{201}' END AND active <> 'no'"),
    ("surplus", "surplus::text", "surplus > 0"),
]


def check_rows() -> None:
    """What each row shows by itself."""
    make("roster_problem", "SELECT 0 AS line, '' AS code, '' AS detail, 0 AS other_line WHERE false")
    any_of = " OR ".join(f"({condition})" for _code, _detail, condition in ROW_CHECKS)
    values = ", ".join(f"('{code}', {detail}, {condition})" for code, detail, condition in ROW_CHECKS)
    _find_with(
        f"""
        SELECT line, said.code, said.detail, NULL::integer FROM (SELECT * FROM roster_row WHERE {any_of} OFFSET 0) AS suspect
        CROSS JOIN LATERAL (VALUES {values}) AS said(code, detail, holds) WHERE said.holds
        """  # noqa: S608 - constants of this module
    )
    run(
        "DELETE FROM roster_row WHERE line IN (SELECT line FROM roster_problem WHERE code IN "
        "('no_address', 'malformed_address'))"
    )


def check_people(*, with_managers: bool, may_readdress: bool) -> None:
    """What the rows of one person say against each other, against other people's rows, and against who is known here."""
    _check_contradictions()
    _check_identities()
    if not may_readdress:
        _check_addresses()
    if with_managers:
        _check_managers()


def _check_contradictions() -> None:
    _find(
        """
        SELECT row.line, 'contradicts', said.field, person.line
        FROM roster_several AS row JOIN roster_said AS person USING (email)
        CROSS JOIN LATERAL (VALUES
            ('name', row.name, person.name), ('timezone', row.timezone, person.timezone),
            ('language', row.language, person.language), ('manager', row.manager, person.manager),
            ('site', row.site, person.site), ('external_id', row.external_id, person.external_id),
            ('active', row.active, person.active)
        ) AS said(field, here, there)
        WHERE row.line <> person.line AND said.here <> '' AND said.here <> said.there
        """
    )
    _find(
        """
        SELECT row.line, 'contradicts', 'role', first.line FROM roster_several AS row JOIN (
            SELECT email, team, min(line) AS line, (array_agg(role ORDER BY line))[1] AS role
            FROM roster_several GROUP BY email, team HAVING min(role) <> max(role)
        ) AS first USING (email, team) WHERE row.role <> first.role
        """
    )
    _find(
        """
        SELECT row.line, 'second_home', left(first.team, 300), first.line FROM roster_several AS row JOIN (
            SELECT email, min(line) AS line, (array_agg(team ORDER BY line))[1] AS team
            FROM roster_several WHERE home_team = 'yes' GROUP BY email HAVING min(team) <> max(team)
        ) AS first USING (email) WHERE row.home_team = 'yes' AND row.team <> first.team
        """
    )


def _check_identities() -> None:
    _find(
        """
        SELECT row.line, 'external_id_twice', first.email, first.line FROM roster_row AS row JOIN (
            SELECT external_id, min(line) AS line, (array_agg(email ORDER BY line))[1] AS email
            FROM roster_said WHERE external_id <> '' GROUP BY external_id HAVING min(email) <> max(email)
        ) AS first USING (external_id) WHERE row.email <> first.email
        """
    )
    _find(
        """
        SELECT row.line, 'external_id_of_another', person.address_by_external, NULL::integer
        FROM roster_person AS person JOIN roster_row AS row USING (email)
        WHERE person.id_by_external <> person.id_by_address
           OR (person.id_by_address IS NULL
               AND person.id_by_external IN (SELECT id_by_address FROM roster_person WHERE id_by_address IS NOT NULL))
        """
    )
    _find(
        """
        SELECT row.line, 'address_of_another', person.external_by_address, NULL::integer
        FROM roster_person AS person JOIN roster_row AS row USING (email)
        WHERE person.external_id <> '' AND person.id_by_external IS NULL AND person.external_by_address <> ''
          AND person.external_by_address <> person.external_id
        """
    )


def _check_addresses() -> None:
    """Who owns an address owns the account, by a new password: so another address for somebody known takes an administrator."""
    _find(
        """
        SELECT row.line, 'needs_an_administrator',
               coalesce(nullif(person.address_by_external, ''), person.external_id), NULL::integer
        FROM roster_person AS person JOIN roster_row AS row USING (email)
        WHERE person.id_by_external IS NOT NULL AND person.address_by_external <> person.email
        """
    )


def _check_managers() -> None:
    _find(
        """
        SELECT row.line, CASE WHEN row.manager = row.email THEN 'own_manager' ELSE 'unknown_manager' END,
               left(row.manager, 254), NULL::integer
        FROM roster_row AS row
        LEFT JOIN roster_said AS file ON file.email = row.manager
        LEFT JOIN people_user AS known ON known.email = row.manager
        WHERE row.manager = row.email OR (row.manager <> '' AND file.email IS NULL AND known.id IS NULL)
        """
    )
    # Whoever is somebody's manager's manager's … (64 times) stands on a circle: a tree has no such chain. Each round goes
    # on with the managers of the round before, and of these there are ever fewer.
    _find_with(
        """
        WITH RECURSIVE report AS MATERIALIZED (
            SELECT key, manager_key FROM roster_report
            UNION ALL
            SELECT id, line_manager_id FROM people_user AS known
            WHERE line_manager_id IS NOT NULL AND NOT EXISTS (SELECT FROM roster_person WHERE key = known.id)
        ), chief(key, round) AS (
            SELECT DISTINCT manager_key, 1 FROM report
            UNION
            SELECT report.manager_key, round + 1 FROM chief JOIN report USING (key) WHERE round < %(levels)s
        )
        SELECT row.line, 'managers_in_a_circle', left(row.manager, 254), NULL::integer
        FROM chief JOIN report USING (key) JOIN roster_person AS person USING (key) JOIN roster_row AS row USING (email)
        WHERE chief.round = %(levels)s AND row.manager <> ''
        """
    )


def _find(select: str) -> None:
    run(f"INSERT INTO roster_problem {select}")


def _find_with(select: str) -> None:
    """The same, for a select that asks for parameters."""
    parameters = {
        "address": ADDRESS,
        "zones": sorted(available_timezones()),
        "longest": LONGEST_PATH,
        "levels": MOST_LEVELS,
    }
    run(f"INSERT INTO roster_problem {select}", parameters)
