"""A clock that ticks once a day, at any hour, still tells everybody everything."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.planning import publishing
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick

ZONES = ["Asia/Shanghai", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Kiritimati"]


@pytest.mark.parametrize("hour", [0, 6, 12, 18, 23])
def test_a_clock_that_ticks_once_a_day_reaches_everybody_before_the_cutoff(
    draft: Any, search: Any, owner: Any, person: Callable[..., Any], mailbox: Any, now: datetime, hour: int
) -> None:
    people = [person(f"z{number}", home=search, zone=zone) for number, zone in enumerate(ZONES)]
    publishing.publish(draft, by=owner, now=now)
    moment = now.replace(hour=hour)
    while moment < draft.cutoff_at + timedelta(days=9):
        if moment >= now:
            tick(now=moment)
        moment += timedelta(days=1)
    sent = Reminder.objects.sent().filter(ban=draft, person__in=people)
    for one in people:
        rungs = set(sent.filter(person=one).values_list("rung", flat=True))
        assert len(rungs) >= 7, (one.zone, rungs)
