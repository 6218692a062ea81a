import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migration_planner.lib.commands import Command as BaseCommand
from migration_planner.lib.commands import counts
from migration_planner.local.bench import report, scanner
from migration_planner.local.environment import HOME, ROOT, broker
from migration_planner.local.postgres import Cluster


class Command(BaseCommand):
    help = (
        "Measure import, publishing, planning, pages and marks at several sizes, and the scanner, each as a ratio to a floor "
        "measured in the same run. Writes bench.json and a readable table into the folder `build`. Uses databases of its own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sizes", type=counts, default=[2000, 20_000, 200_000], help="Numbers of people, separated by commas."
        )
        parser.add_argument("--out", type=Path, default=ROOT / "build", help="Folder for bench.json and bench.txt.")

    def act(self, **options: Any) -> str:
        measured = {size: list(self._measure(size)) for size in options["sizes"]}
        options["out"].mkdir(parents=True, exist_ok=True)
        scan = scanner.measured().as_dict()
        table = f"{report.table(measured)}\n{report.scan_line(scan, scanner.GOAL)}"
        (options["out"] / "bench.json").write_text(
            json.dumps({**report.as_json(measured), "scan": scan}, indent=2) + "\n"
        )
        (options["out"] / "bench.txt").write_text(table + "\n")
        return table

    def _measure(self, people: int) -> Iterator[dict[str, Any]]:
        """Run one size in a process and a cluster of its own, and pass on its results as they come."""
        home = HOME / "bench"
        shutil.rmtree(home, ignore_errors=True)
        cluster = Cluster(home)
        database = cluster.join()
        try:
            environment = {**os.environ, "DATABASE_URL": database, "CELERY_BROKER_URL": broker(database)}
            command = [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), "bench_size", str(people)]
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603
                for line in child.stdout or ():
                    self.stderr.write(f"{people}: {line.strip()}", style_func=str)
                    yield json.loads(line)
            if child.returncode:
                raise SystemExit(child.returncode)
        finally:
            cluster.leave()
            shutil.rmtree(home, ignore_errors=True)
