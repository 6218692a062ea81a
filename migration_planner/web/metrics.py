"""What Prometheus is told: a few counts, cheap to ask for whatever the size of the company."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.core.cache import caches
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from migration_planner.reminders import checking, health
from migration_planner.reminders.models import Mail, Pause, Reminder
from migration_planner.reminders.statements import rows

HOUR = timedelta(hours=1)
KEPT_SECONDS = 60
PREFIX = "migration_planner_"


class Mails(Collector):
    """Asked with every scrape: what is due and what lives is of that moment, how many there are in all a minute old at most."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return []  # so that registering asks the database nothing

    def collect(self) -> Iterator[GaugeMetricFamily]:
        states = [
            ("reminders", "reminders_reminder", Reminder.State.values),
            ("mails", "reminders_mail", Mail.State.values),
        ]
        for name, table, values in states:
            yield _labelled(name, f"{name.title()} by what became of them.", "state", _by_state(table, values))
        yield _labelled(
            "attempts_last_hour", "Attempts of the last hour by the server's code.", "code", self._attempts()
        )
        yield from self._due()
        yield from _beats()
        yield _gauge("paused", "Pauses in force, of all mail or of one ban.", Pause.objects.in_force().count())
        last = checking.latest()
        yield _gauge("faults", "What the last nightly check found.", len(last.found) if last else 0)

    def _attempts(self) -> list[tuple[str, int]]:
        found = rows(
            "SELECT coalesce(code::text, 'none'), count(*) FROM reminders_attempt WHERE at > %(since)s GROUP BY 1 ORDER BY 1",
            since=self.now - HOUR,
        )
        return [(code, count) for code, count in found]

    def _due(self) -> Iterator[GaugeMetricFamily]:
        seconds, _moves = health.oldest_due(self.now)
        yield _gauge("due_mails", "Mails that are due and have not gone.", Mail.objects.due(self.now).count())
        yield _gauge("oldest_due_seconds", "For how long the first mail that may go has been due.", seconds or 0)


def _by_state(table: str, states: Iterable[str]) -> list[tuple[str, int]]:
    """The one question whose cost grows with the company: its answer is kept for a minute."""
    statement = f"SELECT state, count(*) FROM {table} GROUP BY state"  # noqa: S608 - names of our own
    found = caches["process"].get_or_set(f"metrics:{table}", lambda: dict(rows(statement)), KEPT_SECONDS) or {}
    return [(state, found.get(state, 0)) for state in states]


def _beats() -> Iterator[GaugeMetricFamily]:
    beats = health.beats()
    ages = [(of, beat.seconds) for of, beat in sorted(beats.items())]
    yield _labelled("heartbeat_age_seconds", "Age of the last sign of life, absent before the first.", "of", ages)
    stopped = any(beat.trouble for beat in beats.values())
    yield _gauge("lane_stopped", "1 while the mail server takes nothing from us.", int(stopped))


def _labelled(name: str, about: str, label: str, values: Iterable[tuple[str, int]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + name, about, labels=[label])
    for value, count in values:
        family.add_metric([value], count)
    return family


def _gauge(name: str, about: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, about, value=value)
