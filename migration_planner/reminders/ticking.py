"""One pass of the clock: plan, keep yesterday's progress, send."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from time import monotonic

from django.db.models import Q

from migration_planner.planning import freezing, waived
from migration_planner.planning.counting import keep_day
from migration_planner.planning.models import Ban
from migration_planner.reminders import hooks_sending, rooms_planning, rooms_sending
from migration_planner.reminders.governing import Limits
from migration_planner.reminders.hooks_sending import Delivered
from migration_planner.reminders.outbox import Drained, drain
from migration_planner.reminders.planning import Planned, plan
from migration_planner.reminders.rooms_sending import Written
from migration_planner.reminders.statements import rows


@dataclass(frozen=True)
class Ticked:
    """What one pass of the clock did."""

    planned: Planned
    drained: Drained
    days_kept: int
    rooms: Written = field(default_factory=Written)
    hooks: Delivered = field(default_factory=Delivered)


def tick(*, now: datetime, stop: Callable[[], bool] = lambda: False, limits: Limits | None = None) -> Ticked:
    """Derive what falls in the coming days, write down how far everybody was at midnight and at a cutoff, and send what is due.

    Waivers that are over end first, so that their people are asked again. `stop` is asked between mails; `limits` are those
    of the installation, unless others are given.
    """
    planned, kept = before_mail(now=now)
    drained = drain(now=now, stop=stop, limits=limits)
    after_mail(now=now)
    written = rooms_sending.write(now=now, stop=stop)
    return Ticked(planned, drained, kept, written, hooks_sending.deliver(now=now, stop=stop))


def before_mail(*, now: datetime) -> tuple[Planned, int]:
    """Whatever drives the clock, this comes before its mail: what was planned, and of how many bans a day was kept."""
    waived.keep(now=now)
    return plan(now=now), keep_yesterday(now=now)


def after_mail(*, now: datetime) -> None:
    """And this after it: about the instant of the cutoff, however late it comes; and for chat, for which no mail waits."""
    freezing.freeze_all(now=now)
    rooms_planning.plan(now=now)


def in_time(seconds: float, stop: Callable[[], bool]) -> Callable[[], bool]:
    """A `stop` that also says so when the seconds are over."""
    end = monotonic() + seconds
    return lambda: stop() or monotonic() > end


def plan_is_older_than(seconds: float) -> bool:
    """Whether nobody has planned for so long, on the database's clock."""
    known = "SELECT FROM reminders_heartbeat WHERE of = 'planner' AND at > clock_timestamp() - %(age)s"
    return bool(rows(f"SELECT NOT EXISTS ({known})", age=timedelta(seconds=seconds))[0][0])


def keep_yesterday(*, now: datetime) -> int:
    """Keep the progress of yesterday (UTC) for each ban in force then, once. Returns for how many."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    yesterday = (midnight - timedelta(days=1)).date()
    in_force = Q(state=Ban.State.PUBLISHED) | Q(ended_at__gte=midnight - timedelta(days=1))
    bans = Ban.objects.filter(in_force, published_at__lt=midnight).exclude(progress_days__day=yesterday)
    return sum(bool(keep_day(ban, yesterday)) for ban in bans)
