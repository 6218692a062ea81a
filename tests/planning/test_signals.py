"""Signals of use: brought in, replaced, refused with the line and what to do, forgotten; and the last use beside them."""

import io
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from migration_planner.lib.errors import DomainError
from migration_planner.planning import held, signals, tokens
from migration_planner.planning.models import AccessToken, Event, Signal, SignalSource, Tool, Use
from migration_planner.planning.signal_files import from_file
from migration_planner.planning.signals import BadRows, Taken

HEADER = "person,tool,day,count,source"


def take(*rows: str, now: datetime, header: str = HEADER, apply: bool = True, **said: Any) -> Taken:
    raw = io.BytesIO("\n".join([header, *rows]).encode())
    return signals.take(from_file(raw), by=None, now=now, apply=apply, **said)


def reasons(error: Any) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in error.value.taken.problems]


def test_rows_come_in_by_the_address_and_the_tools_name_and_nothing_else_is_kept(
    ban: Any, employee: Any, now: datetime
) -> None:
    taken = take("EVE@acme.example ,old editor,2026-11-01,3,sso", now=now)
    assert taken.counts() == {"rows": 1, "added": 1, "replaced": 0, "same": 0, "bad": 0}
    signal = Signal.objects.get()
    assert (signal.person, signal.tool, signal.day, signal.count) == (employee, ban.tool, date(2026, 11, 1), 3)
    assert {field.name for field in Signal._meta.fields} == {"id", "person", "tool", "day", "count", "source"}
    assert Use.objects.get().last_day == date(2026, 11, 1)


def test_sending_it_again_changes_nothing_and_another_count_replaces(ban: Any, employee: Any, now: datetime) -> None:
    row = "eve@acme.example,Old Editor,2026-11-01,3,sso"
    take(row, now=now)
    assert take(row, now=now).counts() == {"rows": 1, "added": 0, "replaced": 0, "same": 1, "bad": 0}
    assert take(row.replace(",3,", ",5,"), now=now).replaced == 1
    assert take(row.replace(",sso", ",licences"), now=now).added == 1
    assert list(Signal.objects.order_by("source").values_list("source", "count")) == [("licences", 3), ("sso", 5)]


def test_a_count_of_zero_takes_the_last_use_back_to_the_day_before_or_away(
    ban: Any, employee: Any, now: datetime
) -> None:
    day = "eve@acme.example,Old Editor,2026-10-{},{},sso".format
    take(day(20, 1), day(21, 1), now=now)
    take(day(21, 0), now=now)
    assert Use.objects.get().last_day == date(2026, 10, 20)
    take(day(20, 0), now=now)
    assert not Use.objects.exists()
    assert SignalSource.objects.get().newest_day == date(2026, 10, 21)  # the source has reported so far


def test_columns_in_another_order_with_others_beside_them_and_semicolons_are_read(
    ban: Any, employee: Any, now: datetime
) -> None:
    header = "source;count;device;day;tool;person"
    assert take("sso;2;laptop;2026-11-01;Old Editor;eve@acme.example", header=header, now=now).added == 1


def test_bad_rows_are_named_with_their_line_and_what_to_do_and_nothing_is_taken(
    ban: Any, employee: Any, person: Any, now: datetime
) -> None:
    person("gone", is_active=False)
    rows = [
        "eve@acme.example,Old Editor,2026-11-01,3,sso",
        ",Old Editor,2026-11-01,3,sso",
        "nobody@acme.example,Old Editor,2026-11-01,3,sso",
        "gone@acme.example,Old Editor,2026-11-01,3,sso",
        "eve@acme.example,Nothing,2026-11-01,3,sso",
        "eve@acme.example,Old Editor,1 Nov,3,sso",
        "eve@acme.example,Old Editor,2026-11-01,many,sso",
        "eve@acme.example,Old Editor,2026-11-01,3,",
        "eve@acme.example,Old Editor,2027-01-01,3,sso",
        "eve@acme.example,Old Editor,2020-01-01,3,sso",
        "eve@acme.example,Old Editor,2026-11-01,4,sso",
        f"eve@acme.example,Old Editor,2026-11-01,3,{'x' * 81}",
    ]
    with pytest.raises(BadRows, match="11 rows cannot be taken, so nothing was") as error:
        take(*rows, now=now)
    assert reasons(error) == [
        (3, "no_person"), (4, "unknown_person"), (5, "left"), (6, "unknown_tool"), (7, "no_day"), (8, "no_count"),
        (9, "no_source"), (10, "future"), (11, "old"), (12, "twice"), (13, "long_source"),
    ]  # fmt: skip
    assert not Signal.objects.exists()
    taken = take(*rows, now=now, skip_bad=True)
    assert (taken.added, taken.bad, Signal.objects.get().count) == (1, 11, 3)
    assert all(str(problem.reason) for problem in taken.problems)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"person,tool,day,count\n", "lacks the column source"),
        (b"person,person,tool,day,count,source\n", "stands in the file twice"),
        (b"person,tool,day,count,source\n", "There is no row in it"),
        (b"person,tool,day,count,source\n\xff\n", "Line 2 is not UTF-8"),
        (b'person,tool,day,count,source\n"a\n', "Line 2 is not CSV"),
        (b"person,tool\0", "The file is not text"),
        (b"", "lacks the column"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(db: None, now: datetime, text: bytes, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        signals.take(from_file(io.BytesIO(text)), by=None, now=now, apply=True)


def test_cells_with_tabs_and_backslashes_do_not_break_the_copy(ban: Any, employee: Any, now: datetime) -> None:
    take("eve@acme.example,Old Editor,2026-11-01,3,a\\b\tc", now=now)
    assert Signal.objects.get().source == "a\\b c"


def test_old_signals_are_forgotten_with_what_was_derived_from_them_and_counted(
    ban: Any, employee: Any, now: datetime, settings: Any
) -> None:
    settings.SIGNALS_KEEP_DAYS = 10
    take("eve@acme.example,Old Editor,2026-10-25,1,sso", "eve@acme.example,New Editor,2026-11-01,1,sso", now=now)
    later = now + timedelta(days=6)
    assert signals.look(now=later) == 1
    assert signals.look(now=later) == 0
    assert [use.tool for use in Use.objects.all()] == [ban.replacement]
    assert Event.objects.get(verb=Event.Verb.SIGNALS_FORGOTTEN).data == {"signals": 1}


def test_the_command_says_what_a_file_is_good_for_and_brings_it_in_when_told(
    ban: Any, employee: Any, tmp_path: Path, capsys: Any
) -> None:
    file, today = tmp_path / "use.csv", timezone.localdate()
    file.write_text(f"{HEADER}\neve@acme.example,Old Editor,{today},3,sso\n")
    call_command("import_signals", str(file))
    assert "Nothing was changed" in capsys.readouterr().out
    assert not Signal.objects.exists()
    call_command("import_signals", str(file), apply=True, json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["added"], said["applied"], said["problems"]) == (1, True, [])
    file.write_text(f"{HEADER}\nnobody@acme.example,Old Editor,{today},3,sso\n")
    with pytest.raises(CommandError, match="line 2: Nobody here has this address"):
        call_command("import_signals", str(file), apply=True)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_signals", str(tmp_path / "none.csv"))


def test_a_person_holds_all_that_is_held_of_them_and_of_nobody_else(
    ban: Any, employee: Any, lead: Any, now: datetime, settings: Any
) -> None:
    settings.SIGNALS_KEEP_DAYS = 90
    take("eve@acme.example,Old Editor,2026-11-01,3,sso", "lee@acme.example,Old Editor,2026-11-02,1,sso", now=now)
    data = held.as_data(employee, now=now)
    until = date(2026, 11, 1) + timedelta(days=90)
    assert data["signals"] == [{"what": "Old Editor: 3", "day": date(2026, 11, 1), "source": "sso", "until": until}]
    assert [entry["day"] for entry in data["last_uses"]] == [date(2026, 11, 1)]
    assert data["contradictions"] == []


def test_a_token_is_good_for_its_purpose_until_its_day_and_while_its_maker_is_here(
    administrator: Any, now: datetime
) -> None:
    token = tokens.make("SSO", [AccessToken.Scope.SIGNALS], days=30, by=administrator, now=now)
    assert token not in str(AccessToken.objects.values_list())
    found = tokens.find(token, now=now)
    assert found
    assert found.scopes == ["signals"]
    assert tokens.find(token + "x", now=now) is None
    assert tokens.find(token, now=now + timedelta(days=31)) is None
    administrator.is_active = False
    administrator.save(update_fields=["is_active"])
    assert tokens.find(token, now=now) is None
    administrator.is_active = True
    administrator.save(update_fields=["is_active"])
    assert tokens.revoke(found, by=administrator, now=now)
    assert not tokens.revoke(found, by=administrator, now=now)
    assert tokens.find(token, now=now) is None
    for days in (0, 366):
        with pytest.raises(DomainError, match="good for 1 to 365 days"):
            tokens.make("SSO", ["signals"], days=days, by=administrator, now=now)


def test_tools_of_the_catalogue_that_no_ban_is_about_can_be_reported_too(
    db: None, employee: Any, now: datetime
) -> None:
    Tool.objects.create(name="Some Chat")
    assert take("eve@acme.example,Some Chat,2026-11-01,1,sso", now=now).added == 1
