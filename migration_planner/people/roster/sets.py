"""Statements over the temporary tables of one transaction. Every table here ends with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

Parameters = Sequence[Any] | Mapping[str, Any]


def run(statement: str, parameters: Parameters = ()) -> int:
    """Execute; returns the number of rows touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def make(table: str, select: str, parameters: Parameters = ()) -> int:
    """A temporary table of what `select` gives, with statistics for the planner. Returns its number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(f"CREATE TEMP TABLE {table} ON COMMIT DROP AS {select}", parameters)
        rows = int(cursor.rowcount)
        cursor.execute(f"ANALYZE {table}")
        return rows


def fetch(select: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(select, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def stream(select: str, parameters: Parameters = ()) -> Iterator[tuple[Any, ...]]:
    """The rows one after the other, however many there are."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(select, parameters)
        yield from cursor


def count(select: str, parameters: Parameters = ()) -> int:
    """How many rows `select` gives."""
    return int(fetch(f"SELECT count(*) AS rows FROM ({select}) AS counted", parameters)[0]["rows"])  # noqa: S608
