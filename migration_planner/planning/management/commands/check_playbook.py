from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.planning.playbooks.checking import schema
from migration_planner.planning.playbooks.reading import InvalidPlaybook, read_bytes


class Command(BaseCommand):
    help = (
        "Check a playbook file. Every mistake is one line: the file, the line, the place, and what to do; exit code 1. "
        "The guide for writers is docs/playbooks.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="A playbook as YAML.")
        parser.add_argument("--schema", action="store_true", help="Print the JSON Schema of the format instead.")

    def act(self, **options: Any) -> str:
        if options["schema"]:
            return schema()
        path = options["file"]
        if path is None:
            raise DomainError("Name a file, or ask for --schema.")
        try:
            found = read_bytes(path.read_bytes(), path.name, today=timezone.localdate())
        except OSError as error:
            raise DomainError(f"{path} cannot be read: {error.strerror}.") from error
        except InvalidPlaybook as error:
            count = len(error.problems)
            raise CommandError(f"{error}\n{count} {'mistake' if count == 1 else 'mistakes'} in {path}.") from error
        verdicts = [str(workflow.compatibility) for workflow in found.workflows]
        counted = ", ".join(f"{verdicts.count(word)} {word}" for word in ("full", "partial", "none", "unknown"))
        return f"{path} is sound: {len(verdicts)} workflows ({counted}), {len(found.steps)} steps, version {found.version}."
