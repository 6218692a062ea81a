from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from migration_planner.lib import commands
from migration_planner.lib.errors import DomainError
from migration_planner.planning import signals
from migration_planner.planning.management.commands.import_roster import Lines
from migration_planner.planning.signal_files import from_file
from migration_planner.planning.signals import BadRows, Taken

#: How many bad rows are printed; the JSON output has them all.
PRINTED, MOST = 20, 1_000_000

DESCRIPTION = """\
Bring in signals: who used which tool on which day, how often.

Without --apply it says what the file is good for and changes nothing.

The file is CSV in UTF-8. Columns, in any order:
  person   the person's address, as in the roster
  tool     the name of the tool, as in the catalogue
  day      2026-11-23
  count    how often; 0 says that it was not used
  source   where the figure comes from: sso, licence server, ...

The same person, tool, day and source replaces what was there, so a file can be sent again. Nothing else is kept. Rows that
cannot be taken are named with their line; then nothing is taken, unless --skip-bad goes on without them.
"""


class Command(commands.Command):
    help = DESCRIPTION

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=Lines, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the CSV file")
        parser.add_argument("--apply", action="store_true", help="bring the signals in, in one transaction")
        parser.add_argument("--skip-bad", action="store_true", help="go on without the rows that cannot be taken")
        self.add_json(parser)

    def act(self, **options: Any) -> str:
        as_json, most = options["json"], MOST if options["json"] else PRINTED
        said = {"apply": options["apply"], "skip_bad": options["skip_bad"]}
        try:
            with Path(options["file"]).open("rb") as raw:
                taken = signals.take(from_file(raw), by=None, now=timezone.now(), most=most, **said)
        except OSError as error:
            raise DomainError(f"{options['file']} cannot be read: {error.strerror}.") from None
        except BadRows as error:
            if as_json:
                self.stdout.write(self.as_json(_data(error.taken, applied=False)))
                raise CommandError(str(error)) from None
            raise CommandError("\n".join([*_problems(error.taken), str(error)])) from None
        return self.as_json(_data(taken, applied=taken.applied)) if as_json else _in_words(taken)


def _data(taken: Taken, *, applied: bool) -> dict[str, Any]:
    problems = [{"line": each.line, "reason": each.reason} for each in taken.problems]
    return {**taken.counts(), "applied": applied, "problems": problems}


def _problems(taken: Taken) -> list[str]:
    return [f"line {each.line}: {each.reason}" for each in taken.problems[:PRINTED]]


def _in_words(taken: Taken) -> str:
    state = "Brought in" if taken.applied else "Nothing was changed; add --apply to bring them in"
    counts = ", ".join(f"{name} {count}" for name, count in taken.counts().items())
    return "\n".join([f"{state}: {counts}.", *_problems(taken)])
