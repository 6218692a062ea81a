"""What the clock wakes. Each task reads the clock and calls the domain; all of them may run twice."""

from celery import shared_task
from django.utils import timezone

from migration_planner.reminders import checking, ticking


@shared_task
def tick() -> None:
    """One pass of the clock."""
    ticking.tick(now=timezone.now())


@shared_task
def check() -> None:
    """Once a day: does everything add up?"""
    checking.check_daily(now=timezone.now())
