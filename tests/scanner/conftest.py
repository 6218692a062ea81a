"""Trees to scan, made of nothing but text."""

import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from migration_planner.scanner.detectors import Detectors, shipped
from migration_planner.scanner.report import Report
from migration_planner.scanner.scanning import scan

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
Tree = Mapping[str, str | bytes]


def write(root: Path, tree: Tree) -> Path:
    """Write files; a text that begins with `-> ` makes a link to what follows."""
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content.startswith("-> "):
            path.symlink_to(content[3:])
        else:
            path.write_text(content, "utf-8", newline="")
    return root


def git(root: Path, *words: str) -> str:
    """The real git, without settings of whoever runs the tests."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@acme.example", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", "-C", str(root), *identity, *words], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def commit(root: Path, message: str = "Work") -> None:
    git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "--allow-empty", "-m", message)


@pytest.fixture(scope="session")
def detectors() -> Detectors:
    return shipped()


@pytest.fixture
def scanned(tmp_path: Path, detectors: Detectors) -> Callable[[Tree], Report]:
    """Write a tree, commit it, and scan it."""

    def act(tree: Tree) -> Report:
        write(tmp_path, tree)
        commit(tmp_path)
        return scan(str(tmp_path), detectors, now=NOW)

    return act
