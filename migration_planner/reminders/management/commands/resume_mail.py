from typing import Any

from django.utils import timezone

from migration_planner.lib.errors import DomainError
from migration_planner.reminders.management.commands._pauses import Command as PauseCommand
from migration_planner.reminders.pausing import resume


class Command(PauseCommand):
    help = (
        "Let the mail go on that pause_mail, or somebody on a page, has stopped. What waited goes out with the next pass of "
        "the clock."
    )

    def act(self, **options: Any) -> str:
        by, ban = self.who_and_what(options)
        if not resume(by=by, now=timezone.now(), ban=ban):
            raise DomainError("It was not paused.")
        return f"Goes on: {ban or 'all mail'}."
