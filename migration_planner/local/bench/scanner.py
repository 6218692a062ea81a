"""How fast the scanner is: files per second against a bare `git grep` of the same patterns in the same tree.

Runnable alone, without a database: `python -m migration_planner.local.bench.scanner [PATH]`. Without a path it makes a
repository in which one file in fifty names the tool, as in real ones.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from migration_planner.local.bench.clock import Result, median_ms
from migration_planner.scanner.detectors import shipped
from migration_planner.scanner.scanning import scan

FILES, RUNS, GOAL = 5_000, 5, 3.0
PLAIN = "def total(rows):\n    return sum(row.amount for row in rows if row.paid)\n\n\n" * 60
TRACE = PLAIN + 'PATH = ".claude/skills/report.md"\n' + PLAIN


def measure(root: str) -> Result:
    """One scan in this process, against one `git grep` of every content rule's pattern."""
    detectors, now = shipped(), datetime.now(UTC)
    files = scan(root, detectors, now=now).files
    bare = median_ms(_grep(root, [rule.pattern.pattern for rule in detectors.of("content") if rule.pattern]), runs=RUNS)
    took = median_ms(lambda: scan(root, detectors, now=now), runs=RUNS)
    return Result(
        "scan", took, "a bare git grep of the same patterns", bare, {"files_per_second": round(files / took * 1000)}
    )


def _grep(root: str, patterns: list[str]) -> Callable[[], None]:
    words = [word for pattern in patterns for word in ("-e", pattern)]
    command = ["git", "-C", root, "grep", "-nIP", *words]

    def act() -> None:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603 - our own patterns
        if done.returncode > 1:
            raise RuntimeError(done.stderr.decode("utf-8", "replace"))

    return act


def make(root: Path) -> None:
    """A repository of five thousand files in folders of fifty, about 25 MB, the same every time."""
    for number in range(FILES):
        folder = root / f"part{number // 1000}" / f"module{number // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number}.py").write_text(TRACE if number % 50 == 0 else PLAIN + f"NUMBER = {number}\n", "utf-8")
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", "-C", str(root), *words], check=True)  # noqa: S603, S607 - fixed words


def measured() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        return measure(folder)


if __name__ == "__main__":
    result = measure(sys.argv[1]) if len(sys.argv) > 1 else measured()
    sys.stdout.write(json.dumps({**result.as_dict(), "goal": GOAL}) + "\n")
