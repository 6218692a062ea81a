"""Which files there are: what git tracks, or everything in a plain folder."""

from __future__ import annotations

import os
import stat
import subprocess
from dataclasses import dataclass, field

from .problems import ScanError

LINK, SUBMODULE = "120000", "160000"
#: Folders of a plain folder that hold no work of people.
NEVER = {".git", ".hg", ".svn", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox", ".nox", ".venv"}
#: Settings of a repository can name programs to run; a scan runs none of them.
SAFE = ["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showSignature=false"]
SECONDS = 300


@dataclass(frozen=True)
class Entry:
    """A file, by its path with slashes relative to the root. `is_link` comes from git's mode where there is git."""

    path: str
    is_link: bool = False
    mode: str = "100644"


@dataclass
class Tree:
    """A folder to scan. `git` tells whether the list comes from git; `submodules` is how many were left out."""

    root: str
    entries: list[Entry] = field(default_factory=list)
    git: bool = False
    submodules: int = 0

    def full(self, path: str) -> str:
        return os.path.join(self.root, *path.split("/"))


def walk(root: str) -> Tree:
    """The tree at `root`. Raises ScanError when there is none, or git refuses to list it."""
    if not os.path.isdir(root):
        raise ScanError(f"There is no folder {root}. Give the path of a repository or of a folder.")
    tracked = git(root, "ls-files", "-s", "-z") if _has_git(root) else None
    return from_git(root, tracked) if tracked else _from_folder(root)


def git(root: str, *words: str) -> bytes | None:
    """What a git command prints; None when git is not there or refuses."""
    # A git hook sets variables that would point every git at its own repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {**kept, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", *SAFE, "-C", root, *words],  # noqa: S607 - the git of the caller
            capture_output=True,
            env=environment,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode and b"dubious ownership" in done.stderr:
        raise ScanError(f"git does not trust {root}: add it to safe.directory, or scan as its owner.")
    return None if done.returncode else done.stdout


def from_git(root: str, listing: bytes) -> Tree:
    """From `git ls-files -s -z`: mode, object, stage, tab, path. A path in conflict is there once for each stage."""
    tree, seen = Tree(root, git=True), set()
    for row in listing.split(b"\0"):
        head, _tab, name = row.partition(b"\t")
        if not name or name in seen:
            continue
        seen.add(name)
        mode = head[:6].decode("ascii", "replace")
        if mode == SUBMODULE:
            tree.submodules += 1
        else:
            tree.entries.append(Entry(os.fsdecode(name), mode == LINK, mode))
    return tree


def _has_git(root: str) -> bool:
    here = os.path.abspath(root)
    while True:
        if os.path.exists(os.path.join(here, ".git")):
            return True
        above = os.path.dirname(here)
        if above == here:
            return False
        here = above


def _from_folder(root: str) -> Tree:
    tree = Tree(root)
    for folder, names, files in os.walk(root):
        tree.submodules += sum(1 for name in names if _is_repository(folder, name))
        links = [name for name in names if os.path.islink(os.path.join(folder, name))]
        names[:] = sorted(
            name for name in names if name not in NEVER and name not in links and not _is_repository(folder, name)
        )
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        for name in sorted(files + links):
            entry = _entry(os.path.join(folder, name), name if inside == "." else f"{inside}/{name}")
            if entry:
                tree.entries.append(entry)
    return tree


def _is_repository(folder: str, name: str) -> bool:
    return os.path.exists(os.path.join(folder, name, ".git"))


def _entry(full: str, path: str) -> Entry | None:
    """None for what is neither a file nor a link: pipes, sockets, devices."""
    try:
        mode = os.lstat(full).st_mode
    except OSError:
        return None
    if stat.S_ISLNK(mode):
        return Entry(path, True, LINK)
    if stat.S_ISREG(mode):
        return Entry(path, False, "100755" if mode & 0o100 else "100644")
    return None
