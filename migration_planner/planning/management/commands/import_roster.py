from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import DjangoHelpFormatter
from django.db import transaction
from django.utils import timezone

from migration_planner.lib import commands
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import RosterImport
from migration_planner.people.roster import staging
from migration_planner.people.roster.comparing import Comparison, compare
from migration_planner.people.roster.reasons import found_problems
from migration_planner.planning import rosters

#: How many bad rows are printed. The JSON output has them all.
PRINTED = 20
SAID = ["skip_bad", "confirm_leavers", "confirm_emptied"]

DESCRIPTION = """\
Import a roster: who works here, and who belongs to which team.

Without --apply it prints what the file would change and changes nothing.

The file is CSV in UTF-8, one row for each person and team. Columns, in any order:
  email, name, team     required; team is a path from the root: Acme/Engineering/Search
  role                  member (default) or lead
  home_team             yes in the one row of the team where the person is counted
  timezone, language    such as Asia/Shanghai, and en or zh-hans
  manager               email address of the line manager
  site, external_id     external_id recognises a person whose address has changed
  active                no: the person has left

For a person in the file, the file's teams are the truth. People who are not in it stay as they are, unless the
file is --full. Applying the same file again changes nothing.
"""


class Lines(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


class Command(commands.Command):
    help = DESCRIPTION

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=Lines, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the CSV file")
        parser.add_argument("--apply", action="store_true", help="carry the changes out, in one transaction")
        parser.add_argument("--full", action="store_true", help="the file names everybody: who is not in it has left")
        parser.add_argument("--skip-bad", action="store_true", help="go on without the rows that cannot be taken")
        parser.add_argument(
            "--confirm-leavers", action="store_true", help="yes, more than 10 %% of the people may leave by this file"
        )
        parser.add_argument(
            "--confirm-emptied",
            action="store_true",
            help="yes, a ban in force may be left without anybody by this file",
        )
        self.add_json(parser)

    def act(self, **options: Any) -> str:
        try:
            result = self._import(Path(options["file"]), options)
        except OSError as error:
            raise DomainError(f"{options['file']} cannot be read: {error.strerror}.") from None
        return self.as_json(result) if options["json"] else _in_words(result)

    @transaction.atomic
    def _import(self, path: Path, options: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        with path.open("rb") as raw:
            import_ = staging.stage(raw, name=path.name, by=None, now=now, full=options["full"])
        for name in SAID:
            setattr(import_, name, options[name])
        import_.save(update_fields=SAID)
        if options["apply"]:
            return _result(import_, rosters.apply_roster(import_, by=None, now=now), applied=True)
        result = _result(import_, compare(import_), applied=False)
        transaction.set_rollback(True)  # a preview leaves nothing behind
        return result


def _result(import_: RosterImport, comparison: Comparison, *, applied: bool) -> dict[str, Any]:
    said = comparison.as_json()
    bad_rows = said.pop("bad_rows")
    return {
        "file": import_.file_name, "rows": import_.rows, "applied": applied, "full": import_.full,
        "bad_rows": bad_rows, "problems": found_problems(), **said,
    }  # fmt: skip


def _in_words(result: dict[str, Any]) -> str:
    lines = [
        f"{result['file']}: {result['rows']} rows, {result['people']} people, {result['memberships']} memberships,"
        f" {result['teams']} teams",
        "Applied:" if result["applied"] else "Would change (nothing was changed; add --apply to carry it out):",
    ]
    for name, number in result["counts"].items():
        lines.append(f"  {name.replace('_', ' '):20} {number:>8}")
        lines += [f"      {_row(row)}" for row in result["first"][name][:3]] if not result["applied"] else []
    for language, rows in result["other_languages"].items():
        lines.append(f"Language {language!r} ({rows} rows) is not spoken here; these people read English.")
    if result["unknown_columns"]:
        lines.append(f"Columns without a meaning here: {', '.join(result['unknown_columns'])}.")
    if result["bad_rows"]:
        lines.append(
            f"{result['bad_rows']} bad rows (left out):" if result["applied"] else f"{result['bad_rows']} bad rows:"
        )
        lines += [f"  line {problem['line']}: {problem['reason']}" for problem in result["problems"][:PRINTED]]
    if result["too_many_leave"] and not result["applied"]:
        lines.append("More than 10 % of the people would leave: --apply will ask for --confirm-leavers.")
    return "\n".join(lines)


def _row(row: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in row.items() if value not in ("", None))
