"""The bare statements that the work of the database is measured against."""

import time
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from migration_planner.planning.models import Ban

CHECKLISTS = """
    INSERT INTO bench_checklist (
        ban_id, person_id, person_name, migration_id, state, finished_steps, blocked_steps, created_at, stopped_why)
    SELECT migration.ban_id, home.user_id, person.name, migration.id, 'not_started', 0, 0, now(), ''
    FROM people_membership AS home
    JOIN people_user AS person ON person.id = home.user_id AND person.is_active
    JOIN planning_migration AS migration ON migration.team_id = home.team_id AND migration.ban_id = %s
    WHERE home.is_home
"""


def copy_file(path: Path) -> None:
    """COPY of the roster file into a table of the same columns, without any index."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_copy")
        cursor.execute("CREATE TABLE bench_copy (a text, b text, c text, d text, e text, f text, g text)")
        with path.open("rb") as file, cursor.copy("COPY bench_copy FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
            while block := file.read(1 << 16):
                copy.write(block)


def copy_signals(path: Path) -> None:
    """COPY of a file of signals into a table of the same columns, without any index."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_signal")
        cursor.execute("CREATE TABLE bench_signal (person text, tool text, day date, count int, source text)")
        with path.open("rb") as file, cursor.copy("COPY bench_signal FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
            while block := file.read(1 << 16):
                copy.write(block)


#: What a report writes beside counters.
REPORTED = ("planning_report", "planning_trace", "planning_evidence", "planning_event")


def last_written() -> dict[str, int]:
    """The highest id of each table that reports write to."""
    with connection.cursor() as cursor:
        return {table: _one(cursor, f"SELECT coalesce(max(id), 0) FROM {table}") for table in REPORTED}  # noqa: S608


def insert_what_reports_wrote(before: dict[str, int]) -> tuple[int, float]:
    """The rows that are new since, bare, into tables with the keys, checks and indexes of the real ones: how many, and the
    milliseconds it takes."""
    with connection.cursor() as cursor:
        for table in REPORTED:
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        count = 0
        for table, last in before.items():
            cursor.execute(
                f"INSERT INTO bench_{table} OVERRIDING SYSTEM VALUE SELECT * FROM {table} WHERE id > {last}"  # noqa: S608
            )
            count += cursor.rowcount
    return count, (time.perf_counter() - started) * 1000


def _one(cursor: Any, statement: str) -> int:
    cursor.execute(statement)
    return int(cursor.fetchone()[0])


def insert_checklists(ban: Ban) -> None:
    """One bare INSERT … SELECT into a table with the keys, checks, indexes and foreign keys of the real one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CHECKLISTS, [ban.pk])


def make_checklist_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_checklist")
        cursor.execute("CREATE TABLE bench_checklist (LIKE planning_checklist INCLUDING ALL)")
        for column, table in (
            ("ban_id", "planning_ban"),
            ("person_id", "people_user"),
            ("migration_id", "planning_migration"),
        ):
            cursor.execute(
                f"ALTER TABLE bench_checklist ADD FOREIGN KEY ({column}) REFERENCES {table} DEFERRABLE INITIALLY DEFERRED"
            )


def insert_reminders() -> None:
    """As many reminders as planning wrote, bare, into a table with the keys, checks and indexes of the real one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_reminder")
        cursor.execute("CREATE TABLE bench_reminder (LIKE reminders_reminder INCLUDING ALL)")
        cursor.execute("INSERT INTO bench_reminder OVERRIDING SYSTEM VALUE SELECT * FROM reminders_reminder")


PEOPLE = """
    COPY (SELECT person.name, person.email, migration.path, checklist.state, checklist.finished_steps, checklist.verified_steps,
                 checklist.last_activity_at, migration.deadline_at, checklist.is_verified
          FROM planning_checklist AS checklist JOIN people_user AS person ON person.id = checklist.person_id
          JOIN planning_migration AS migration ON migration.id = checklist.migration_id
          WHERE checklist.ban_id = {ban} AND checklist.state <> 'stopped' ORDER BY migration.path, person.name, checklist.id)
    TO STDOUT WITH (FORMAT csv, HEADER)
"""
HISTORY = "COPY (SELECT * FROM planning_event WHERE ban_id = {ban} ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)"


def copy_people(ban: Ban, path: Path) -> None:
    """The columns of the file of all people that stand in tables, by COPY into a file."""
    _copy_out(PEOPLE, ban, path)


def copy_history(ban: Ban, path: Path) -> None:
    """The people and the history of a ban, by COPY into a file."""
    copy_people(ban, path)
    _copy_out(HISTORY, ban, path)


def _copy_out(statement: str, ban: Ban, path: Path) -> None:
    with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(statement.format(ban=int(ban.pk))) as copy:
        for block in copy:
            file.write(block)


def read_days(ban: Ban) -> None:
    """Every kept day of every team, fetched and let go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT team_id, day, people, done FROM planning_progressday WHERE ban_id = %s", [ban.pk])
        cursor.fetchall()
