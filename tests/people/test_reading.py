import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_planner.lib.errors import DomainError
from migration_planner.people.roster.reading import COLUMNS, RosterFile, clean


def read(data: bytes) -> list[dict[str, Any]]:
    rows = RosterFile(io.BytesIO(data)).rows()
    return [{"line": row.line, "surplus": row.surplus, **dict(zip(COLUMNS, row.cells, strict=True))} for row in rows]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_columns_come_in_any_order_with_or_without_a_byte_order_mark(mark: bytes, ending: bytes) -> None:
    rows = read(mark + b" Team ,NAME,Home Team,email" + ending + b"Acme/Sales,Ana,YES,Ana@Acme.Example" + ending)
    assert len(rows) == 1
    assert rows[0]["email"] == "ana@acme.example"
    assert (rows[0]["team"], rows[0]["home_team"], rows[0]["role"]) == ("Acme/Sales", "yes", "member")


def test_lines_are_those_of_the_file_even_with_quoted_line_breaks_and_empty_lines() -> None:
    rows = read(b'\nemail,name,team\r\na@x.example,"Ana\r\nMaria\nLovelace",Acme\r\n\r\n,,\r\nb@x.example,Bo,Acme\r\n')
    assert [(row["line"], row["name"]) for row in rows] == [(3, "Ana Maria Lovelace"), (8, "Bo")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_files_of_spreadsheets_that_separate_otherwise_are_read_too(delimiter: str) -> None:
    rows = read("email,name,team\na@x.example,Ana,Acme".replace(",", delimiter).encode())
    assert (rows[0]["name"], rows[0]["line"]) == ("Ana", 2)


def test_names_are_composed_and_lose_what_cannot_be_seen() -> None:
    assert clean(" Ze\u0301   Silva\u200b\u202e\x07 ") == "Zé Silva"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"  # the joiner belongs to the word


@pytest.mark.parametrize(
    ("cell", "zone"), [("asia/shanghai", "Asia/Shanghai"), ("UTC", "UTC"), ("EST", "EST"), ("Mars/Base", "Mars/Base")]
)
def test_zones_are_known_however_they_are_written(cell: str, zone: str) -> None:
    assert read(f"email,name,team,timezone\na@x.example,Ana,Acme,{cell}".encode())[0]["timezone"] == zone


@pytest.mark.parametrize(
    ("cell", "language"),
    [("zh", "zh-hans"), ("zh-CN", "zh-hans"), ("zh_CN", "zh-hans"), ("en-GB", "en"), ("fr", "fr"), ("zh-TW", "zh-tw")],
)
def test_languages_are_known_by_their_main_part(cell: str, language: str) -> None:
    assert read(f"email,name,team,language\na@x.example,Ana,Acme,{cell}".encode())[0]["language"] == language


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "lacks the column email, name, team"),
        (b"email,team\na@x.example,Acme", "lacks the column name"),
        (b"email,name,team,Email\n", "email stands in the file twice"),
        (b"email,name,team\na@x.example,Zo\xeb,Acme", "Line 2 is not UTF-8"),
        ("email,name,team\n".encode("utf-16"), "Line 1 is not UTF-8"),
        (b"email,name,team\na@x.example,A\0,Acme", "not text"),
        (b'email,name,team\na@x.example,"Ana,Acme\nb@x.example,Bo,Acme\n', "quotation mark"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(data: bytes, says: str) -> None:
    with pytest.raises(DomainError, match=says):
        read(data)


def test_headings_without_a_meaning_are_reported_and_surplus_cells_counted() -> None:
    file = RosterFile(io.BytesIO(b"email,name,team,shoe size\na@x.example,Ana,Acme,42,,left,right\n"))
    assert (file.unknown, file.columns) == (["shoe_size"], ["email", "name", "team"])
    assert next(file.rows()).surplus == 2


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_whatever_a_csv_writer_writes_is_read_cell_by_cell_on_its_line(
    rows: list[tuple[str, str, str]], ending: str
) -> None:
    lines, starts = io.StringIO(newline=""), []
    writer = csv.writer(lines, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow(["team", "email", "name"])
    for row in rows:
        # A lone carriage return is no end of a line for the programs that count them.
        starts.append(lines.getvalue().count("\n") + 1)
        writer.writerow(row)
    found = {row["line"]: row for row in read(lines.getvalue().encode())}
    for start, (team, email, name) in zip(starts, rows, strict=True):
        if team or email or name:
            assert found[start]["name"] == clean(name)
            assert found[start]["email"] == clean(email).lower()
    assert len(found) == sum(1 for row in rows if any(row))
