"""Every list as CSV, XLSX and JSON: the same rows, by the same filters, read back from the files."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from tempfile import TemporaryFile
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from migration_planner.lib import tables, workbooks
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


def test_text_stays_text_and_days_and_moments_are_typed() -> None:
    moment = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=8)))
    file = io.BytesIO()
    workbooks.write(file, ["=A1", "B"], [[each, 7] for each in NASTY] + [[moment, date(2026, 3, 1)], [None, True]])
    book = load_workbook(io.BytesIO(file.getvalue()))  # not read-only: it says what type each cell has
    cells = [row[0] for row in book.worksheets[0].iter_rows()]
    assert {cell.data_type for cell in cells[: len(NASTY) + 1]} == {"s"}
    assert [cell.value for cell in cells[1 : len(NASTY) + 1]] == [each.replace("\x0b", "") for each in NASTY]
    assert cells[-2].is_date
    assert cells[-2].value == moment.astimezone(UTC).replace(tzinfo=None)
    assert book.worksheets[0].cell(len(NASTY) + 2, 2).number_format == workbooks.DAY


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "ROWS_OF_A_SHEET", 3)
    file = io.BytesIO()
    workbooks.write(file, ["N"], [[number] for number in range(7)])
    sheets = load_workbook(io.BytesIO(file.getvalue())).worksheets
    assert [each.max_row for each in sheets] == [4, 4, 2]
    empty = io.BytesIO()
    workbooks.write(empty, ["N"], [])
    assert sheet(empty.getvalue()) == [("N",)]


def test_a_workbook_of_many_rows_takes_no_more_memory_than_one_of_few() -> None:
    def peak(rows: int) -> int:
        lines: Iterator[list[Any]] = ([f"Person {number}", number] for number in range(rows))
        tracemalloc.start()
        with TemporaryFile() as file:
            workbooks.write(file, ["Name", "N"], lines)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(3000) < peak(100) + 300_000


def test_json_is_an_array_whatever_its_length_and_its_names_are_english() -> None:
    assert json.loads("".join(tables.json_parts(["a"], []))) == []
    assert json.loads("".join(tables.json_parts(["a", "b"], [["“ü”"], [1, date(2026, 1, 2)]]))) == [
        {"a": "“ü”", "b": None},
        {"a": 1, "b": "2026-01-02"},
    ]
    with translation.override("zh-hans"):
        assert exports.keys([gettext_lazy("Steps finished")]) == ["steps_finished"]
