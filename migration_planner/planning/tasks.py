"""What the clock wakes here. A task reads the clock and calls the domain; it may run twice."""

from celery import shared_task
from django.utils import timezone

from migration_planner.people.roster import staging
from migration_planner.planning import rosters, signals


@shared_task
def roster() -> None:
    """Compare the roster file that waits for it, and apply the one that waits for that, if any."""
    rosters.compare_next(now=timezone.now())
    rosters.apply_next(now=timezone.now())


@shared_task
def forget_rosters() -> None:
    """Delete the rows of roster files that were uploaded some days ago."""
    staging.forget_rows(now=timezone.now())


@shared_task
def look_at_signals() -> None:
    """Delete signals that were kept long enough, and see which contradictions hold."""
    signals.look(now=timezone.now())
