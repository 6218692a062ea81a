"""What other people and processes do meanwhile, each in a process of its own: finishing checklists, planning again and again."""

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta

import django


def prepare() -> None:
    """Let everybody be one step from the end, so that each of the clicks that follow finishes a checklist."""
    from django.db import connection

    from migration_planner.planning.counting import recount
    from migration_planner.planning.models import Ban

    ban = Ban.objects.live().get()
    first = list(ban.steps.live().per_person().filter(required=True).order_by("pk").values_list("pk", flat=True))[:-1]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO planning_mark (checklist_id, step_id, state, standing, note, by_id, at)
            SELECT checklist.id, step.id, 'done', 'claimed', '', checklist.person_id, now()
            FROM planning_checklist AS checklist, unnest(%s::bigint[]) AS step(id)
            """,
            [first],
        )
    recount(ban)


def finish(number: int, of: int, share: float) -> None:
    """Finish checklists by the same methods as the pages. A line for each: who, when it was kept for good, and how long the
    click took."""
    from migration_planner.planning.models import Checklist, Mark

    chance = random.Random(number)  # noqa: S311 - to be repeated, not to be secret
    ids = [pk for pk in Checklist.objects.unfinished().order_by("pk").values_list("pk", flat=True) if pk % of == number]
    for pk in chance.sample(ids, int(len(ids) * share)):
        checklist = Checklist.objects.select_related("ban", "person", "migration").get(pk=pk)
        step = checklist.steps().filter(required=True).order_by("-pk")[0]
        note = "https://bench.example/proof" if step.evidence else ""
        began = time.perf_counter()
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=datetime.now(UTC), note=note)
        took = time.perf_counter() - began
        if checklist.state != Checklist.State.DONE:
            raise RuntimeError(f"{checklist} is {checklist.state} after its last step.")
        print(json.dumps({"to": checklist.person.email, "at": time.time(), "ms": took * 1000}), flush=True)  # noqa: T201


def plan_often(ticks: int) -> None:
    """Plan again and again, each time half a minute on."""
    from migration_planner.reminders.planning import plan

    now = datetime.now(UTC)
    for number in range(ticks):
        plan(now=now + number * timedelta(seconds=30))


def signs() -> None:
    """What is said of the sender: by `/healthz`, and above every page of an administrator."""
    from migration_planner.people.models import User
    from migration_planner.reminders import health
    from migration_planner.reminders.watching import watch

    now = datetime.now(UTC)
    silent = ["sender silent" for sign in health.signs(now=now) if sign.name == "sender" and not sign.ok]
    banner = ["banner" for minutes in [watch(User.objects.get(name="Root")).silent_minutes] if minutes is not None]
    print(", ".join(silent + banner) or "well", flush=True)  # noqa: T201 - read by the parent


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "prepare":
        prepare()
    elif sys.argv[1] == "finish":
        finish(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
    elif sys.argv[1] == "signs":
        signs()
    else:
        plan_often(int(sys.argv[2]))
