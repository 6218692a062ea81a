import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from migration_planner.people.models import RosterImport, RosterRow, User


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_roster", str(path), *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path, db: None) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email,name,team,badge\nana@acme.example,Ana,Acme/Sales,7\n")
    return path


def test_without_apply_it_prints_what_would_change_and_leaves_nothing(file: Path) -> None:
    said = run(file)
    assert "joiners                     1" in said
    assert "ana@acme.example" in said
    assert "Columns without a meaning here: badge." in said
    assert not User.objects.exists()
    assert not RosterImport.objects.exists()
    assert not RosterRow.objects.exists()


def test_with_apply_it_does_so_and_says_it_as_json(file: Path) -> None:
    said = json.loads(run(file, "--apply", "--json"))
    assert (said["applied"], said["rows"], said["counts"]["joiners"], said["bad_rows"]) == (True, 1, 1, 0)
    assert User.objects.get().email == "ana@acme.example"
    again = json.loads(run(file, "--apply", "--json"))
    assert not any(again["counts"].values())


def test_bad_rows_are_printed_and_stop_it_unless_skipped(file: Path) -> None:
    file.write_text(file.read_text() + "bo,Bo,Acme,8\n")
    said = json.loads(run(file, "--json"))
    assert said["problems"] == [{"line": 3, "reason": "“bo” is not an email address."}]
    with pytest.raises(CommandError, match="line 3"):
        run(file, "--apply")
    assert not User.objects.exists()
    assert "1 bad rows (left out)" in run(file, "--apply", "--skip-bad")
    assert User.objects.count() == 1


@pytest.mark.parametrize("content", [None, b"name,team\nAna,Acme\n", b"email,name,team\n", b"\xff\xfe\x00"])
def test_what_cannot_be_imported_is_an_error_and_changes_nothing(file: Path, content: Any) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with pytest.raises(CommandError):
        run(file, "--apply")
    assert not RosterImport.objects.exists()


def test_more_leavers_than_a_tenth_need_their_own_option(file: Path) -> None:
    run(file, "--apply")
    file.write_text("email,name,team\nbo@acme.example,Bo,Acme\n")
    assert "--confirm-leavers" in run(file, "--full")
    with pytest.raises(CommandError, match="1 of 1 people would leave"):
        run(file, "--apply", "--full")
    run(file, "--apply", "--full", "--confirm-leavers")
    assert list(User.objects.active().values_list("name", flat=True)) == ["Bo"]
