"""Every list as CSV, XLSX and JSON: the same rows, by the same filters, read back from the files."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from migration_planner.lib import tables, workbooks
from migration_planner.lib.copying import Statement
from migration_planner.planning.models import Mark
from migration_planner.web import exports
from tests.doors import House

LISTS = [
    "ban-people", "ban-teams", "ban-waivers-file", "ban-mail-file", "ban-gaps-file", "gaps-file", "team-people",
    "ban-acknowledgements-file", "roster-bad-rows",
]  # fmt: skip
NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "#N/A", "\x0bbell", "=HYPERLINK(1)", "a\nb"]


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def opened(blocks: Iterable[bytes]) -> Any:
    """The whole book, which says what type each cell has."""
    return load_workbook(io.BytesIO(b"".join(blocks)))


def sheet(data: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(data), read_only=True).worksheets[0].iter_rows(values_only=True))


def test_every_list_comes_in_three_formats_with_the_same_rows(client: Any, house: House) -> None:
    client.force_login(house.people["administrator"])
    for name in LISTS:
        path = house.path(name)
        lines = list(csv.reader(io.StringIO(body(client.get(path)).decode("utf-8-sig"))))
        book = client.get(path, {"format": "xlsx"})
        assert book["Content-Type"] == exports.XLSX
        rows = sheet(body(book))
        objects = client.get(path, {"format": "json"})
        assert objects["Content-Disposition"].endswith('.json"')
        found = json.loads(body(objects))
        assert list(rows[0]) == lines[0], name
        assert len(rows) == len(lines) == len(found) + 1, name
        assert all(len(each) == len(lines[0]) for each in found), name
        assert all(key.replace("_", "").isalnum() for each in found for key in each)


def test_the_filters_hold_in_every_format(client: Any, ban: Any, checklist: Any, owner: Any, now: datetime) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=checklist.person, now=now, note="No licence")
    client.force_login(owner)
    address = f"/bans/{ban.pk}/people.csv"
    rows = sheet(body(client.get(address, {"state": "blocked", "format": "xlsx"})))
    assert [row[0] for row in rows] == ["Name", "Eve"]
    assert rows[1][6] == now.replace(tzinfo=None)
    (found,) = json.loads(body(client.get(address, {"state": "blocked", "format": "json"})))
    assert (found["name"], found["steps_asked"], found["last_activity"]) == ("Eve", 3, now.isoformat())


def values(*rows: str) -> Statement:
    """Bare rows, as PostgreSQL writes them."""
    return Statement(f"SELECT * FROM (VALUES {', '.join(rows)}) AS given")


@pytest.mark.django_db
def test_text_stays_text_and_days_and_moments_are_typed() -> None:
    moment = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=8)))
    told = Statement("SELECT word, 7 FROM unnest(%s::text[]) WITH ORDINALITY AS each (word, n) ORDER BY n", [NASTY])
    book = opened(workbooks.xlsx_blocks(["=A1", "B"], told))
    cells = [row[0] for row in book.worksheets[0].iter_rows()]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert [cell.value for cell in cells[1:]] == [each.replace("\x0b", "") for each in NASTY]
    typed = Statement("SELECT %s::timestamptz, %s::date, NULL::int, true", [moment, date(2026, 3, 1)])
    [_titles, row] = opened(workbooks.xlsx_blocks("ABCD", typed)).worksheets[0].iter_rows()
    assert row[0].is_date
    assert row[0].value == moment.astimezone(UTC).replace(tzinfo=None)
    assert (row[1].value.date(), row[1].number_format) == (date(2026, 3, 1), workbooks.DAY)
    assert (row[2].value, row[3].value) == (None, True)


@pytest.mark.django_db
def test_a_cell_of_csv_that_would_run_as_a_formula_begins_with_an_apostrophe() -> None:
    told = Statement(
        "SELECT word FROM unnest(%s::text[]) WITH ORDINALITY AS each (word, n) ORDER BY n", [[*NASTY, "＝1"]]
    )
    written = b"".join(tables.csv_blocks(["=Word"], told)).decode("utf-8-sig")
    cells = [row[0] for row in csv.reader(io.StringIO(written, newline=""))]
    harmless = {"#N/A", "\x0bbell", "a\nb"}
    assert cells == [each if each in harmless else f"'{each}" for each in ["=Word", *NASTY, "＝1"]]


@pytest.mark.django_db
def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "ROWS_OF_A_SHEET", 3)
    book = opened(workbooks.xlsx_blocks(["N"], Statement("SELECT generate_series(1, 7)")))
    assert [each.max_row for each in book.worksheets] == [4, 4, 2]
    empty = opened(workbooks.xlsx_blocks(["N"], Statement("SELECT 1 WHERE false")))
    assert [[cell.value for cell in row] for row in empty.worksheets[0].iter_rows()] == [["N"]]


@pytest.mark.django_db
def test_a_workbook_of_many_rows_takes_no_more_memory_than_one_of_few() -> None:
    def peak(rows: int) -> int:
        tracemalloc.start()
        told = Statement("SELECT 'Person ' || n, n FROM generate_series(1, %s) AS n", [rows])
        for _block in workbooks.xlsx_blocks(["Name", "N"], told):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(20_000) < peak(1000) + 500_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("blocks_of", [tables.csv_blocks, tables.json_blocks, workbooks.xlsx_blocks])
def test_a_download_that_is_given_up_leaves_the_connection_free(blocks_of: Any) -> None:
    blocks = blocks_of(["N"], Statement("SELECT generate_series(1, 3000000)"))
    assert len(b"".join(next(blocks) for _ in range(3))) > 0
    blocks.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 7")
        assert cursor.fetchone() == (7,)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["csv", "json", "xlsx"])
def test_a_download_that_breaks_breaks_the_transfer_and_never_ends_like_a_whole_one(
    how: str, rf: Any, owner: Any
) -> None:
    """The server then sends no last chunk, since no length was promised: whoever downloads is told that it is not all."""
    request = rf.get("/", {"format": how})
    answer = exports.statement_file(
        request, "n", ["N"], Statement("SELECT 1 / (90000 - n) FROM generate_series(1, 99999) AS n")
    )
    assert "Content-Length" not in answer
    found = []
    with pytest.raises(psycopg.Error), transaction.atomic():
        found.extend(answer.streaming_content)
    text = b"".join(found)
    assert not text.endswith(b"]\n")
    assert b"PK\x05\x06" not in text  # what ends every zip


@pytest.mark.django_db
def test_json_is_an_array_whatever_its_length_and_its_names_are_english() -> None:
    def read(statement: Statement) -> Any:
        return json.loads(b"".join(tables.json_blocks(["a", "b"], statement)))

    assert read(Statement("SELECT 1, 2 WHERE false")) == []
    assert read(values("('“ü”', NULL::date)", "('line' || chr(10) || 'feed', '2026-01-02')")) == [
        {"a": "“ü”", "b": None},
        {"a": "line\nfeed", "b": "2026-01-02"},
    ]
    with translation.override("zh-hans"):
        assert exports.keys([gettext_lazy("Steps finished")]) == ["steps_finished"]
