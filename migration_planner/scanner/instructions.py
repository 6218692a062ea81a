"""The five states of an instruction file: a link, a pointer to the portable file, empty, a fixture, or own text."""

from __future__ import annotations

import os
import re
from typing import Sequence

from .reading import content, text_of
from .walking import Entry, Tree

COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
#: A pointer may have so many other lines and bytes around its import, such as a heading.
LINES_AROUND, BYTES = 5, 600
STATES = ("own text", "pointer", "link", "empty", "fixture")
#: States in which nothing has to be carried over.
SETTLED = ("pointer", "link", "empty")


def state_of(tree: Tree, entry: Entry, portable: Sequence[str]) -> tuple[str, dict[str, int | str]]:
    """The state, and what a reader needs to know beside it. A link to anything else than a portable file is `own text`."""
    target = link_target(tree, entry)
    if target is not None:
        name = target.replace("\\", "/").rsplit("/", 1)[-1]
        return ("link", {"target": name}) if name in portable else ("own text", {"link": "to another file"})
    data = content(tree.full(entry.path)) or b""
    folder = entry.path.rpartition("/")[0]
    for name in portable:
        if data.strip() and content(tree.full(f"{folder}/{name}".lstrip("/"))) == data:
            return "pointer", {"lines_around": 0, "copy_of": name}
    text = COMMENT.sub("", text_of(data).lstrip("\ufeff"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "empty", {}
    others = [line for line in lines if not _is_import(line, portable)]
    if len(others) == len(lines) or len(others) > LINES_AROUND or len(text) > BYTES:
        return "own text", {}
    return "pointer", {"lines_around": len(others)}


def link_target(tree: Tree, entry: Entry) -> str | None:
    """Where a link points; also for one that a system without links has checked out as a small file."""
    if not entry.is_link:
        return None
    full = tree.full(entry.path)
    try:
        return os.readlink(full)
    except (OSError, ValueError):
        return text_of(content(full, 4096) or b"").strip()


def _is_import(line: str, portable: Sequence[str]) -> bool:
    words = line.lstrip("-* ").strip("`")
    return words.startswith("@") and words[1:].rsplit("/", 1)[-1] in portable
