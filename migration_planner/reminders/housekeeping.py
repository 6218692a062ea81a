"""What is thrown away every night: what nobody can use any more, and would only grow."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.core.cache import cache

from migration_planner.people.roster import staging
from migration_planner.reminders import hooks, hooks_sending
from migration_planner.reminders.statements import run


def tidy(*, now: datetime) -> None:
    """Forget sessions that have run out, counts that have ended, old rows of roster files, and old deliveries of webhooks."""
    Session.objects.filter(expire_date__lt=now).delete()
    forget_ended_counts(now=now)
    staging.forget_rows(now=now)
    hooks_sending.prune(now=now)
    hooks.seal_anew()


def forget_ended_counts(*, now: datetime) -> int:
    """Delete what the shared cache keeps beyond its time. Returns how many entries."""
    table = getattr(cache, "_table")  # noqa: B009 - the one name it has, and no type knows it
    return run(f"DELETE FROM {table} WHERE expires < %(now)s", now=now)  # noqa: S608 - a name of our settings
