from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban
from migration_planner.steering import forecasting
from migration_planner.steering.estimating import CONFIDENCES
from migration_planner.steering.models import Forecast


class Command(BaseCommand):
    help = (
        "Forecast every ban in force from its newest kept day, or one ban anew, and print what can be promised of that one. "
        "The clock does this once a day; doing it again gives the same numbers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "ban",
            nargs="?",
            type=int,
            metavar="ID",
            help="The ban's number, as draft_ban printed it; without one, every ban in force with a new day kept.",
        )

    def act(self, **options: Any) -> str:
        if options["ban"] is None:
            made = forecasting.forecast_all(now=timezone.now())
            return f"Forecast {made} bans." if made else "No ban in force has a new day to forecast from."
        ban = Ban.objects.live().filter(pk=options["ban"]).first()
        if ban is None:
            raise DomainError(f"There is no published ban {options['ban']}.")
        if not forecasting.forecast(ban, now=timezone.now()):
            raise DomainError(f"No day of ban {ban.pk} is over yet; there is nothing to forecast from.")
        newest = Forecast.objects.filter(ban=ban, team=None).latest("day")
        return "\n".join([f"Forecast ban {ban.pk} as of {newest.day}.", *_promised(newest)])


def _promised(made: Forecast) -> list[str]:
    """What can be promised, a line for each confidence; after the cutoff only when all will be done."""
    if made.silent:
        return [f"Nothing can be promised: {made.get_silent_display()}."]
    by_cutoff: list[int | None] = [*made.by_cutoff] or [None] * len(CONFIDENCES)
    return [
        f"With {confidence} % confidence"
        + ("" if done is None else f" at least {done} of {made.people_then} people are done by the cutoff, and")
        + (f" everybody by {day}." if day else " not everybody within the time that can be foreseen.")
        for confidence, done, day in zip(CONFIDENCES, by_cutoff, made.all_by, strict=True)
    ]
