"""Packs of evidence: built in the background, the same bytes for the same rows, checked by a script anybody can read."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.evidence import building, pack_script, packing
from migration_planner.evidence.models import Pack
from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Mark
from tests.reading import read
from tests.waivers import grant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def built(ban: Any, checklist: Any, employee: Any, owner: Any, now: datetime) -> Any:
    """A ban with a mark, and its pack."""
    step = ban.steps.per_person()[0]
    checklist.mark(step, Mark.State.DONE, by=employee, now=now, note="=HYPERLINK(1)")
    building.ask(ban, by=owner, now=now)
    pack = building.build_next(now=now + timedelta(minutes=5))
    assert pack is not None
    pack.refresh_from_db()
    return pack


def content(pack: Pack) -> bytes:
    return b"".join(building.content(pack))


def checked(data: bytes, folder: Path) -> tuple[int, str]:
    path = folder / "pack.zip"
    path.write_bytes(data)
    done = subprocess.run([sys.executable, "-I", pack_script.__file__, str(path)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The same zip with some bytes of one file replaced."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(into, "w") as after:
        for entry in before.infolist():
            text = before.read(entry)
            assert entry.filename != name or old in text
            after.writestr(entry, text.replace(old, new, 1) if entry.filename == name else text)
    return into.getvalue()


def test_a_pack_holds_everything_and_the_script_of_auditors_says_that_it_is_whole(built: Any, tmp_path: Path) -> None:
    assert built.state == Pack.State.READY
    data = content(built)
    assert len(data) == built.size
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        assert {"manifest.json", "history.jsonl", "people.csv", "marks.csv", "reminders.csv", "report.html"} <= set(
            pack.namelist()
        )
        assert "'=HYPERLINK(1)" in pack.read("marks.csv").decode()
        assert b"verify.py" in pack.read("report.html")
        assert pack.read("verify.py") == Path(pack_script.__file__).read_bytes()
    code, said = checked(data, tmp_path)
    assert (code, built.head in said) == (0, True), said


def test_the_figures_of_a_pack_add_up_to_the_people(
    ban: Any, checklist: Any, lead: Any, owner: Any, now: datetime, tmp_path: Path
) -> None:
    grant(checklist, by=owner, now=now)
    ban.checklists.get(person=lead).mark(ban.steps.per_person()[0], Mark.State.DONE, by=lead, now=now)
    packing.write(ban, tmp_path)
    with zipfile.ZipFile(tmp_path / "pack.zip") as pack:
        figures, page = json.loads(pack.read("manifest.json"))["ban"], pack.read("report.html").decode()
    parts = [figures[name] for name in ("done", "started", "blocked", "waived", "not_started")]
    assert parts == [0, 1, 0, 1, 1]
    assert sum(parts) == figures["people"]
    report = read(page)
    [row] = [row for table in report.tables() for row in table if "Waived" in row]
    assert [row[name] for name in ("People", "Done", "Started", "Blocked", "Waived", "Not started")] == list("301011")


def test_the_same_rows_give_the_same_bytes(built: Any, owner: Any, now: datetime) -> None:
    building.ask(built.ban, by=owner, now=now + timedelta(days=1))
    again = building.build_next(now=now + timedelta(days=1))
    assert again is not None
    assert content(again) == content(built)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("people.csv", b"not_started", b"done"),
        ("marks.csv", b"HYPERLINK", b"HYPERLINX"),
        ("history.jsonl", b"marked_done", b"marked_open"),
    ],
)
def test_one_changed_word_is_found(built: Any, tmp_path: Path, name: str, old: bytes, new: bytes) -> None:
    code, said = checked(changed(content(built), name, old, new), tmp_path)
    assert code == 1
    assert name in said


def test_a_damaged_file_is_no_pack(built: Any, tmp_path: Path) -> None:
    assert checked(content(built)[:500], tmp_path)[0] == 2


def test_only_one_pack_of_a_ban_is_built_at_a_time(ban: Any, owner: Any, now: datetime) -> None:
    building.ask(ban, by=owner, now=now)
    with pytest.raises(DomainError, match="being built already"):
        building.ask(ban, by=owner, now=now)


def test_a_pack_that_another_worker_has_is_left_to_it_and_taken_up_when_that_died(
    ban: Any, owner: Any, now: datetime
) -> None:
    pack = building.ask(ban, by=owner, now=now)
    Pack.objects.update(state=Pack.State.BUILDING)
    with building._alone(pack) as tell:
        assert tell is not None
        assert building.build_next(now=now) is None
    assert building.build_next(now=now) == pack


def test_a_pack_that_breaks_says_so_and_the_next_one_is_built(
    ban: Any, draft: Any, owner: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = building.ask(ban, by=owner, now=now)
    with monkeypatch.context() as broken:
        broken.setattr(building.packing, "write", lambda *_args, **_more: 1 / 0)
        building.build_next(now=now)
    pack.refresh_from_db()
    assert (pack.state, "the log of the worker" in pack.error) == (Pack.State.FAILED, True)
    assert building.build_next(now=now) is None
    building.ask(ban, by=owner, now=now)
    building.build_next(now=now)
    assert Pack.objects.filter(state=Pack.State.READY).count() == 1


def test_a_pack_that_three_workers_died_over_is_given_up(ban: Any, owner: Any, now: datetime) -> None:
    pack = building.ask(ban, by=owner, now=now)
    Pack.objects.update(state=Pack.State.BUILDING, attempts=building.ATTEMPTS)
    building.build_next(now=now)
    pack.refresh_from_db()
    assert (pack.state, "again and again" in pack.error) == (Pack.State.FAILED, True)


def test_the_newest_packs_are_kept_and_older_ones_go(built: Any, owner: Any, now: datetime) -> None:
    for _ in range(building.KEPT):
        building.ask(built.ban, by=owner, now=now)
        building.build_next(now=now)
    assert Pack.objects.count() == building.KEPT
    assert not Pack.objects.filter(pk=built.pk).exists()


def test_the_page_shows_progress_then_the_file(client: Any, ban: Any, owner: Any, now: datetime) -> None:
    client.force_login(owner)
    page = reverse("ban-evidence", args=[ban.pk])
    assert b"Build the pack" in client.get(page).content
    assert client.post(reverse("ban-evidence-pack", args=[ban.pk])).status_code == 303
    waiting = client.get(page).content.decode()
    assert "0 of" in waiting
    assert 'http-equiv="refresh"' in waiting
    pack = building.build_next(now=now)
    assert b"Download" in client.get(page).content
    answer = client.get(reverse("ban-evidence-download", args=[ban.pk, pack.pk]))  # type: ignore[union-attr]
    assert b"".join(answer.streaming_content)[:2] == b"PK"
