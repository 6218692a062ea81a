"""What other people and processes do meanwhile, each in a process of its own: finishing checklists, planning again and again."""

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta

import django


def finish(number: int, of: int, share: float) -> None:
    """Finish checklists by the same methods as the pages. A line for each: who, when it was kept for good, and how long the
    last click took."""
    from migration_planner.planning.models import Checklist, Mark

    chance = random.Random(number)  # noqa: S311 - to be repeated, not to be secret
    ids = [pk for pk in Checklist.objects.order_by("pk").values_list("pk", flat=True) if pk % of == number]
    for pk in chance.sample(ids, int(len(ids) * share)):
        checklist = Checklist.objects.select_related("ban", "person", "migration").get(pk=pk)
        took = 0.0
        for step in checklist.steps().filter(required=True):
            note = "https://bench.example/proof" if step.evidence else ""
            began = time.perf_counter()
            checklist.mark(step, Mark.State.DONE, by=checklist.person, now=datetime.now(UTC), note=note)
            took = time.perf_counter() - began
        print(json.dumps({"to": checklist.person.email, "at": time.time(), "ms": took * 1000}), flush=True)  # noqa: T201


def plan_often(ticks: int) -> None:
    """Plan again and again, each time half a minute on."""
    from migration_planner.reminders.planning import plan

    now = datetime.now(UTC)
    for number in range(ticks):
        plan(now=now + number * timedelta(seconds=30))


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "finish":
        finish(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
    else:
        plan_often(int(sys.argv[2]))
