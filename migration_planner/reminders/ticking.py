"""One pass of the clock: plan, keep yesterday's progress, send."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Q

from migration_planner.planning.counting import keep_day
from migration_planner.planning.models import Ban
from migration_planner.reminders.outbox import Drained, drain
from migration_planner.reminders.planning import Planned, plan


@dataclass(frozen=True)
class Ticked:
    """What one pass of the clock did."""

    planned: Planned
    drained: Drained
    days_kept: int


def tick(*, now: datetime) -> Ticked:
    """Derive what falls in the coming days, write down how far everybody was at midnight, and send what is due."""
    return Ticked(planned=plan(now=now), days_kept=keep_yesterday(now=now), drained=drain(now=now))


def keep_yesterday(*, now: datetime) -> int:
    """Keep the progress of yesterday (UTC) for each ban in force then, once. Returns for how many."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    yesterday = (midnight - timedelta(days=1)).date()
    in_force = Q(state=Ban.State.PUBLISHED) | Q(ended_at__gte=midnight - timedelta(days=1))
    bans = Ban.objects.filter(in_force, published_at__lt=midnight).exclude(progress_days__day=yesterday)
    return sum(bool(keep_day(ban, yesterday)) for ban in bans)
