"""What git knows beside files: the commit, the name of the repository, and how many commits name the assistant."""

from __future__ import annotations

import os
import re
from datetime import datetime, timezone
from typing import Any

from .detectors import Detectors
from .walking import Tree, git

#: How far back the statistic of trailers looks.
COMMITS = 1_000


def commit_of(tree: Tree) -> str:
    return _line(git(tree.root, "rev-parse", "--verify", "-q", "HEAD")) if tree.git else ""


def name_of(tree: Tree) -> str:
    """The address of the origin without scheme, user and password; the folder's name where there is none."""
    address = _line(git(tree.root, "config", "--get", "remote.origin.url")) if tree.git else ""
    return clean(address) or os.path.basename(os.path.abspath(tree.root))


def clean(address: str) -> str:
    """`https://user:token@host/team/name.git` and `git@host:team/name.git` both become `host/team/name`."""
    if re.match(r"^(?:/|[A-Za-z]:[\\/]|\.|file:)", address):
        return re.split(r"[\\/]", address.rstrip("/\\"))[-1]
    words = re.sub(r"^[a-z+]+://", "", address.strip())
    words = words.rsplit("@", 1)[-1].split("?", 1)[0].split("#", 1)[0]
    words = re.sub(r"^([^/:]+):(?!\d+/)", r"\1/", words)
    return re.sub(r"(?:\.git)?/*$", "", words)[:300]


def trailers(tree: Tree, detectors: Detectors) -> dict[str, Any]:
    """Commits among the last thousand that name the assistant: a statistic, nothing anybody has to mend."""
    patterns = detectors.formats.get("trailer")
    if not tree.git or not patterns or detectors.one("trailer") is None:
        return {}
    words = ["log", "-n", str(COMMITS), "--format=%ct"]
    everything = git(tree.root, *words)
    chosen = [word for pattern in patterns for word in ("--grep", pattern)]
    # `git log -n` counts what is printed: the range has to end where the last thousand commits end.
    found = git(tree.root, "log", "--format=%ct", "-i", "-E", *chosen, "-n", str(COMMITS)) if everything else None
    if everything is None or found is None:
        return {}
    looked, times = everything.split(), [int(word) for word in found.split()]
    oldest = min((int(word) for word in looked), default=0)
    times = [when for when in times if when >= oldest]
    last = datetime.fromtimestamp(max(times), timezone.utc).date().isoformat() if times else ""
    return {"commits": len(looked), "commits_with_trailer": len(times), "last": last}


def _line(output: bytes | None) -> str:
    return (output or b"").decode("utf-8", "replace").strip()
