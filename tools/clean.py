"""Remove what the make targets have made, unless it is in use. Runs with the standard library alone."""

import fcntl
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE = [
    ".venv",
    ".local",
    "build",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
    ".hypothesis",
]


def clean() -> None:
    for home in (ROOT / ".local", ROOT / ".local" / "tests"):
        _refuse_in_use(home / "postgres.users")
    for name in MADE:
        path = ROOT / name
        path.unlink() if path.is_symlink() else shutil.rmtree(path, ignore_errors=True)
    for path in ROOT.rglob("__pycache__"):
        shutil.rmtree(path, ignore_errors=True)


def _refuse_in_use(lock: Path) -> None:
    if not lock.exists():
        return
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Migration Planner or its tests are running here. Stop them first.")


if __name__ == "__main__":
    clean()
