"""Files row for row in three formats."""

import csv
import io
import json
from typing import Any

from openpyxl import load_workbook

from tests.year.counts import Figures, Person
from tests.year.lists import Known
from tests.year.world import World

STATES = {"done": "done", "waived": "waived", "blocked": "blocked", "started": "started", "not_started": "not started"}


def files(world: World, known: Known) -> None:
    """Everybody in three formats, row for row, and every team."""
    for tool, people in known.items():
        ban = world.ban(tool)
        address = f"/bans/{ban.pk}/people.csv"
        lines = list(csv.reader(io.StringIO(world.file(address).decode("utf-8-sig"))))
        book = load_workbook(io.BytesIO(world.file(f"{address}?format=xlsx")), read_only=True).worksheets[0]
        sheet = [list(row) for row in book.iter_rows(values_only=True)]
        data = json.loads(world.file(f"{address}?format=json"))
        wanted = sorted(
            [each.name, each.email, each.path, STATES[each.state], each.finished, each.asked, each.verified_steps,
             each.finished - each.verified_steps, "yes" if each.is_verified else "no"] for each in people
        )  # fmt: skip
        head = lines[0]
        place = [
            head.index(name)
            for name in (
                "Name",
                "Address",
                "Team",
                "State",
                "Steps finished",
                "Steps asked",
                "Steps verified",
                "Steps claimed",
                "Verified",
            )
        ]
        assert sorted([_plain(row[at]) for at in place] for row in lines[1:]) == wanted, tool
        assert sorted([_plain(row[at]) for at in place] for row in sheet[1:]) == wanted, tool
        assert sorted([_plain(list(row.values())[at]) for at in place] for row in data) == wanted, tool
        assert [[_plain(cell) for cell in row[:6]] for row in lines[1:]] == [
            [_plain(cell) for cell in row[:6]] for row in sheet[1:]
        ]
        _teams(world, ban.pk, people)


def _teams(world: World, ban: int, people: list[Person]) -> None:
    lines = list(csv.DictReader(io.StringIO(world.file(f"/bans/{ban}/teams.csv").decode("utf-8-sig"))))
    assert sum(int(row["People"]) for row in lines) == len(people)
    for row in lines:
        own = Figures.of([each for each in people if each.path == row["Team"]])
        names = ("People", "Done", "Started", "Blocked", "Not started", "Waived", "Done, verified", "Done, claimed")
        wanted = [
            own.people,
            own.done,
            own.started,
            own.blocked,
            own.not_started,
            own.waived,
            own.verified,
            own.done - own.verified,
        ]
        assert [int(row[name]) for name in names] == wanted, row


def _plain(cell: Any) -> Any:
    return int(cell) if str(cell).isdecimal() else cell
