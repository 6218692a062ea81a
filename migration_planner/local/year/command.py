"""A simulated year from nothing: the company, its catalogue, the bans, and what became of them in numbers."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError

from migration_planner.local.demo import company
from migration_planner.local.year.living import Year
from migration_planner.local.year.plans import year
from migration_planner.people.models import User
from migration_planner.people.roster.staging import stage
from migration_planner.planning.models import Ban, Event, Mark, Waiver
from migration_planner.planning.rosters import apply_roster
from migration_planner.reminders.models import Mail
from migration_planner.steering import backtests


def simulate(
    *, end: datetime, seed: int, people: int | None, rosters: bool, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Write the year that ends at `end` into an empty database. Returns how much of what there is."""
    if User.objects.exists():
        # Read at a terminal alone, as all commands are.
        raise CommandError("There are people in this database already. A year is simulated in an empty one.")
    tell("the roster of an invented company …")
    owner = found(end - timedelta(days=370), people=people)
    lived = Year(end=end, owner=owner, plans=year(), seed=seed, tell=tell, rosters=rosters)
    lived.live()
    tell("how good forecasts were …")
    backtests.look_back(now=end)
    return _numbers(lived)


def found(now: datetime, *, people: int | None = None) -> User:
    """The company's people, with those who have a role. Returns the owner of bans."""
    file = company.roster_file(people, with_managers=True)
    apply_roster(stage(io.BytesIO(file), name="halden.csv", by=None, now=now), by=None, now=now)
    for (email, *_rest), role in zip(company.CAST, ("is_owner", "is_auditor", "is_administrator"), strict=True):
        User.objects.filter(email=email).update(**{role: True})
    return User.objects.get(email=company.CAST[0][0])


def _numbers(lived: Year) -> dict[str, Any]:
    return {
        "people": User.objects.active().count(),
        "bans": Ban.objects.count(),
        "in force": Ban.objects.live().count(),
        "marks": Mark.objects.count(),
        "lines of history": Event.objects.count(),
        "mails": Mail.objects.count(),
        "waivers": Waiver.objects.count(),
        "acts refused": len(lived.refused),
    }
