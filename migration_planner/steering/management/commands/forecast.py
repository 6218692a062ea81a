from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban
from migration_planner.steering import forecasting


class Command(BaseCommand):
    help = (
        "Forecast every ban in force from its newest kept day, or one ban anew. The worker does this once a day; doing it "
        "again gives the same numbers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "ban", nargs="?", type=int, help="Number of a published ban; without one, all that are due."
        )

    def act(self, **options: Any) -> str:
        if options["ban"] is None:
            return f"Forecast {forecasting.forecast_all(now=timezone.now())} bans."
        ban = Ban.objects.live().filter(pk=options["ban"]).first()
        if ban is None:
            raise DomainError(f"There is no published ban {options['ban']}.")
        if not forecasting.forecast(ban, now=timezone.now()):
            raise DomainError(f"No day of ban {ban.pk} is over yet; there is nothing to forecast from.")
        return f"Forecast ban {ban.pk}."
