"""Writes the files of an evidence pack into one zip. The same rows give the same bytes.

Everything is read in one snapshot of the database, in a fixed order, and goes straight into the zip, which carries no time of its
own: none of it is ever in memory, or on the disk as it is.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import connection, transaction
from django.template.loader import render_to_string

from migration_planner.evidence import canonical, pack_script
from migration_planner.evidence.tables import TABLES
from migration_planner.lib.copying import Blocks, Statement
from migration_planner.lib.tables import csv_blocks
from migration_planner.planning import progress
from migration_planner.planning.models import Ban

FORMAT = "migration-planner-evidence/1"
#: The quickest level: packs grow by a fifth, and take half the time.
LEVEL = 1
#: Lines of history brought over from the database at a time.
BATCH = 5000
HISTORY = f"""
    SELECT seal.position, seal.digest, seal.form, {canonical.COLUMNS}
    FROM evidence_seal AS seal JOIN planning_event AS event ON event.id = seal.event_id
    WHERE seal.ban_id = %(ban)s ORDER BY seal.position
"""  # noqa: S608 - constants
FILES = ["history.jsonl", *TABLES, "report.html", "verify.py", "manifest.json"]


@dataclass(frozen=True)
class Written:
    """One file of the pack: its rows and digest."""

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
    """Write `pack.zip` into a folder, from what is sealed of the ban. `told` hears after each file how many there are.

    The caller seals first. Takes seconds for a thousand people, a minute for hundreds of thousands.
    """
    path, written = folder / "pack.zip", list[Written]()
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:

        def add(name: str, blocks: Blocks) -> Written:
            written.append(_added(archive, name, blocks))
            told(len(written))
            return written[-1]

        with _one_snapshot():
            ban.refresh_from_db()
            lines = add("history.jsonl", _history(ban)).rows
            head = _head(ban, lines)
            for name, statement in TABLES.items():
                add(name, csv_blocks(None, Statement(statement, {"ban": ban.pk})))
            facts = _facts(ban)
            report = _report(ban, facts, written, head, lines)
        add("report.html", _text(report))
        add("verify.py", _text(Path(pack_script.__file__).read_text(encoding="utf-8")))
        about = {"head": head, "lines": lines}
        add(
            "manifest.json", _text(_json({"format": FORMAT, "ban": facts, "history": about, "files": _listed(written)}))
        )
    return Packed(path.stat().st_size, _digest(path), head)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """All statements see the same moment."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _history(ban: Ban) -> Blocks:
    """The chain of the ban, a line for each of its lines."""
    count = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(HISTORY, {"ban": ban.pk})
        while rows := cursor.fetchmany(BATCH):
            count += len(rows)
            yield "".join(map(_line, rows)).encode()
    return count


def _line(row: tuple[Any, ...]) -> str:
    position, digest, form, *event = row
    return f'{{"position":{position},"digest":"{digest}","line":{canonical.line(tuple(event), form)}}}\n'


def _head(ban: Ban, lines: int) -> str:
    last = ban.seals.filter(position=lines).first()
    return last.digest if last else canonical.BEGINNING


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


def _added(archive: ZipFile, name: str, blocks: Blocks) -> Written:
    """Write one file into the archive, and take its digest as it goes by."""
    digest, size = sha256(), 0
    with archive.open(name, "w", force_zip64=True) as into:
        while True:
            try:
                block = next(blocks)
            except StopIteration as end:
                return Written(name, end.value, size, digest.hexdigest())
            into.write(block)
            digest.update(block)
            size += len(block)


def _text(text: str) -> Blocks:
    yield text.encode()
    return 0


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _listed(written: list[Written]) -> list[dict[str, Any]]:
    return [{"name": each.name, "rows": each.rows, "size": each.size, "sha256": each.sha256} for each in written]


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"
