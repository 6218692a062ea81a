"""The five states of an instruction file: a link, a pointer to the portable file, empty, a fixture, or own text."""

from __future__ import annotations

import os
import re
from typing import Sequence

from .reading import content, text_of
from .walking import Entry, Tree

COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
#: A pointer may have so many other lines and bytes around its import.
LINES_AROUND, BYTES = 5, 600
#: What may stand there without being an instruction: a heading, a rule, and a sentence about these very files.
AROUND = re.compile(
    r"^(?:#|-{3,}$|\*{3,}$)|^(?![-*+] )(?=.*(?:CLAUDE\.md|Claude Code|this file|this (?:repo|project)))", re.I
)
#: An import stands anywhere in a line, except within a code span.
IMPORT, SPAN = re.compile(r"(?<![\w@])@([\w./~-]*\w)"), re.compile(r"(`+).+?\1")
STATES = ("own text", "pointer", "link", "empty", "fixture")
#: States in which nothing has to be carried over.
SETTLED = ("pointer", "link", "empty")


def state_of(tree: Tree, entry: Entry, portable: Sequence[str]) -> tuple[str, dict[str, int | str]]:
    """The state, and what a reader needs to know beside it. A link to anything else than a portable file is `own text`."""
    target = link_target(tree, entry)
    if target is not None:
        name = target.replace("\\", "/").rsplit("/", 1)[-1]
        if name in portable or (name := _shared(tree, entry, portable)):
            return "link", {"target": name}
        return "own text", {"link": "to another file"}
    data = content(tree.full(entry.path)) or b""
    folder = entry.path.rpartition("/")[0]
    for name in portable:
        if data.strip() and content(tree.full(f"{folder}/{name}".lstrip("/"))) == data:
            return "pointer", {"lines_around": 0, "copy_of": name}
    text = COMMENT.sub("", text_of(data).lstrip("\ufeff"))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "empty", {}
    others = [line for line in lines if not _names(line, portable)]
    is_pointer = any(_is_import(line, portable) for line in lines) and all(AROUND.match(line) for line in others)
    if not is_pointer or len(others) > LINES_AROUND or len(text) > BYTES:
        return "own text", {}
    return "pointer", {"lines_around": sum(1 for line in lines if not _is_alone(line, portable))}


def link_target(tree: Tree, entry: Entry) -> str | None:
    """Where a link points; also for one that a system without links has checked out as a small file."""
    if not entry.is_link:
        return None
    full = tree.full(entry.path)
    try:
        return os.readlink(full)
    except (OSError, ValueError):
        return text_of(content(full, 4096) or b"").strip()


def _shared(tree: Tree, entry: Entry, portable: Sequence[str]) -> str:
    """The portable file beside this link that is a link to the same place; nothing when there is none."""
    folder, here = entry.path.rpartition("/")[0], os.path.realpath(tree.full(entry.path))
    beside = [f"{folder}/{name}".lstrip("/") for name in portable]
    same = [path for path in beside if os.path.islink(tree.full(path)) and os.path.realpath(tree.full(path)) == here]
    return same[0].rsplit("/", 1)[-1] if same else ""


def _is_import(line: str, portable: Sequence[str]) -> bool:
    return any(found.rsplit("/", 1)[-1] in portable for found in IMPORT.findall(SPAN.sub("", line)))


def _names(line: str, portable: Sequence[str]) -> bool:
    """Whether the line is about the portable file, so that nothing is lost with it."""
    return any(name in line for name in portable)


def _is_alone(line: str, portable: Sequence[str]) -> bool:
    words = line.lstrip("-* ")
    return words.startswith("@") and words[1:].rsplit("/", 1)[-1] in portable
