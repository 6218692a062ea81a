from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.planning.counting import Differences, recount_all
from migration_planner.planning.models import Ban


class Command(BaseCommand):
    help = (
        "Compare the kept counters of every published, closed or withdrawn ban, and the evidence of scans for its steps, "
        "with what they are derived from, and correct those that differ. With --check nothing is changed, and any "
        "difference gives exit code 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only compare; exit with 1 when something differs.")

    def act(self, **options: Any) -> None:
        found = False
        for ban, differences in recount_all(check=options["check"], now=timezone.now()):
            found = found or bool(differences)
            self.stdout.write(_sentence(ban, differences, check=options["check"]))
        if found and options["check"]:
            raise CommandError("Some counters differ. Run recount without --check to correct them.")


def _sentence(ban: Ban, differences: Differences, *, check: bool) -> str:
    if not differences:
        return f"Ban {ban.pk}, {ban}: all counters agree."
    verb = "differ" if check else "corrected"
    evidence = f", and {differences.evidence} pieces of evidence" if differences.evidence else ""
    uses = f", and {differences.uses} counts of old and new use" if differences.uses else ""
    return f"Ban {ban.pk}, {ban}: {differences.checklists} checklists and {differences.migrations} teams{evidence}{uses} {verb}."
