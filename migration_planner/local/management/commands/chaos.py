import json
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.commands import count
from migration_planner.local.chaos import report, run
from migration_planner.local.environment import ROOT


class Command(BaseCommand):
    help = (
        "Let everything around the mail fail, with real processes, and count every message: none lost, none after completion, "
        "every copy counted. Writes chaos.json and chaos.txt into the folder `build`; exit code 1 when a goal is missed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=count, default=20_000, help="So many mails are due (20000).")
        parser.add_argument("--only", default="", help="Names of scenarios, separated by commas.")
        parser.add_argument("--seed", type=int, default=1, help="The seed of all chance.")
        parser.add_argument("--out", type=Path, default=ROOT / "build", help="Folder for chaos.json and chaos.txt.")

    def act(self, **options: Any) -> str:
        names = [name for name in options["only"].split(",") if name] or list(run.SCENARIOS)
        if unknown := sorted(set(names) - set(run.SCENARIOS)):
            raise CommandError(f"There is no scenario {', '.join(unknown)}. There are: {', '.join(run.SCENARIOS)}.")
        for number in (signal.SIGTERM, signal.SIGINT):  # whatever ends us, what we started is ended first
            signal.signal(number, lambda *_: sys.exit(1))
        results = []
        for result in run.run(names, options["people"], options["seed"]):
            self.stderr.write(report.line(result), style_func=str)
            results.append(result)
        options["out"].mkdir(parents=True, exist_ok=True)
        whole = report.as_json(results, options["people"], options["seed"])
        table = report.table(results, whole)
        (options["out"] / "chaos.json").write_text(json.dumps(whole, indent=2) + "\n")
        (options["out"] / "chaos.txt").write_text(table + "\n")
        if any(result.missed for result in results):
            self.stdout.write(table)
            raise CommandError("Goals were missed.")
        return table
