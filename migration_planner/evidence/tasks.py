"""What the clock wakes here. Every task may run twice at once."""

from celery import shared_task
from django.utils import timezone

from migration_planner.evidence import building, sealing


@shared_task
def seal() -> None:
    """Seal what was written since the last time."""
    sealing.seal_all(now=timezone.now())


@shared_task
def build() -> None:
    """Build one pack that waits, if any."""
    building.build_next(now=timezone.now())
