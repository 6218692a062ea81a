"""A change of how a ban fares, in a word, as a line of history: for programs that are told of it, and for whoever looks back."""

from datetime import datetime

from migration_planner.lib import statements
from migration_planner.planning.models import Ban, Event
from migration_planner.planning.progress import Figures
from migration_planner.steering.health import Word, health
from migration_planner.steering.models import Forecast

STANDS = """
    SELECT coalesce(sum(people), 0)::int, coalesce(sum(done), 0)::int, coalesce(sum(waived), 0)::int, (
               SELECT event.data ->> 'after' FROM planning_event AS event
               WHERE event.ban_id = %(ban)s AND event.verb = 'health_changed' ORDER BY event.id DESC LIMIT 1)
    FROM planning_migration AS migration WHERE migration.ban_id = %(ban)s
"""


def tell(ban: Ban, forecast: Forecast, *, now: datetime) -> bool:
    """Write down the word of the day where it is another than the last one. False when it is the same.

    `forecast` is the newest of the whole audience. The caller holds the row of the ban, so nobody else writes it meanwhile.
    """
    if ban.cutoff_at is None:
        return False
    figures, before = _as_it_stands(ban)
    found = health(figures, forecast, cutoff_at=ban.cutoff_at, now=now)
    if found.word == before:
        return False
    data = {"before": before, "after": str(found.word), "people": found.people}
    Event.record(Event.Verb.HEALTH_CHANGED, by=None, now=now, ban=ban, data=data)
    return True


def _as_it_stands(ban: Ban) -> tuple[Figures, str]:
    """The people by state, and what it was called last: before it was called anything, that it is too early to say."""
    [(people, done, waived, before)] = statements.rows(STANDS, ban=ban.pk)
    return Figures(people=people, done=done, waived=waived), before or str(Word.TOO_EARLY)
