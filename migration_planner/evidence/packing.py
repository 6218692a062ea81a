"""Writes the files of an evidence pack into one zip. The same rows give the same bytes.

Everything is read in one snapshot of the database, in a fixed order; the zip carries no time of its own.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db import connection, transaction
from django.template.loader import render_to_string

from migration_planner.evidence import canonical, pack_script
from migration_planner.evidence.tables import BATCH, TABLES, streamed
from migration_planner.lib.tables import csv_lines
from migration_planner.planning import progress
from migration_planner.planning.models import Ban

FORMAT = "migration-planner-evidence/1"
#: The earliest moment a zip can name.
NO_TIME = (1980, 1, 1, 0, 0, 0)
HISTORY = f"""
    SELECT seal.position, seal.digest, {canonical.COLUMNS}
    FROM evidence_seal AS seal JOIN planning_event AS event ON event.id = seal.event_id
    WHERE seal.ban_id = %(ban)s ORDER BY seal.position
"""  # noqa: S608 - constants
FILES = ["history.jsonl", *TABLES, "report.html", "verify.py", "manifest.json"]


@dataclass
class Written:
    """One file in the folder: its rows and digest."""

    name: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Packed:
    size: int
    sha256: str
    head: str


def write(ban: Ban, folder: Path, *, told: Callable[[int], None] = lambda written: None) -> Packed:
    """Write `pack.zip` into an empty folder, from what is sealed of the ban. `told` hears after each file how many there are.

    The caller seals first. Takes seconds for a thousand people, minutes for hundreds of thousands.
    """
    written: list[Written] = []
    with _one_snapshot():
        ban.refresh_from_db()
        head, lines = _history(ban, folder / "history.jsonl")
        written.append(_measured(folder / "history.jsonl", lines))
        for name, statement in TABLES.items():
            told(len(written))
            written.append(_measured(folder / name, _table(folder / name, statement, ban)))
        facts = _facts(ban)
        (folder / "report.html").write_text(_report(ban, facts, written, head, lines), encoding="utf-8")
    (folder / "verify.py").write_text(Path(pack_script.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    written += [_measured(folder / name, 0) for name in ("report.html", "verify.py")]
    manifest = {"format": FORMAT, "ban": facts, "history": {"head": head, "lines": lines}, "files": _listed(written)}
    (folder / "manifest.json").write_text(_json(manifest), encoding="utf-8")
    told(len(written) + 1)
    return _zipped(folder, head)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """All statements see the same moment."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _history(ban: Ban, path: Path) -> tuple[str, int]:
    """Write the chain of the ban. Returns its head and length."""
    head, lines = canonical.BEGINNING, 0
    with path.open("w", encoding="utf-8", newline="\n") as file, connection.chunked_cursor() as cursor:
        cursor.execute(HISTORY, {"ban": ban.pk})
        while rows := cursor.fetchmany(BATCH):
            for position, head, *event in rows:
                line = canonical.line(tuple(event))
                file.write(f'{{"position":{position},"digest":"{head}","line":{line}}}\n')
            lines += len(rows)
    return head, lines


def _table(path: Path, statement: str, ban: Ban) -> int:
    rows, count = streamed(statement, ban.pk), 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in csv_lines(next(rows), rows):
            file.write(line)
            count += 1
    return count - 1


def _facts(ban: Ban) -> dict[str, Any]:
    """What a reader needs to know of the ban, and its figures as they stand."""
    total = progress.total(ban).total
    return {
        "id": ban.pk,
        "tool": ban.tool.name,
        "replacement": ban.replacement.name,
        "state": ban.state,
        "stated_reason": ban.reason,
        "source": ban.reason_source,
        "risk_class": ban.risk_class,
        "playbook": f"{ban.playbook} {ban.playbook_version}",
        "published_at": ban.published_at,
        "cutoff": f"{ban.cutoff_date} {ban.cutoff_time} {ban.cutoff_zone}",
        "ended_at": ban.ended_at,
        "owners": sorted(ban.owners.values_list("email", flat=True)),
        "people": total.people,
        "done": total.done,
        "verified": total.verified,
        "started": total.started,
        "blocked": total.blocked,
        "waived": total.waived,
        "not_started": total.not_started,
    }


def _report(ban: Ban, facts: dict[str, Any], written: list[Written], head: str, lines: int) -> str:
    context = {"ban": ban, "facts": facts, "files": written, "head": head, "lines": lines, "scope": ban.scope}
    return render_to_string("evidence/report.html", context)


def _measured(path: Path, rows: int) -> Written:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Written(path.name, rows, path.stat().st_size, digest.hexdigest())


def _listed(written: list[Written]) -> list[dict[str, Any]]:
    return [{"name": each.name, "rows": each.rows, "size": each.size, "sha256": each.sha256} for each in written]


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"


def _zipped(folder: Path, head: str) -> Packed:
    path = folder / "pack.zip"
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(FILES):
            entry = ZipInfo(name, NO_TIME)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
            with (folder / name).open("rb") as file, archive.open(entry, "w", force_zip64=True) as into:
                while block := file.read(1 << 20):
                    into.write(block)
    measured = _measured(path, 0)
    return Packed(measured.size, measured.sha256, head)
