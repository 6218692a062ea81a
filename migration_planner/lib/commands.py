"""What every command of ours has in common: its mistakes and refusals are one line on stderr and exit code 1."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DataError, OperationalError, ProgrammingError
from psycopg.errors import UndefinedTable

from migration_planner.lib.errors import DomainError

#: More than anything here is counted up to.
MOST = 100_000_000
DAY = 24 * 60 * 60


class Parser(CommandParser):
    """argparse leaves with 2 when an argument is wrong; scripts that call us know 0 and 1 alone."""

    def error(self, message: str) -> NoReturn:
        self.exit(1, f"{self.prog}: {message}\n")


def count(text: str) -> int:
    """The type of an argument that says how many: a whole number from 1 to MOST."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:20]) <= MOST):
        raise ArgumentTypeError(f"{text!r} must be a whole number from 1 to {MOST}")
    return int(text)


def seconds(text: str) -> float:
    """The type of an argument that says how long: more than no time, and at most a day."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= DAY:
        raise ArgumentTypeError(f"{text!r} must be a number of seconds, more than 0 and at most {DAY}")
    return value


def counts(text: str) -> list[int]:
    """The same for several of them, separated by commas."""
    return [count(word.strip()) for word in text.split(",")]


class Command(BaseCommand):
    """A command: write `act`, which answers what to print (a text, or data for --json)."""

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = Parser
        return parser

    def handle(self, *args: Any, **options: Any) -> str | None:
        _require_text(options)
        try:
            return self.act(**options)
        except DomainError as error:
            raise CommandError(str(error)) from error
        except DataError as error:
            raise CommandError(f"A value is too long or too large: {error}".strip()) from error
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


def _require_text(options: dict[str, Any]) -> None:
    """Refuse bytes of the command line that are no text: the database could not take them."""
    for name, value in options.items():
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str) and _is_broken(word):
                raise CommandError(f"What was given for {name} is not text in UTF-8: {word!r}")


def _is_broken(word: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in word)
