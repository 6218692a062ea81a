"""What every command of ours has in common: its mistakes and refusals are one line on stderr and exit code 1."""

import json
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedTable

from migration_planner.lib.errors import DomainError


class Parser(CommandParser):
    """argparse leaves with 2 when an argument is wrong; scripts that call us know 0 and 1 alone."""

    def error(self, message: str) -> NoReturn:
        self.exit(1, f"{self.prog}: {message}\n")


class Command(BaseCommand):
    """A command: write `act`, which answers what to print (a text, or data for --json)."""

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = Parser
        return parser

    def handle(self, *args: Any, **options: Any) -> str | None:
        try:
            return self.act(**options)
        except DomainError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}".strip()) from error
        except ProgrammingError as error:
            if isinstance(error.__cause__, UndefinedTable):
                raise CommandError("The database has no tables yet. Run manage.py migrate first.") from error
            raise

    def act(self, **options: Any) -> str | None:
        raise NotImplementedError

    @staticmethod
    def add_json(parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of words.")

    @staticmethod
    def as_json(data: dict[str, Any]) -> str:
        return json.dumps(data, ensure_ascii=False, default=str)
