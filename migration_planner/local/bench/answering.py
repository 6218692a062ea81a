"""What owners and auditors ask for, measured: portfolio, tree, teams at risk, long lists, files, evidence, forecasts."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import psutil
from django.db import connection

from migration_planner.evidence import packing, sealing
from migration_planner.lib.paging import keyset
from migration_planner.local.bench import floors
from migration_planner.local.bench.clock import Result, milliseconds
from migration_planner.local.bench.pages import Client, page_ms
from migration_planner.local.bench.server import Server
from migration_planner.people.models import User
from migration_planner.planning import drafting, playbooks, publishing
from migration_planner.planning.counting import keep_day
from migration_planner.planning.models import Ban
from migration_planner.steering import forecasting

#: Bans in force beside the first one: five in all.
OTHERS = ["FileDrop", "MemoBot", "QuickSketch", "PixelNote"]
#: A page far into the list of people, and how many people a page of it shows (see web/people.py).
FAR_PAGE, SHOWN = 500, 25
#: For so many days people have been at it, and so many of their marks have a line of history.
DAYS, LINES = 21, 300_000


def answer(ban: Ban, owner: User, server: Server) -> Iterator[Result]:
    """Every case, over a ban that is half-way and served."""
    spread(ban)
    yield forecast(ban)
    for tool in OTHERS:
        _publish(tool, ban, owner)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    client = Client.of(owner, server.port)
    for name, address in _pages(ban):
        took, floor = page_ms(client, address, "/local/floor/")
        yield Result(name, took, "minimal view", floor)
    for kind in ("csv", "xlsx"):
        yield everybody(ban, client, server, kind)
    yield evidence(ban)


def spread(ban: Ban) -> None:
    """Let what was done in one moment have been done over three weeks, with a line of history for each mark."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE planning_checklist SET created_at = created_at - %(days)s * interval '1 day',
                   started_at = started_at - (id %% %(days)s) * interval '1 day',
                   done_at = done_at - (id %% %(days)s) * interval '1 day'
            WHERE ban_id = %(ban)s
            """,
            {"ban": ban.pk, "days": DAYS},
        )
        cursor.execute(
            """
            INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, step_id, data)
            SELECT mark.at, 'marked_' || mark.state, mark.by_id, mark.note, step.ban_id, mark.checklist_id, mark.by_id, step.id,
                   '{}'
            FROM planning_mark AS mark JOIN planning_step AS step ON step.id = mark.step_id
            WHERE step.ban_id = %(ban)s AND mark.checklist_id IS NOT NULL ORDER BY mark.id LIMIT %(lines)s
            """,
            {"ban": ban.pk, "lines": LINES},
        )
    for back in range(DAYS, 0, -1):
        keep_day(ban, datetime.now(UTC).date() - timedelta(days=back))
    ban.progress_days.filter(day=datetime.now(UTC).date()).delete()  # today is not over


def forecast(ban: Ban) -> Result:
    """The nightly forecast of the audience and of every team, against reading the kept days that it is made from."""
    bare = milliseconds(lambda: floors.read_days(ban))
    took = milliseconds(lambda: forecasting.forecast(ban, now=datetime.now(UTC)))
    return Result(
        "forecast of all teams", took, "a bare SELECT of the kept days", bare, {"teams": ban.forecasts.count()}
    )


def _publish(tool: str, like: Ban, owner: User) -> None:
    """Another ban over the same audience."""
    now = datetime.now(UTC)
    ban = drafting.draft_ban(
        playbooks.find("any-tool"),
        by=owner,
        now=now,
        owners=[owner],
        tool=tool,
        replacement="TeamShare",
        audience=list(like.audience_teams.values_list("team__path", flat=True)),
        cutoff=(date.today() + timedelta(days=40), time(18), "Europe/Berlin"),  # noqa: DTZ011 - any day will do
    )
    publishing.publish(ban, by=owner, now=now)


def _pages(ban: Ban) -> Iterator[tuple[str, str]]:
    root = ban.migrations.order_by("path")[0]
    below = ban.migrations.filter(team__parent=root.team_id).order_by("path").first() or root
    people = f"/bans/{ban.pk}/people/"
    yield "portfolio of five bans", "/portfolio/"
    yield "tree, a row opened", f"/bans/{ban.pk}/tree/?open={below.team_id}"
    yield "teams at risk", f"/bans/{ban.pk}/forecast/"
    yield "people, page 1", people
    number, cursor = _far(ban)
    yield f"people, page {number:,}", f"{people}?cursor={cursor}"


def _far(ban: Ban) -> tuple[int, str]:
    """The number and the cursor of a page far into the list of people, who needs help first: the 500th, or the last full one."""
    rows = ban.checklists.counted().with_order_keys()
    number = max(min(FAR_PAGE, rows.count() // SHOWN), 2)
    before = keyset(rows, ("need", "person_name", "pk"), size=(number - 1) * SHOWN)
    return number, before.after or ""


def everybody(ban: Ban, client: Client, server: Server, kind: str) -> Result:
    """All people as a file, through the web server, against COPY of the same columns; and how much memory that took at most."""
    with tempfile.TemporaryDirectory() as folder:
        bare = milliseconds(lambda: floors.copy_people(ban, Path(folder) / "people.csv"))
    client.get(f"/bans/{ban.pk}/teams.csv")  # so that nothing is imported while it counts
    with _grown(server) as grown:
        took = milliseconds(lambda: client.get(f"/bans/{ban.pk}/people.csv?format={kind}"))
    return Result(f"all people, {kind.upper()}", took, "COPY … TO of the same columns", bare, {"peak_mb": grown()})


@contextmanager
def _grown(server: Server) -> Iterator[Callable[[], int]]:
    """By how many megabytes the largest process of the web server grew at its peak; -1 where the system does not say."""
    processes = psutil.Process(server.process.pid).children()
    before = {each.pid: each.memory_info().rss for each in processes}
    for pid in before:
        _forget_peak(pid)
    yield lambda: max((_peak(pid) - rss) // 1_000_000 if _peak(pid) else -1 for pid, rss in before.items())


def _forget_peak(pid: int) -> None:
    """Linux alone, and only of one's own processes: else the peak is that of its whole life."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError:
        return


def _peak(pid: int) -> int:
    """The most memory a process has held, in bytes; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def evidence(ban: Ban) -> Result:
    """The pack of a ban whose history is sealed, against COPY of the history alone."""
    sealing.seal(ban.pk, now=datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        bare = milliseconds(lambda: floors.copy_history(ban, Path(folder) / "history.csv"))
        took = milliseconds(lambda: packing.write(ban, Path(folder)))
    lines = ban.events.count()
    return Result("evidence pack", took, "COPY … TO of people and history", bare, {"lines_of_history": lines})
