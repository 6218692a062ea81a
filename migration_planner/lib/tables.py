"""Rows as CSV, streamed, and safe to open in a spreadsheet; and as JSON, streamed."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

#: A cell that begins with one of these is run as a formula by spreadsheets (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Spreadsheets take a file with this mark for UTF-8; without it, names in other scripts turn into noise.
BYTE_ORDER_MARK = "\ufeff"


class _Echo:
    """What the csv module wants to write to: it gives back what it is given."""

    def write(self, line: str) -> str:
        return line


def safe_cell(value: Any) -> str:
    """The text of a cell; what would run as a formula gets an apostrophe in front."""
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    if isinstance(value, str) and text.startswith(FORMULA_STARTS):
        return f"'{text}"
    return text


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow([safe_cell(title) for title in header])
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


def json_parts(names: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """One array with an object for every row, a line each; cells that a row leaves out at its end are null."""
    keys, parted = list(names), "[\n"
    for row in rows:
        cells = [_plain(value) for value in row]
        cells += [None] * (len(keys) - len(cells))
        yield parted + json.dumps(dict(zip(keys, cells, strict=True)), ensure_ascii=False)
        parted = ",\n"
    yield "\n]\n" if parted == ",\n" else "[]\n"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)
