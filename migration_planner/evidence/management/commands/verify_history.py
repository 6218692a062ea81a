from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from migration_planner.evidence import roles, sealing
from migration_planner.evidence.verifying import Chain, Finding, Wrong, verify
from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban

SAYS = {
    Wrong.CHANGED: "line {position} (event {event}) is not what was sealed",
    Wrong.REMOVED: "line {position} (event {event}) is gone",
    Wrong.GAP: "seals before line {position} are missing",
    Wrong.MOVED: "line {position} (event {event}) was moved to another ban",
    Wrong.INSERTED: "event {event} was put in later than it says",
}

MIGHTY = "The role of the database that this ran as could also change history: docs/operating.md says how to keep it from that."


class Command(BaseCommand):
    help = (
        "Follow the chain over the history of every ban, or of one, and name each line that was changed, removed, inserted or "
        "swapped since it was sealed; then the exit code is 1. Lines that are not sealed yet (the clock seals them) are sealed "
        "afterwards. --head compares with a digest from an evidence pack or a log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ban", nargs="?", type=int, metavar="ID", help="The ban's number; without one, everything.")
        parser.add_argument("--head", help="A digest that the chain of this ban must contain.")
        self.add_json(parser)

    def act(self, **options: Any) -> None:
        ban_id, head = options["ban"], options["head"]
        if ban_id is not None and not Ban.objects.filter(pk=ban_id).exists():
            raise DomainError(f"There is no ban {ban_id}.")
        if head and ban_id is None:
            raise DomainError("Say which ban the head belongs to.")
        chains = verify(ban_id, every=ban_id is None, heads={ban_id: head} if head else None)
        waiting = sealing.seal_all(now=timezone.now(), thoroughly=True)
        self.stdout.write(self.as_json(_data(chains, waiting)) if options["json"] else _words(chains, waiting))
        if not settings.LOCAL_MODE and roles.rewritable():
            self.stderr.write(MIGHTY, style_func=str)
        if any(chain.findings for chain in chains):
            raise CommandError("History is not what was sealed.")


def _words(chains: list[Chain], waiting: int) -> str:
    lines = [_of_chain(chain) for chain in chains] or [
        "Nothing had been sealed yet, so there was nothing to compare with."
    ]
    return "\n".join([*lines, *([f"{waiting} new lines were sealed now."] if waiting else [])])


def _of_chain(chain: Chain) -> str:
    about = f"Ban {chain.ban_id}" if chain.ban_id else "What is about no ban"
    if not chain.findings:
        return f"{about}: {chain.lines} lines are as they were sealed; head {chain.head}."
    return "\n".join(f"{about}: {_finding(found)}." for found in chain.findings)


def _finding(found: Finding) -> str:
    return SAYS[found.wrong].format(position=found.position, event=found.event_id)


def _data(chains: list[Chain], waiting: int) -> dict[str, Any]:
    return {
        "chains": [
            {
                "ban": chain.ban_id,
                "lines": chain.lines,
                "head": chain.head,
                "findings": [
                    {"what": found.wrong.value, "position": found.position, "event": found.event_id}
                    for found in chain.findings
                ],
            }
            for chain in chains
        ],
        "sealed_now": waiting,
    }
