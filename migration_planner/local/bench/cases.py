"""What is measured, in the order in which a company would do it: import, publish, plan, look, mark, answer for it."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.db import connection

from migration_planner.local.bench import answering, company, floors, reporting
from migration_planner.local.bench.clock import Result, median_ms, milliseconds
from migration_planner.local.bench.pages import Client, marks_ms, page_ms, served
from migration_planner.people.models import User
from migration_planner.people.roster import staging
from migration_planner.planning import drafting, playbooks, publishing
from migration_planner.planning.counting import keep_day, recount
from migration_planner.planning.models import Ban, Checklist, Mark
from migration_planner.planning.rosters import apply_roster
from migration_planner.reminders.planning import plan

CLIENTS, MARKS_EACH = 8, 25
#: Marks before the first one that is timed.
WARM = 8


def run(people: int) -> Iterator[Result]:
    """Every measurement at one size, as it is made."""
    administrator = User.objects.create_superuser("root@bench.example", name="Root", is_owner=True)
    yield import_roster(people, administrator)
    _settle()
    ban = draft(administrator)
    yield publish(ban, administrator)
    _settle()
    yield plan_once(ban)
    begin(ban)
    _settle()
    with served() as server:
        yield from look(ban, administrator, server.port)
        yield from mark(ban, server.port)
        yield from answering.answer(ban, administrator, server)
        yield from reporting.report(ban, administrator, server.port)


def import_roster(people: int, by: User) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        company.write_roster(path, people)
        copy = median_ms(lambda: floors.copy_file(path), runs=3)
        took = milliseconds(lambda: _import(path, by))
    return Result("import", took, "COPY of the same file", copy, {"rows_per_second": round(people / took * 1000)})


def _import(path: Path, by: User) -> None:
    now = datetime.now(UTC)
    with path.open("rb") as file:
        import_ = staging.stage(file, name=path.name, by=by, now=now)
    apply_roster(import_, by=by, now=now)


def draft(owner: User) -> Ban:
    day = date.today() + timedelta(days=28)  # noqa: DTZ011 - any day four weeks ahead will do
    return drafting.draft_ban(
        playbooks.find(reporting.PLAYBOOK),
        by=owner,
        now=datetime.now(UTC),
        owners=[owner],
        audience=[company.ROOT],
        cutoff=(day, time(18), "Asia/Shanghai"),
    )


def publish(ban: Ban, owner: User) -> Result:
    took = milliseconds(lambda: publishing.publish(ban, by=owner, now=datetime.now(UTC)))
    floors.make_checklist_table()
    return Result("publish", took, "the bare INSERT … SELECT", milliseconds(lambda: floors.insert_checklists(ban)))


def plan_once(ban: Ban) -> Result:
    """One tick of planning right after publishing: the announcement of everybody and the rungs of the days ahead."""
    took = milliseconds(lambda: plan(now=datetime.now(UTC)))
    again = median_ms(lambda: plan(now=datetime.now(UTC)), runs=3)
    bare = milliseconds(floors.insert_reminders)
    return Result("tick of planning", took, "the bare INSERT of as many reminders", bare, {"again_ms": round(again, 1)})


def begin(ban: Ban) -> None:
    """Let the company be half-way: a third done, a third at work, some of them blocked; three weeks of kept days."""
    steps = list(ban.steps.live().per_person().filter(required=True).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for number, step in enumerate(steps):
            cursor.execute(
                """
                INSERT INTO planning_mark (checklist_id, step_id, state, standing, note, by_id, at)
                SELECT id, %(step)s, 'done', 'claimed', '', person_id, now() FROM planning_checklist
                WHERE ban_id = %(ban)s AND (id %% 3 = 0 OR (id %% 3 = 1 AND %(number)s < 5))
                """,
                {"ban": ban.pk, "step": step, "number": number},
            )
        cursor.execute(
            """
            INSERT INTO planning_mark (checklist_id, step_id, state, standing, note, by_id, at)
            SELECT id, %(step)s, 'blocked', 'claimed', 'No licence yet', person_id, now() FROM planning_checklist
            WHERE ban_id = %(ban)s AND id %% 30 = 2
            """,
            {"ban": ban.pk, "step": steps[0]},
        )
    recount(ban)
    for back in range(21):
        keep_day(ban, datetime.now(UTC).date() - timedelta(days=back))


def look(ban: Ban, owner: User, port: int) -> Iterator[Result]:
    leaf = ban.migrations.filter(people__gt=0).order_by("-path").first()
    if leaf is None:
        return
    lead = leaf.team.leads()[0]
    checklist = (
        leaf.checklists.exclude(person=lead).filter(state=Checklist.State.STARTED).first() or leaf.checklists.all()[0]
    )
    pages = [
        ("root dashboard", owner, f"/bans/{ban.pk}/"),
        ("leaf team", lead, f"/bans/{ban.pk}/teams/{leaf.team_id}/"),
        ("checklist", checklist.person, f"/checklists/{checklist.pk}/"),
    ]
    for name, reader, path in pages:
        took, floor = page_ms(Client.of(reader, port), path, "/local/floor/")
        yield Result(name, took, "minimal view", floor)


def mark(ban: Ban, port: int) -> Iterator[Result]:
    """Marks of people who have not begun, each the first step of an own checklist; then the like on the floor.

    Some of each go before anything is timed, so that both processes of the web server have seen them.
    """
    step = ban.steps.live().per_person().filter(required=True, evidence="").first()
    needed = WARM + (CLIENTS + 1) * MARKS_EACH
    # In the order of the roster: who marks at the same moment is rarely of the same team.
    rows = ban.checklists.filter(state=Checklist.State.NOT_STARTED).select_related("person").order_by("person")
    fresh = list(rows[:needed])
    if step is None or len(fresh) < needed:
        return
    warm, fresh = fresh[:WARM], fresh[WARM:]
    marks_ms([[_marking(row, step.pk, port), _touching(row, port)] for row in warm])
    for clients in (1, CLIENTS):
        todo, fresh = fresh[: clients * MARKS_EACH], fresh[clients * MARKS_EACH :]
        acts = [[_marking(row, step.pk, port) for row in todo[number::clients]] for number in range(clients)]
        floor = [[_touching(row, port) for row in todo[number::clients]] for number in range(clients)]
        took = marks_ms(acts)
        yield Result(
            f"mark, {clients} client{'s' if clients > 1 else ''}", took, "minimal view with one UPDATE", marks_ms(floor)
        )


def _marking(checklist: Checklist, step: int, port: int) -> Callable[[], None]:
    client = Client.of(checklist.person, port)
    return lambda: client.post(f"/checklists/{checklist.pk}/steps/{step}/", state=Mark.State.DONE.value)


def _touching(checklist: Checklist, port: int) -> Callable[[], None]:
    client = Client.of(checklist.person, port)
    return lambda: client.post("/local/floor/write/")


def _settle() -> None:
    """Let PostgreSQL know the shape of what was just written, as autovacuum would have by then."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
