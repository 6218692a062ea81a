import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.commands import count
from migration_planner.lib.errors import DomainError
from migration_planner.local.bench import cases
from migration_planner.people.models import User


class Command(BaseCommand):
    help = "Measure one size of organisation in an empty database of local mode. `bench` calls this for every size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("people", type=count)

    def act(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if User.objects.exists():
            raise DomainError("This database is not empty; measuring would write into it.")
        for result in cases.run(options["people"]):
            self.stdout.write(json.dumps(result.as_dict()))
            self.stdout.flush()
