"""Running statements that are written out in SQL. Parameters are named and always bound, never pasted in."""

from typing import Any

from django.db import connection

#: For a statement that goes through everybody; PostgreSQL takes it several times over.
LARGE = "64MB"


def run(statement: str, **parameters: Any) -> int:
    """The number of rows the statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def large_rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement that goes through everybody: sorted and joined in memory, not in files.

    Both go to the server as one, so that the larger memory ends with it, or with the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{LARGE}'; {statement}", parameters)
        cursor.nextset()
        return list(cursor.fetchall())
