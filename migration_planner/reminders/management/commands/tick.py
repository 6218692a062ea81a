import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.planning.models.bans import FIRST_DAY, LAST_DAY
from migration_planner.reminders.rooms_sending import Written
from migration_planner.reminders.ticking import Ticked, tick
from migration_planner.steering.forecasting import forecast_all


class Command(BaseCommand):
    help = (
        "One pass of the clock: derives the reminders of the coming days, keeps yesterday's progress, sends the mail that is "
        "due, and forecasts the bans that a new day was kept of. The worker does this every minute; running it by hand "
        "besides is harmless."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--now",
            metavar="ISO-8601",
            help="take this for the present moment, e.g. 2026-12-01T09:00:00Z (without an offset: UTC); only in local mode",
        )
        self.add_json(parser)

    def act(self, **options: Any) -> None:
        now = self._now(options["now"])
        ticked, forecasts = tick(now=now), forecast_all(now=now)
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(ticked), "forecasts": forecasts}))
        else:
            self.stdout.write(f"{in_words(ticked)}; forecast {forecasts} bans")
        if ticked.drained.stopped and ticked.drained.stopped != "paused":
            raise CommandError(f"Sending stopped: {ticked.drained.stopped}. Nothing is lost; the next pass goes on.")

    def _now(self, given: str | None) -> datetime:
        if given is None:
            return timezone.now()
        if not settings.LOCAL_MODE:
            raise CommandError("--now is for local mode alone: here the clock of the machine decides what is due.")
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise CommandError(f"{given!r} is no moment; write it like 2026-12-01T09:00:00Z.") from None
        if not FIRST_DAY <= moment.date() <= LAST_DAY:
            raise CommandError(f"{given!r} cannot be meant: its year is too far away.")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def in_words(ticked: Ticked) -> str:
    planned, drained = ticked.planned, ticked.drained
    return (
        f"planned {planned.added} reminders in {planned.mails} new mails ({planned.cancelled} cancelled, "
        f"{planned.suppressed} suppressed); sent {drained.sent}, deferred {drained.deferred}, cancelled {drained.cancelled}, "
        f"dead {drained.dead}, held {drained.held}; kept the progress of {ticked.days_kept} bans"
        f"{_rooms(ticked.rooms)}"
    )


def _rooms(written: Written) -> str:
    """What went into rooms; nothing where nothing did."""
    if written == Written():
        return ""
    return f"; wrote into {written.sent} rooms (deferred {written.deferred}, cancelled {written.cancelled}, dead {written.dead})"
