"""Running statements that are written out in SQL. Parameters are named and always bound, never pasted in."""

from typing import Any

from django.db import connection


def run(statement: str, **parameters: Any) -> int:
    """The number of rows the statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
