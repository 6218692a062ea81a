"""Rows as CSV, safe to open in a spreadsheet, and as JSON: both written by PostgreSQL and streamed as they come."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import StringIO

from migration_planner.lib.copying import Blocks, Column, Kind, Statement, columns, written

#: A cell that begins with one of these is run as a formula by spreadsheets, the wide ones by those of East Asia (OWASP, CSV
#: injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_STARTS = ", ".join(str(ord(sign)) for sign in FORMULA_STARTS)
#: Spreadsheets take a file with this mark for UTF-8; without it, names in other scripts turn into noise.
BYTE_ORDER_MARK = "\ufeff"


def csv_blocks(header: Iterable[str] | None, statement: Statement) -> Blocks:
    """A line of titles, or of the statement's own names, then a line a row. A cell that would run as a formula gets an
    apostrophe in front."""
    found = columns(statement)
    titles = [column.name for column in found] if header is None else header
    yield f"{BYTE_ORDER_MARK}{_titles(titles)}".encode()
    return (yield from written(statement, found, ", ".join(map(csv_cell, found)), "(FORMAT csv)"))


def _titles(header: Iterable[str]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow([_safe(title) for title in header])
    return line.getvalue()


def _safe(title: str) -> str:
    return f"'{title}" if title.startswith(FORMULA_STARTS) else title


def csv_cell(column: Column) -> str:
    """SQL for a cell of CSV: text is guarded, moments are ISO 8601 in UTC, truth is said as Python says it."""
    match column.kind:
        case Kind.NUMBER | Kind.DAY:
            return column.alias
        case Kind.MOMENT:
            return f"to_json({column.alias}) #>> '{{}}'"
        case Kind.TRUTH:
            return f"initcap({column.alias}::text)"
    text = f"{column.alias}::text"
    return f"CASE WHEN ascii({text}) IN ({_STARTS}) THEN '''' || {text} ELSE nullif({text}, '') END"


def json_blocks(names: Iterable[str], statement: Statement) -> Iterator[bytes]:
    """One array with an object for every row, a line each."""
    found = [replace(column, alias=f'given."{name}"') for name, column in zip(names, columns(statement), strict=True)]
    parted = b"[\n"
    for block in written(statement, found, "row_to_json(given)"):
        # Nothing but the end of a row is a line feed: JSON writes those of text in two signs.
        yield parted + block[:-1].replace(b"\n", b",\n")
        parted = b",\n"
    yield b"\n]\n" if parted == b",\n" else b"[]\n"
