"""What the clock wakes. Each task reads the clock and calls the domain; all of them may run twice."""

from celery import shared_task

from migration_planner.lib import ending
from migration_planner.reminders import checking, ticking
from migration_planner.reminders.statements import clock


@shared_task
def tick() -> None:
    """One pass of the clock. What it does not get done within the minute is the next one's, or the send loop's."""
    ticking.tick(now=clock(), stop=ticking.in_time(50, ending.told))


@shared_task
def check() -> None:
    """Once a day: does everything add up?"""
    checking.check_daily(now=clock())
