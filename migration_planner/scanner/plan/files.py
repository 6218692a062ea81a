"""Files that move: instructions, rules, commands, agents, skills and the scripts of hooks."""

from __future__ import annotations

import re
from typing import Iterable

from ..instructions import link_target, state_of
from ..reading import content, is_binary
from ..roles import kind_of, skipped
from ..walking import Entry, Tree
from . import diffs
from .rows import BY_HAND, CARRIED, NOT_NEEDED, Row
from .secrets import line_of_secret
from .texts import Texts, wrong_skill

Moves = "list[dict[str, str]]"


def target_of(path: str, moves: list[dict[str, str]]) -> tuple[str, str] | None:
    """The new path and the workflow of a file that moves."""
    folder, _slash, name = path.rpartition("/")
    for move in moves:
        source = move["from"]
        if source == name:
            # Instructions inside of the tool's own folder hold for the folder above it.
            folder = re.sub(r"(^|/)\.claude$", "", folder)
            return (f"{folder}/{move['to']}" if folder else move["to"]), move["workflow"]
        found = re.search(r"(^|/)" + re.escape(source), path + "/") if source.endswith("/") else None
        if found:
            rest = path[found.end() :]
            return (path[: found.start()] + found.group(1) + move["to"] + rest).rstrip("/"), move["workflow"]
    return None


def candidates(tree: Tree, moves: list[dict[str, str]]) -> Iterable[tuple[Entry, str, str]]:
    """Each file that could move, with its new path and its workflow."""
    for entry in tree.entries:
        found = None if skipped(entry.path) == "vendored" else target_of(entry.path, moves)
        if found:
            yield entry, found[0], found[1]


def is_fixture(path: str, target: str) -> bool:
    """Whether the folder above the artefact holds tests, samples or templates."""
    old, new = path.split("/"), target.split("/")
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    return kind_of("/".join([*old[:same], "file"])) == "example"


def moved_file(
    tree: Tree, entry: Entry, target: str, workflow: str, texts: Texts, portable: list[str]
) -> tuple[Row, str]:
    """The row of one file, and its part of the patch; nothing when somebody has to do it by hand."""
    row = Row(entry.path, workflow, CARRIED, target)
    if target.rsplit("/", 1)[-1] in portable and entry.path.rsplit("/", 1)[-1] != target.rsplit("/", 1)[-1]:
        settled = _settled(tree, entry, row, portable)
        if settled is not None:
            return row, settled
    if _taken(target, texts.paths):
        row.end = BY_HAND
        row.look.append(f"{target} exists already. Decide which text holds.")
        return row, ""
    return (
        (_link(tree, entry, row) if entry.is_link else _text(tree, entry, row, texts))
        if row.end == CARRIED
        else (row, "")
    )


def _taken(target: str, paths: set[str]) -> bool:
    return target in paths or target.lower() in {path.lower() for path in paths if len(path) == len(target)}


def _settled(tree: Tree, entry: Entry, row: Row, portable: list[str]) -> str | None:
    """An instruction file without text of its own is deleted. None when it has some."""
    state, facts = state_of(tree, entry, portable)
    if state == "own text":
        return None
    row.target, row.end = "", NOT_NEEDED
    if state == "pointer" and facts["lines_around"]:
        row.end = BY_HAND
        row.look.append(
            f"{facts['lines_around']} lines stand beside the import. Keep what they say, then delete the file."
        )
        return ""
    row.look.append(
        {
            "link": "It is a link to the portable file.",
            "pointer": "It only imports the portable file, or has the same text.",
        }.get(state, "It is empty.")
    )
    data = content(tree.full(entry.path)) if not entry.is_link else None
    text = link_target(tree, entry) if entry.is_link else (data or b"").decode("utf-8", "surrogateescape")
    return diffs.deleted(entry, text or "")


def _link(tree: Tree, entry: Entry, row: Row) -> tuple[Row, str]:
    target = link_target(tree, entry) or ""
    if row.target.count("/") != entry.path.count("/") or ".claude" in target:
        row.end = BY_HAND
        row.look.append("It is a link whose target would be wrong after the move. Make it anew.")
        return row, ""
    row.look.append("It is a link and keeps its target.")
    return row, diffs.renamed(entry, row.target)


def _text(tree: Tree, entry: Entry, row: Row, texts: Texts) -> tuple[Row, str]:
    data = content(tree.full(entry.path), diffs.MOST + 1)
    if data is None:
        row.end = BY_HAND
        row.look.append("It cannot be read.")
        return row, ""
    if is_binary(data) or len(data) > diffs.MOST:
        row.look.append("It moves as it is: too large or no text.")
        return row, diffs.renamed(entry, row.target)
    before = data.decode("utf-8", "surrogateescape")
    secret = line_of_secret(before)
    if secret:
        row.end = BY_HAND
        row.look.append(f"Something like a secret stands in line {secret}. Nothing of this file is in the patch.")
        return row, ""
    return row.settled(), diffs.renamed(entry, row.target, before, _converted(before, row, texts))


def _converted(text: str, row: Row, texts: Texts) -> str:
    is_head = row.artefact.endswith(".md") and row.workflow in ("commands", "subagents", "skills", "rules")
    after = texts.front(texts.convert(text, row), row) if is_head else texts.convert(text, row)
    if row.artefact.endswith("/SKILL.md"):
        row.lost += wrong_skill(after)
    if row.workflow == "commands" and re.search(r"(?m)^!`|[^`]!`", text):
        row.look.append("It runs shell commands, which a setting there can forbid.")
    if "/" in row.target and not re.match(r"\.[a-z]+/", row.target) and re.search(r"/\.[a-z]+/", row.target):
        row.look.append("Whether a folder of this kind below the root is read there is not documented.")
    row.settled()
    return after
