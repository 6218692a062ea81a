"""Two roles of the database: the owner, who migrates, and the application, which can add to history and not change it.

Triggers refuse to rewrite history, and whoever owns the tables can switch them off. So the application works as a role that owns
nothing. Every function here speaks about the schema that comes first in the search path. Why it is so:
docs/decisions/0034-two-roles-of-the-database.md.
"""

from typing import Any

from django.db import ProgrammingError, connection, transaction
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from migration_planner.lib.errors import DomainError
from migration_planner.lib.statements import rows

#: Rows are added to these and stay as they are: history, its seals, what was tried, how everybody stood at a cutoff.
ADDED_TO = (
    "evidence_seal",
    "planning_event",
    "planning_personatcutoff",
    "planning_teamatcutoff",
    "reminders_attempt",
    "reminders_roomattempt",
)
#: Their rows stay, and change once in a way that a trigger watches: sums are filled in, a comment is withdrawn.
STAY = ("planning_atcutoff", "planning_comment")
#: What only migrations write.
READ = ("django_migrations",)
#: Those of which publishing and imports let PostgreSQL know the new shape at once (ANALYZE).
ANALYZED = (
    "people_membership",
    "people_rosterrow",
    "people_team",
    "people_user",
    "planning_checklist",
    "planning_migration",
)
#: From here on a table's statistics can be left to others.
MAINTAIN = 170000

ROLE = "SELECT FROM pg_roles WHERE rolname = %(role)s"
MIGHTY = f"{ROLE} AND (rolsuper OR rolcreaterole)"
OWNERS = """
    SELECT DISTINCT owned.tableowner FROM pg_tables AS owned JOIN pg_roles AS role ON role.rolname = %(role)s
    WHERE owned.schemaname = current_schema() AND owned.tablename = ANY(%(tables)s::text[])
      AND pg_has_role(role.oid, owned.tableowner, 'MEMBER')
"""
OTHERS = """
    SELECT tablename, tableowner FROM pg_tables
    WHERE schemaname = current_schema() AND NOT pg_has_role(tableowner, 'USAGE') ORDER BY 1 LIMIT 1
"""
#: Tables whose rows the role can change or remove, by a grant, as their owner, or by becoming that.
REWRITABLE = """
    SELECT class.relname FROM pg_class AS class JOIN pg_roles AS role ON role.rolname = %(role)s
    WHERE class.relnamespace = current_schema()::regnamespace AND class.relname = ANY(%(tables)s::text[])
      AND (has_table_privilege(role.oid, class.oid, 'DELETE, TRUNCATE, TRIGGER')
           OR (has_any_column_privilege(role.oid, class.oid, 'UPDATE') AND class.relname <> ALL(%(filled)s::text[]))
           OR pg_has_role(role.oid, class.relowner, 'MEMBER'))
    ORDER BY class.relname
"""


class Refused(DomainError):
    """Why a role is not taken, and what to do. It is said to whoever runs the command, in English as commands are."""


def rewritable(role: str | None = None) -> list[str]:
    """Names of the tables of history that a role, or whoever is connected, could rewrite. Empty when all is well."""
    name = role or str(rows("SELECT current_user")[0][0])
    found = rows(REWRITABLE, role=name, tables=[*ADDED_TO, *STAY], filled=list(STAY))
    return [table for (table,) in found]


@transaction.atomic
def grant(role: str, *, password: str = "") -> bool:
    """Let a role be the application's: nothing more than that, whatever it could do before. Safe to repeat.

    With a password the role is made where there is none, and may sign in with that from now on. Returns whether it was made.
    Raises Refused when there is no such role, when it could rewrite history by another way, or when we do not own the tables.
    """
    made = not rows(ROLE, role=role)
    if made and not password:
        raise Refused(f"There is no role {role}. Let somebody make it, or make it with --create.")
    _require_ownership()
    _refuse_the_mighty(role)
    if password:
        _enter(role, password, made=made)
    for statement in _statements():
        _run(statement, role=sql.Identifier(role))
    _refuse_other_ways(role)
    return made


def _require_ownership() -> None:
    """PostgreSQL only warns of what somebody else would have had to grant."""
    if others := rows(OTHERS):
        raise Refused(
            f"{others[0][0]} belongs to {others[0][1]}. Run this as the role that owns the tables and migrates them."
        )


def _refuse_the_mighty(role: str) -> None:
    """Before anything is taken away: what a superuser or the owner may do cannot be."""
    if rows(MIGHTY, role=role):
        raise Refused(f"{role} is a superuser or may make roles, so it can undo any limit. Take another role.")
    if owners := rows(OWNERS, role=role, tables=list(ADDED_TO)):
        raise Refused(f"{role} owns the tables, or may act as {owners[0][0]}, who does. Take another role.")


def _refuse_other_ways(role: str) -> None:
    """After all was granted: what comes from elsewhere, such as a grant to PUBLIC, is named and nothing is kept."""
    if tables := rewritable(role):
        raise Refused(
            f"{role} could still rewrite {', '.join(tables)}, by a grant to PUBLIC or to a role it belongs to. Revoke that first."
        )
    if rows("SELECT has_schema_privilege(%(role)s, current_schema(), 'CREATE')", role=role)[0][0]:
        raise Refused(f"{role} may still make tables, by a role it belongs to. Revoke CREATE on the schema first.")


def _enter(role: str, password: str, *, made: bool) -> None:
    """Make the role, or give it this password. Only a digest of the password is sent, so that no log of the server has it."""
    connection.ensure_connection()
    digest = connection.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    verb = sql.SQL("CREATE ROLE" if made else "ALTER ROLE")
    try:
        _run("{verb} {role} LOGIN PASSWORD {digest}", verb=verb, role=sql.Identifier(role), digest=sql.Literal(digest))
    except ProgrammingError as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        raise Refused(
            f"The owner may not make roles or give them passwords. Let somebody make {role}, and leave --create out."
        ) from error


def _statements() -> list[str]:
    """Everything the application needs, after everything was taken away. Names are constants of ours."""
    added, stay, read = (", ".join(tables) for tables in (ADDED_TO, STAY, READ))
    return [
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
        "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"REVOKE UPDATE, DELETE ON {added} FROM {{role}}",
        f"REVOKE DELETE ON {stay} FROM {{role}}",
        f"REVOKE INSERT, UPDATE, DELETE ON {read} FROM {{role}}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        *([f"GRANT MAINTAIN ON {', '.join(ANALYZED)} TO {{role}}"] if _version() >= MAINTAIN else []),
    ]


def _version() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.server_version)


def _run(statement: str, **names: sql.Composable) -> None:
    database, schema = rows("SELECT current_database(), current_schema()")[0]
    known: dict[str, Any] = {"database": sql.Identifier(database), "schema": sql.Identifier(schema), **names}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**known))
