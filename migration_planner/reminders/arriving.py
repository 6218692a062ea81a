"""When the mails about a ban fall due, and all others that share the mail account with them: what a mail forecast starts from."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from migration_planner.planning.models import Ban
from migration_planner.reminders.falling import BUNDLE, Fall
from migration_planner.reminders.forecasting import Arrival, Pace, Wave, days_earlier, forecast
from migration_planner.reminders.models import Rung
from migration_planner.reminders.models.escalations import level_of, words_of
from migration_planner.reminders.readers import Readers
from migration_planner.reminders.statements import rows

#: Mails that stand planned, by instant; `rung` is empty where they say nothing about the ban.
PLANNED = """
    SELECT mail.due_at, coalesce(about.rung, ''), coalesce(about.occurrence, 0), count(*)::int
    FROM reminders_mail AS mail LEFT JOIN LATERAL (
        SELECT reminder.rung, reminder.occurrence FROM reminders_reminder AS reminder
        WHERE reminder.mail_id = mail.id AND reminder.ban_id = %(ban)s AND reminder.state = 'waiting'
        ORDER BY reminder.kind = 'bundle', reminder.id LIMIT 1) AS about ON true
    WHERE mail.state = 'waiting' GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Forecast:
    """The waves of a ban at the installation's limit, and by how many days earlier it should go out (0: in time)."""

    pace: Pace
    waves: list[Wave]
    days_earlier: int


def of_ban(ban: Ban, *, now: datetime, readers: Readers | None = None) -> Forecast | None:
    """How long the mail about a draft, or a ban in force, takes; None where the installation has no limit."""
    if not (settings.MAIL_PER_MINUTE or settings.MAIL_PER_DAY) or ban.cutoff_at is None:
        return None
    pace = Pace(settings.MAIL_PER_MINUTE, settings.MAIL_PER_DAY)
    waves = forecast(arrivals(ban, now=now, readers=readers), pace=pace)
    return Forecast(pace, waves, days_earlier(waves, cutoff_at=ban.cutoff_at))


def arrivals(ban: Ban, *, now: datetime, readers: Readers | None = None) -> list[Arrival]:
    """Every mail about the ban as its calendar shows it, and the planned ones of all others. Grows with places, not people."""
    readers = readers or Readers.of(ban, now=now)
    mails: Counter[tuple[datetime, str]] = Counter()
    for reader in readers.all():
        for fallen in readers.mails(reader).falls.values():
            mails[min(fall.due_at for fall in fallen), _wave(fallen)] += reader.people
    for due_at, rung, occurrence, count in rows(PLANNED, ban=ban.pk):
        mails[due_at, _name(rung, occurrence)] += count
    return [Arrival(due_at, wave, count) for (due_at, wave), count in mails.items()]


def words(wave: Wave) -> str:
    """The name of a wave as people say it."""
    name = wave.name.partition("#")[0]
    rung, level = Rung.of_key(name), level_of(name)
    return words_of(level) if level else rung.words() if rung else wave.name


def _wave(fallen: list[Fall]) -> str:
    """One mail carries all that falls on its day; it belongs to the first rung among them."""
    first = next((fall for fall in fallen if fall.rung != BUNDLE), fallen[0])
    return _name(first.rung, first.occurrence)


def _name(rung: str, occurrence: int) -> str:
    """Weekly figures, changes and the mails of other bans are no wave of their own, but take their turn."""
    return f"{rung}#{occurrence}" if Rung.of_key(rung) or level_of(rung) else ""
