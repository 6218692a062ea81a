"""Rows as an Excel workbook, written row by row: a large list costs time and disk, but no memory."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

#: A sheet holds 1,048,576 rows; beyond these a further one begins.
ROWS_OF_A_SHEET = 1_000_000
#: What a cell can hold.
LONGEST = 32_767
#: Sheets know no zones, so every moment is written, and says that it is, in UTC.
MOMENT, DAY = 'yyyy-mm-dd hh:mm:ss "UTC"', "yyyy-mm-dd"


def write(file: IO[bytes], header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a workbook into a file. Text stays text, whatever it begins with; days and moments are typed."""
    book, titles = Workbook(write_only=True), [str(title) for title in header]
    sheet: Any = None
    for number, row in enumerate(rows):
        if number % ROWS_OF_A_SHEET == 0:
            sheet = _sheet(book, titles)
        sheet.append([_cell(sheet, value) for value in row])
    if sheet is None:
        _sheet(book, titles)
    book.save(file)


def _sheet(book: Any, titles: list[str]) -> Any:
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, title) for title in titles])
    return sheet


def _cell(sheet: Any, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return _formatted(sheet, value.astimezone(UTC).replace(tzinfo=None), MOMENT)
    if isinstance(value, date):
        return _formatted(sheet, value, DAY)
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:LONGEST]
    if not text.startswith(("=", "#")):  # which openpyxl takes for a formula or an error
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


def _formatted(sheet: Any, value: date, number_format: str) -> Any:
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = number_format
    return cell
