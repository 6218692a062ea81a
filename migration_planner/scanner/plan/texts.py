"""Safe substitutions in a text: paths that move, placeholders with a documented counterpart, names of models."""

from __future__ import annotations

import re
from typing import Any, Mapping

from .rows import Row

FRONT = re.compile(r"\A(---[ \t]*\r?\n)(.*?\n)(---[ \t]*(?:\r?\n|\Z))", re.DOTALL)
KEY = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:[ \t]*([^\r\n]*)", re.MULTILINE)
URL = r"https?://[^\s)>\]\"'`]+"
#: What may stand before the name of a file or folder in a path.
BEFORE = re.compile(r"(?:\"?\$\{?\w+\}?\"?)?[\w$~{}./-]*\Z")
NAMES = ("name", "description")
LONGEST = {"name": 64, "description": 1024}


class Texts:
    """The substitutions of one plan. `moved` maps each path of the repository that moves to its new one."""

    def __init__(
        self, conversion: Mapping[str, Any], moves: list[dict[str, str]], moved: Mapping[str, str], paths: set[str]
    ):
        self.conversion, self.moved, self.paths = conversion, moved, paths
        files = {row["from"]: row["to"] for row in moves if not row["from"].endswith("/")}
        folders = {row["from"].rstrip("/"): row["to"].rstrip("/") for row in moves if row["from"].endswith("/")}
        self.names = {**files, **folders}
        words = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        self.path = re.compile(rf"({URL})|(?<![\w-])({words})(?![\w-])([\w./*-]{{0,300}})") if words else None
        self.plain = [(re.compile(row["from"]), row["to"]) for row in conversion.get("substitutions", ())]
        self.look = [(re.compile(row["pattern"]), row["say"]) for row in conversion.get("look", ())]

    def convert(self, text: str, row: Row) -> str:
        """The text with everything replaced that is safe. What is not goes into the row, with its lines."""
        kept: list[str] = []
        if self.path:
            text = self.path.sub(lambda found: self._path(found, kept), text)
        for pattern, new in self.plain:
            text = pattern.sub(new, text)
        row.look += [f"It names {name}, which does not move." for name in sorted(set(kept))[:10]]
        for pattern, say in self.look:
            lines = [str(text.count("\n", 0, found.start()) + 1) for found in pattern.finditer(text)]
            if lines:
                row.look.append(f"{say} Line {', '.join(list(dict.fromkeys(lines))[:10])}.")
        return text

    def _path(self, found: re.Match[str], kept: list[str]) -> str:
        url, name, after = found.groups()
        if url:
            return url
        before = BEFORE.search(found.string[max(0, found.start() - 200) : found.start()]).group()  # type: ignore[union-attr]
        whole = re.sub(r"^(?:\./|\"?\$\{?\w+\}?\"?/)", "", before) + name + after
        elsewhere = before.lstrip('"').startswith(("~", "$HOME", "${HOME", "/"))
        if elsewhere or (whole.rstrip("/.") in self.paths and whole.rstrip("/.") not in self.moved):
            kept.append(before + name + after)
            return str(found.group())
        return f"{self.names[name]}{after}"

    def front(self, text: str, row: Row) -> str:
        """The head of a command, agent, skill or rule: names of models, trust, keys that nobody has compared."""
        head = FRONT.match(text)
        if not head:
            return text
        lines = [self._front_line(line, row) for line in head.group(2).splitlines(keepends=True)]
        known = self.conversion.get("known_frontmatter", {}).get(row.workflow)
        keys = [found.group(1) for found in KEY.finditer(head.group(2))]
        unknown = [key for key in dict.fromkeys(keys) if known and key not in known and key != "model"]
        if unknown:
            means = "mean" if len(unknown) > 1 else "means"
            row.look.append(f"Nobody has compared what {', '.join(unknown)} {means} there.")
        return head.group(1) + "".join(lines) + head.group(3) + text[head.end() :]

    def _front_line(self, line: str, row: Row) -> str:
        found = KEY.match(line)
        if not found:
            return line
        key, value = found.group(1), found.group(2).strip().strip("\"'")
        models, trust = self.conversion.get("models", {}), self.conversion.get("trust", {})
        if value in trust.get(key, ()):
            row.lost.append(f"{key}: {value} is a matter of trust and is not copied.")
            return ""
        if key == "model" and value and value not in models.get("known", (value,)):
            row.lost.append(f"The model {value} is not known there and became {models['instead']}; choose one.")
            return f"{line[: found.start(2)]}{models['instead']}{line[found.end(2) :]}"
        return line


def wrong_skill(text: str) -> list[str]:
    """What a skill lacks to be read at all."""
    head = FRONT.match(text)
    values = {found.group(1): found.group(2).strip() for found in KEY.finditer(head.group(2))} if head else {}
    wrong = [f"Its {name} may have {most} signs." for name, most in LONGEST.items() if len(values.get(name, "")) > most]
    return wrong + ([] if "description" in values else ["It needs a description."])
