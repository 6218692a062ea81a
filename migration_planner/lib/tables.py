"""Rows as CSV, streamed, and safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
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
