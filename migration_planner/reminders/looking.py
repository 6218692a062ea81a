"""The look before a change of what is in force: what was looked at has to be what is then done, on pages and by programs."""

from typing import Any

from migration_planner.lib.fingerprints import fingerprint
from migration_planner.planning.models import Ban
from migration_planner.reminders.ladder import rungs_of


def mark(ban: Ban, what: str, before: Any, after: Any) -> str:
    """Names one look: a change from how things stand to how they are to be, under this window and this ladder."""
    ladder = [rung.key for rung in rungs_of(ban)]
    return fingerprint(what, ban.pk, ban.published_at, ban.cutoff_at, ladder, before, after)
