"""Rows as an Excel workbook, streamed: openpyxl makes the book around them, PostgreSQL the rows of its sheets.

A row is some kilobytes of XML, which Python would make cell by cell; so it only compresses what comes and passes it on.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from io import BytesIO, RawIOBase
from itertools import chain
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from migration_planner.lib.copying import Column, Kind, Statement, columns, written

#: A sheet holds 1,048,576 rows; beyond these a further one begins.
ROWS_OF_A_SHEET = 1_000_000
#: What a cell can hold.
LONGEST = 32_767
#: Sheets know no zones, so every moment is written, and says that it is, in UTC.
MOMENT, DAY = 'yyyy-mm-dd hh:mm:ss "UTC"', "yyyy-mm-dd"
#: XML is compressed to a tenth already by the quickest level, which takes a fourth of the time.
LEVEL = 1
#: The styles of the two, in the order in which the model row below asks for them. Days are counted from 30 December 1899.
_STYLED = {
    Kind.MOMENT: "'<c s=\"1\"><v>' || date_part('epoch', {0}) / 86400 + 25569 || '</v></c>'",
    Kind.DAY: "'<c s=\"2\"><v>' || {0} - date '1899-12-30' || '</v></c>'",
    Kind.NUMBER: "'<c><v>' || {0} || '</v></c>'",
    Kind.TRUTH: "'<c t=\"b\"><v>' || {0}::int || '</v></c>'",
}
#: Text that needs care: signs of XML, such as it must not hold, blanks at an end, and what is too long.
_CARE = r"{0} ~ '[&<>\x01-\x1f\ufffe\uffff]|^ | $' OR octet_length({0}) > " + str(LONGEST)
_ILLEGAL = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]))
_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def xlsx_blocks(header: Iterable[str], statement: Statement) -> Iterator[bytes]:
    """A workbook with a line of titles and a row a row. Text stays text, whatever it begins with; days and moments are typed."""
    titles, found, pipe = list(header), columns(statement), _Pipe()
    rows = written(statement, found, f"concat('<row>', {', '.join(map(xml_cell, found))}, '</row>')")
    head, tail = _around(titles)
    with ZipFile(pipe, "w", ZIP_DEFLATED, compresslevel=LEVEL) as book:
        number = 0
        for number, blocks in enumerate(_sheets(rows), start=1):
            with book.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
                sheet.write(head)
                for block in blocks:
                    sheet.write(block)
                    yield from pipe.taken()
                sheet.write(tail)
        for name, content in _shell(titles, number).items():
            if "/sheet" not in name:
                book.writestr(name, content)
    yield from pipe.taken()


def xml_cell(column: Column) -> str:
    """SQL for the XML of a cell; nothing is an empty cell."""
    if column.kind in _STYLED:
        return f"coalesce({_STYLED[column.kind].format(column.alias)}, '<c/>')"
    text = f"{column.alias}::text"
    plain = f"'<c t=\"inlineStr\"><is><t>' || {text} || '</t></is></c>'"
    careful = f"'<c t=\"inlineStr\"><is><t xml:space=\"preserve\">' || {_escaped(text)} || '</t></is></c>'"
    return f"CASE WHEN {text} <> '' THEN CASE WHEN {_CARE.format(text)} THEN {careful} ELSE {plain} END ELSE '<c/>' END"


def _escaped(text: str) -> str:
    escaped = f"translate(left({text}, {LONGEST}), {_literal(_ILLEGAL)}, '')"
    for sign, said in _SIGNS.items():
        escaped = f"replace({escaped}, {_literal(sign)}, '{said}')"
    return escaped


def _literal(text: str) -> str:
    """Signs that no statement should hold as they are, as a literal of SQL."""
    return "E'" + "".join(f"\\u{ord(sign):04x}" for sign in text) + "'"


class _Pipe(RawIOBase):
    """What a zip is written to, and taken from as it goes: it is nowhere as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> Iterator[bytes]:
        """What was written since the last time, if anything."""
        parts, self._parts = b"".join(self._parts), []
        if parts:
            yield parts


def _sheets(blocks: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    """The blocks of one sheet after the other, each to be taken before the next; one sheet even where there are no rows."""
    left_over = [b""]

    def of_one() -> Iterator[bytes]:
        room = ROWS_OF_A_SHEET
        for block in chain([left_over.pop()], blocks):
            rows = block.count(b"\n")
            if rows > room:
                lines = block.split(b"\n", room)
                left_over.append(lines.pop())
                yield b"\n".join(lines)
                return
            room -= rows
            yield block

    while left_over:
        yield of_one()


def _around(titles: list[str]) -> tuple[bytes, bytes]:
    """What stands before and after the rows of a sheet, its titles included."""
    sheet = _shell(titles, 1)["xl/worksheets/sheet1.xml"]
    model = re.search(rb'<row r="2">.*?</row>', sheet)
    if model is None:
        raise ValueError("openpyxl has left the model row out")
    return sheet[: model.start()], sheet[model.end() :]


def _shell(titles: list[str], sheets: int) -> dict[str, bytes]:
    """The files of a book of so many sheets that hold the titles, and a model row with a moment and a day."""
    book, file = Workbook(write_only=True), BytesIO()
    for _ in range(sheets):
        sheet: Any = book.create_sheet()
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, title) for title in titles])
        sheet.append([_cell(sheet, date(2000, 1, 1), form) for form in (MOMENT, DAY)])
    book.save(file)
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _cell(sheet: Any, value: Any, number_format: str = "") -> Any:
    """A cell; text is text, also where openpyxl would take it for a formula or an error."""
    cell = WriteOnlyCell(sheet, value=value)
    if number_format:
        cell.number_format = number_format
    else:
        cell.data_type = "s"
    return cell
