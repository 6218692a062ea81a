from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Team
from migration_planner.planning import naming, playbooks
from migration_planner.planning.drafting import draft_ban


class Command(BaseCommand):
    help = (
        "Draft a ban from a playbook and print its number. Nobody is told anything until it is published (publish_ban). "
        "The audience is the whole organisation unless --audience names teams."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = ", ".join(playbook.slug for playbook in playbooks.shipped())
        parser.add_argument("playbook", metavar="PLAYBOOK", help=f"One of: {known}; or one that was imported.")
        parser.add_argument("--cutoff", required=True, metavar="WHEN", help="Local date and time: 2026-12-18T18:00.")
        parser.add_argument("--zone", required=True, help="The time zone whose clocks show the cutoff: Asia/Shanghai.")
        parser.add_argument(
            "--owner", required=True, action="append", metavar="EMAIL", help="Who runs the ban; may be repeated."
        )
        parser.add_argument(
            "--audience",
            action="append",
            default=[],
            metavar="TEAM_PATH",
            help="A team, with all below it: Company/Division/Team; may be repeated. Default: everybody.",
        )
        parser.add_argument("--tool", default="", help="The name of the banned tool. Default: the playbook's.")
        parser.add_argument("--replacement", default="", help="What to use instead. Default: the playbook's.")
        parser.add_argument("--scope-file", type=Path, metavar="FILE", help="A text file with the scope statement.")
        parser.add_argument(
            "--parameter",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="A choice the playbook offers; may be repeated.",
        )
        self.add_json(parser)

    def act(self, **options: Any) -> str:
        if not (owners := naming.people_at(options["owner"])):
            raise DomainError("--owner needs the address of somebody in the roster.")
        ban = draft_ban(
            playbooks.find(options["playbook"]),
            by=owners[0],
            now=timezone.now(),
            owners=owners,
            tool=options["tool"],
            replacement=options["replacement"],
            parameters=_parameters(options["parameter"]),
            audience=options["audience"] or _everybody(),
            cutoff=(*_local(options["cutoff"]), options["zone"]),
            scope=_words(options["scope_file"]),
        )
        data = {
            "id": ban.pk,
            "tool": ban.tool.name,
            "replacement": ban.replacement.name,
            "state": ban.state,
            "cutoff_at": ban.cutoff_at.isoformat() if ban.cutoff_at else None,
            "steps": ban.steps.count(),
            "owners": [owner.email for owner in owners],
        }
        return self.as_json(data) if options["json"] else str(ban.pk)


def _everybody() -> list[str]:
    if not (roots := list(Team.objects.filter(depth=0).order_by("path").values_list("path", flat=True))):
        raise DomainError("There are no teams yet. Import the roster first (import_roster).")
    return roots


def _local(text: str) -> tuple[Any, Any]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or "T" not in text.upper().replace(" ", "T"):
        raise DomainError(f"--cutoff {text!r} is not a date and time. Write it like 2026-12-18T18:00.")
    if moment.tzinfo is not None:
        raise DomainError("--cutoff is what the clocks in --zone show; write it without an offset.")
    return moment.date(), moment.time()


def _parameters(pairs: list[str]) -> dict[str, str]:
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise DomainError(f"--parameter {wrong[0]!r} has no value. Write it like edition=qoder.")
    return dict(pair.split("=", 1) for pair in pairs)


def _words(path: Path | None) -> str:
    try:
        return path.read_text("utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise DomainError(f"--scope-file cannot be read as UTF-8 text: {error}") from error
