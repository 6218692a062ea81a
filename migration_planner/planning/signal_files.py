"""From a CSV file, or from what a program sent, to clean rows of signals with the line they stand on. No database here."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.roster.reading import clean

COLUMNS = ("person", "tool", "day", "count", "source")
DAY, COUNT = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{1,9}")
LONGEST = {"person": 254, "tool": 120, "source": 80}


class Row(NamedTuple):
    """One row. `problem` names what is wrong with its own cells (see signals.SENTENCES); then `day` or `times` may be missing."""

    line: int
    person: str
    tool: str
    day: date | None
    times: int | None
    source: str
    problem: str


def from_file(raw: Iterable[bytes]) -> Iterator[Row]:
    """The rows of a CSV file. Raises DomainError, with the line, when it is not UTF-8 CSV with the columns asked for."""
    lines = _lines(raw)
    first = next((line for line in lines if line.strip()), "")
    reader = csv.reader(chain([first], lines), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        headings = [clean(cell).lower() for cell in next(reader, [])]
        _require(headings)
        places = [headings.index(name) for name in COLUMNS]
        for cells in reader:
            if any(cells):
                yield row(reader.line_num, [cells[place] if place < len(cells) else "" for place in places])
    except csv.Error as error:
        words = _t("Line %(line)d is not CSV (%(error)s). Look for a quotation mark that is not closed.")
        raise DomainError(words % {"line": reader.line_num, "error": error}) from None


def from_data(rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """The rows that a program sent; the first one is line 1."""
    for number, cells in enumerate(rows, start=1):
        yield row(number, [str(cells.get(name, "")).replace("\0", "") for name in COLUMNS])


def row(line: int, cells: list[str]) -> Row:
    person, tool, day, count, source = map(clean, cells)
    read = _day(day)
    number = int(count) if COUNT.fullmatch(count) and count.isascii() else None
    texts = {"person": person, "tool": tool, "source": source}
    problem = next((f"no_{name}" for name, text in texts.items() if not text), "")
    problem = problem or next((f"long_{name}" for name, text in texts.items() if len(text) > LONGEST[name]), "")
    problem = problem or ("no_day" if read is None else "") or ("no_count" if number is None else "")
    return Row(line, person.lower()[:254], tool[:120], read, number, source[:80], problem)


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if DAY.fullmatch(cell) and cell.isascii() else None
    except ValueError:
        return None


def _lines(raw: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(raw, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise DomainError(
                _t("Line %(line)d is not UTF-8. Save the file as CSV (UTF-8).") % {"line": number}
            ) from None
        if "\0" in text:
            raise DomainError(_t("The file is not text. Save it as CSV (UTF-8)."))
        yield text


def _require(headings: list[str]) -> None:
    if missing := [name for name in COLUMNS if name not in headings]:
        raise DomainError(
            _t("The file lacks the column %(missing)s. Its first line must name: person, tool, day, count, source.")
            % {"missing": missing[0]}
        )
    if twice := [name for name in COLUMNS if headings.count(name) > 1]:
        raise DomainError(
            _t("The column %(twice)s stands in the file twice. Remove one of them.") % {"twice": twice[0]}
        )
