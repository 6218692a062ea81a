from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from migration_planner.reminders.management.commands._pauses import Command as PauseCommand
from migration_planner.reminders.pausing import pause


class Command(PauseCommand):
    help = (
        "Stop all mail at once, or (--ban) that about one ban. The message in hand is the last; what falls due meanwhile waits. "
        "Owners and administrators read who stopped it, and why, on every page. resume_mail lets it go on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--why", required=True, help="The reason.")

    def act(self, **options: Any) -> str:
        by, ban = self.who_and_what(options)
        pause(by=by, now=timezone.now(), why=options["why"], ban=ban)
        return f"Paused: {ban or 'all mail'}. manage.py resume_mail lets it go on."
