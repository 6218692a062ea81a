import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.commands import count
from migration_planner.lib.errors import DomainError
from migration_planner.local.year import command


class Command(BaseCommand):
    help = (
        "Write a simulated year of bans into an empty database of local mode: people, marks with their history, waivers, waves, "
        "gaps, escalations, figures of use, scans, and the ledger of mail that never went. The same seed gives the same year. "
        "For trying things out, never for a company's own data."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=count, default=7, help="The seed of all chance (7).")
        parser.add_argument(
            "--year",
            type=count,
            help="The year; it ends on its last day, or now where that is still to come (this year).",
        )
        parser.add_argument(
            "--people", type=count, help="So many people; without it the whole invented company, 1,512."
        )
        parser.add_argument("--no-rosters", action="store_true", help="Nobody joins, leaves or moves during the year.")
        self.add_json(parser)

    def act(self, **options: Any) -> str:
        if not settings.LOCAL_MODE:
            raise DomainError("A year is simulated in local mode alone.")
        started, now = time.perf_counter(), timezone.now()
        end = min(datetime(options["year"] or now.year, 12, 31, 18, tzinfo=UTC), now)
        told = command.simulate(
            end=end,
            seed=options["seed"],
            people=options["people"],
            rosters=not options["no_rosters"],
            tell=lambda words: self.stderr.write(f"Simulating: {words}", style_func=str),
        )
        told["seconds"] = round(time.perf_counter() - started, 1)
        return self.as_json(told) if options["json"] else "\n".join(f"{name}: {value}" for name, value in told.items())
