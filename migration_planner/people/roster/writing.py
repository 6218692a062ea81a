"""The changes that `compare` has found, into people, teams and memberships: a handful of statements."""

from datetime import datetime
from typing import Any

from migration_planner.people.models import RosterImport, User
from migration_planner.people.roster.sets import make, run
from migration_planner.people.roster.telling import Tell, silence

#: A password nobody can have, another for each row: sessions that hang on the old one end with it.
NO_PASSWORD = "'!' || replace(gen_random_uuid()::text, '-', '') || substr(md5(random()::text), 1, 8)"  # noqa: S105
#: Of a report's manager: the number of somebody known, or of a newcomer; nobody when that row was left out.
MANAGER = "CASE WHEN report.manager_key > 0 THEN report.manager_key ELSE boss.user_id END"


def write(import_: RosterImport, *, now: datetime, tell: Tell = silence) -> None:
    """Write what `compare` has found in this same transaction. `tell` hears what is done next, and at which share."""
    columns = {"columns": import_.columns, "now": now}
    tell("teams", 35)
    _number_newcomers()
    _add_teams()
    tell("people", 40)
    _add_people(columns)
    _change_people(columns)
    _end_people()
    tell("memberships", 60)
    _change_memberships()
    run("ANALYZE people_user, people_team, people_membership")  # what follows must not be planned for the old sizes


def _number_newcomers() -> None:
    """Their numbers come first, so that a newcomer can be the manager of another in the statement that adds both."""
    make(
        "roster_newcomer",
        """
        SELECT person.key, nextval(pg_get_serial_sequence('people_user', 'id')) AS user_id
        FROM roster_person AS person WHERE person.user_id IS NULL AND person.active <> 'no' ORDER BY person.line
        """,
    )


def _add_teams() -> None:
    run(
        """
        WITH new AS MATERIALIZED (
            SELECT nextval(pg_get_serial_sequence('people_team', 'id')) AS id, path FROM roster_new_team
        ), split AS (
            SELECT new.*, split_part(path, '/', -1) AS name,
                   left(path, -1 - length(split_part(path, '/', -1))) AS above
            FROM new
        )
        INSERT INTO people_team (id, name, path, parent_id, depth)
        SELECT split.id, split.name, split.path, coalesce(parent.id, known.id),
               length(split.path) - length(replace(split.path, '/', ''))
        FROM split LEFT JOIN new AS parent ON parent.path = split.above
        LEFT JOIN people_team AS known ON known.path = split.above
        """
    )


def _add_people(columns: dict[str, Any]) -> None:
    said = {
        "email": "email", "name": "name", "password": NO_PASSWORD, "site": "site", "joined_at": "%(now)s",
        "zone": "coalesce(nullif(timezone, ''), 'UTC')", "roster_zone": "timezone",
        "language": "coalesce(nullif(language, ''), 'en')", "roster_language": "language",
        "external_id": "nullif(external_id, '')", "is_active": "true",
    }  # fmt: skip
    rest: dict[str, Any] = {
        str(field.column): field.get_default()
        for field in User._meta.concrete_fields
        if not field.primary_key and field.column not in {*said, "line_manager_id"}
    }
    run(
        f"""
        INSERT INTO people_user (id, line_manager_id, {", ".join([*said, *rest])})
        SELECT newcomer.user_id, {MANAGER}, {", ".join([*said.values(), *(f"%({column})s" for column in rest)])}
        FROM roster_newcomer AS newcomer JOIN roster_person AS person USING (key)
        LEFT JOIN roster_report AS report USING (key)
        LEFT JOIN roster_newcomer AS boss ON boss.key = report.manager_key
        """,  # noqa: S608 - column names of our own model
        {**columns, **rest},
    )


def _change_people(columns: dict[str, Any]) -> None:
    """What the file says of people we know; a zone or language of their own choice gives way to new word alone."""
    run(
        """
        UPDATE people_user AS known
        SET email = person.email,
            name = coalesce(nullif(person.name, ''), known.name),
            zone = CASE WHEN person.timezone IN ('', known.roster_zone) THEN known.zone ELSE person.timezone END,
            roster_zone = coalesce(nullif(person.timezone, ''), known.roster_zone),
            language = CASE WHEN person.language IN ('', known.roster_language) THEN known.language ELSE person.language END,
            roster_language = coalesce(nullif(person.language, ''), known.roster_language),
            site = CASE WHEN 'site' = ANY(%(columns)s) THEN person.site ELSE known.site END,
            external_id = coalesce(nullif(person.external_id, ''), known.external_id),
            address_refused_at = CASE WHEN known.email = person.email THEN known.address_refused_at END,
            is_active = true
        FROM roster_person AS person
        WHERE person.key = known.id AND person.active <> 'no' AND (
            known.id IN (SELECT user_id FROM roster_change) OR NOT known.is_active
            OR person.timezone NOT IN ('', known.roster_zone) OR person.language NOT IN ('', known.roster_language))
        """,
        columns,
    )
    run(
        f"""
        UPDATE people_user AS known SET line_manager_id = said.manager_id
        FROM (
            SELECT person.key, {MANAGER} AS manager_id
            FROM roster_person AS person
            LEFT JOIN roster_report AS report USING (key)
            LEFT JOIN roster_newcomer AS boss ON boss.key = report.manager_key
            WHERE person.key IN (SELECT user_id FROM roster_change WHERE field = 'manager')
        ) AS said
        WHERE said.key = known.id
        """  # noqa: S608 - a constant of this module
    )


def _end_people() -> None:
    run(
        f"""
        UPDATE people_user SET is_active = false, password = {NO_PASSWORD}
        WHERE id IN (SELECT user_id FROM roster_leaver)
        """  # noqa: S608 - a constant of this module
    )


def _change_memberships() -> None:
    run("DELETE FROM people_membership WHERE id IN (SELECT membership_id FROM roster_removal)")
    # The old home gives way before the new one comes: the database holds "one home team per person" at every moment.
    run(
        """
        UPDATE people_membership AS membership SET is_home = false FROM roster_place AS place
        WHERE place.is_home AND NOT place.was_home AND membership.user_id = place.key AND membership.is_home
        """
    )
    run(
        """
        UPDATE people_membership AS membership SET role = place.role, is_home = place.is_home FROM roster_place AS place
        WHERE place.membership_id = membership.id
          AND (membership.role <> place.role OR membership.is_home <> place.is_home)
        """
    )
    run(
        """
        INSERT INTO people_membership (user_id, team_id, role, is_home)
        SELECT coalesce(newcomer.user_id, place.key), team.id, place.role, place.is_home
        FROM roster_place AS place JOIN people_team AS team ON team.path = place.path
        LEFT JOIN roster_newcomer AS newcomer USING (key)
        WHERE place.membership_id IS NULL
        """
    )
