"""What comes in of use, measured: a day of signals as a file, reports of scans for a small team and for the largest, and the
pages that show them. None of them may grow with the company."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from migration_planner.local.bench import floors
from migration_planner.local.bench.clock import Result, median_ms, milliseconds
from migration_planner.local.bench.pages import Client, page_ms
from migration_planner.people.models import Team, User
from migration_planner.planning import signals
from migration_planner.planning.models import Ban, Gap
from migration_planner.planning.scans import receiving
from migration_planner.planning.signal_files import from_file
from migration_planner.scanner.detectors import shipped

#: Rows of findings in a report, and reports of the small team from which the median is taken.
FINDINGS, REPORTS = 60, 7
#: Gaps on the board, by which those who are blocked are held.
GAPS = 40
#: What the ban was drafted from.
PLAYBOOK = "claude-code-to-qoder"


def report(ban: Ban, owner: User, port: int) -> Iterator[Result]:
    """Every case, over a ban that is half-way and served."""
    yield from day_of_signals(ban)
    small, largest = _teams(ban)
    yield report_of("report, team of 20", ban, small, owner)
    yield report_of("report, all teams", ban, largest, owner, runs=1)
    _open_gaps(ban, owner)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    for name, reader, address in _pages(ban, small, largest, owner):
        took, floor = page_ms(Client.of(reader, port), address, "/local/floor/")
        yield Result(name, took, "minimal view", floor)


def day_of_signals(ban: Ban) -> Iterator[Result]:
    """A row for everybody, brought in, and the same file once more, against COPY of the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "signals.csv"
        people = _write(path, ban)
        copy = median_ms(lambda: floors.copy_signals(path), runs=3)
        for name in ("signals of a day", "the same signals again"):
            took = milliseconds(lambda: _take(path))
            yield Result(name, took, "COPY of the same file", copy, {"rows_per_second": round(people / took * 1000)})


def _write(path: Path, ban: Ban) -> int:
    today = datetime.now(UTC).date().isoformat()
    people = ban.checklists.counted().order_by("person_id").values_list("person__email", flat=True)
    with path.open("w", encoding="utf-8") as file:
        file.write("person,tool,day,count,source\n")
        for count, email in enumerate(people.iterator(), start=1):
            file.write(f"{email},{ban.tool.name},{today},{count % 9 + 1},sso\n")
    return count


def _take(path: Path) -> None:
    with path.open("rb") as raw:
        signals.take(from_file(raw), by=None, now=datetime.now(UTC), apply=True)


def _teams(ban: Ban) -> tuple[Team, Team]:
    """One of the many small ones, and the one whose reports speak for everybody."""
    rows = ban.migrations.select_related("team").order_by("path")
    return rows.filter(people__gt=0).last().team, rows[0].team  # type: ignore[union-attr] # the ban is published


def report_of(name: str, ban: Ban, team: Team, by: User, *, runs: int = REPORTS) -> Result:
    """Reports of as many repositories, each weighed and counted, against the bare INSERT of what they have written."""
    before = floors.last_written()
    numbers = iter(range(runs + 1))

    def act() -> None:
        number = next(numbers)
        receiving.receive(_body(f"bench.example/{team.pk}/{number}", number), team, by=by, now=datetime.now(UTC))

    took = milliseconds(act) if runs == 1 else median_ms(act, runs=runs)
    written, bare = floors.insert_what_reports_wrote(before)
    times = 1 if runs == 1 else runs + 1
    return Result(name, took, "the bare INSERT of what it wrote", bare / times, {"rows_written": written // times})


def _body(repository: str, number: int) -> dict[str, Any]:
    """What the scanner would send of a repository that uses every third workflow, another third each time."""
    keys = [key for place, key in enumerate(shipped().workflows) if place % 3 == number % 3]
    finding = {"rule": "CC-P01", "line": 0, "class": "use", "scope": "tool", "severity": 3, "count": 1}
    findings = [
        {**finding, "workflow": keys[place % len(keys)], "path": f"part{place}/a.md", "fingerprint": f"{place:032x}"}
        for place in range(FINDINGS)
    ]
    now = datetime.now(UTC)
    return {
        "detectors": {"slug": "claude-code", "version": "bench"},
        "repository": repository,
        "commit": f"{number:040x}",
        "scanned_at": now.isoformat(),
        "workflows": [{"key": key, "compatibility": "partial", "state": "used", "findings": 2} for key in keys],
        "findings": findings,
    }


def _open_gaps(ban: Ban, owner: User) -> None:
    """A board of gaps, by which everybody who is blocked is held."""
    now, workflows = datetime.now(UTC), list(ban.workflows.live())
    words = [f"What lacks, number {number}" for number in range(GAPS)]
    made = Gap.objects.bulk_create(
        Gap(ban=ban, workflow=workflow, title=title, owner=owner, opened_by=owner, opened_at=now)
        for title, workflow in zip(words, workflows, strict=False)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE planning_mark AS mark SET gap_id = (%(gaps)s::bigint[])[mark.id %% %(many)s + 1]
            FROM planning_step AS step
            WHERE step.id = mark.step_id AND step.ban_id = %(ban)s AND mark.state = 'blocked'
            """,
            {"gaps": [gap.pk for gap in made], "many": len(made), "ban": ban.pk},
        )


def _pages(ban: Ban, small: Team, largest: Team, owner: User) -> Iterator[tuple[str, User, str]]:
    person = ban.checklists.counted().order_by("pk")[0].person
    yield "gaps", owner, f"/bans/{ban.pk}/gaps/"
    yield "contradictions", owner, f"/bans/{ban.pk}/contradictions/"
    yield "relapse watch", owner, f"/bans/{ban.pk}/relapses/"
    yield "scans of a small team", owner, f"/bans/{ban.pk}/teams/{small.pk}/scans/"
    yield "scans of the largest", owner, f"/bans/{ban.pk}/teams/{largest.pk}/scans/"
    yield "what is held", person, "/held/"
    yield "matrix of the playbook", owner, f"/playbooks/{PLAYBOOK}/"
