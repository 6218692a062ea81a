"""Every check in order, stopping at the first that fails. `--all` adds the tests with a browser and of production."""

import os
import subprocess
import sys
import time
from pathlib import Path

import provide

ROOT = Path(__file__).resolve().parents[1]
PYTHON = [sys.executable, "-W", "ignore"]
STEPS = {
    "format": [*PYTHON, "-m", "ruff", "format", "--check", "."],
    "lint": [*PYTHON, "-m", "ruff", "check", "."],
    "types": [*PYTHON, "-m", "mypy"],
    "layers": [*PYTHON, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "templates": [*PYTHON, "-m", "djlint", "--lint", "--quiet", "templates"],
    "schema": [*PYTHON, "-m", "tests.manage", "makemigrations", "--check", "--dry-run"],
    "settings": [*PYTHON, "-m", "tests.manage", "check", "--fail-level", "WARNING"],
    "tests": [*PYTHON, "-m", "pytest", "-q", "-n", "auto", "-m", "not browser and not production"],
}
#: By files: tests of one file share what they have started. They wait more than they work: one process more than cores.
BY_FILE = ["-n", str((os.cpu_count() or 2) + 1), "--dist", "loadfile"]
MORE = {"browser and production tests": [*PYTHON, "-m", "pytest", "-q", *BY_FILE, "-m", "browser or production"]}


def check(steps: dict[str, list[str]]) -> None:
    for name, command in steps.items():
        print(f"== {name}", flush=True)
        began = time.monotonic()
        code = subprocess.run(command, cwd=ROOT).returncode
        if code:
            sys.exit(f"== {name}: FAILED (exit code {code}). To repeat it alone: {' '.join(command)}")
        print(f"== {name}: ok, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    if "--all" in sys.argv:
        os.environ.update(CHROMIUM_PATH=provide.chromium(), REDIS_SERVER=provide.redis(), FAKETIME=provide.faketime())
        check(STEPS | MORE)
    else:
        check(STEPS)
