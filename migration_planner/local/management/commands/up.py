from typing import Any

from django.core.management.base import BaseCommand, CommandError

from migration_planner.local import environment, up
from migration_planner.local.children import Hopeless


class Command(BaseCommand):
    help = (
        "Run everything on this machine: an embedded PostgreSQL, the web pages, a Celery worker, beat and a mail catcher, "
        "with demo data at the first start. PORT in the environment chooses the port (8000). Ctrl-C ends it all."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if environment.reserved is None:
            raise CommandError(
                "`up` is for local mode. DATABASE_URL is set, so start web, worker and beat by themselves."
            )
        try:
            up.run(environment.reserved, self._say)
        except Hopeless as error:
            raise CommandError(str(error)) from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
