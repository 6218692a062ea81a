"""`.migration-scan-ignore`: what a team leaves alone, with the reason. A line without one is not honoured.

templates/**                              # product content, not our own instructions
docs/old.md  rule=CC-C12 until=2027-01-31 # goes with the next release
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Pattern

from .findings import Finding

NAME = ".migration-scan-ignore"


@dataclass(frozen=True)
class Line:
    """One honoured line."""

    pattern: Pattern[str]
    rules: frozenset[str]
    reason: str


def read(text: str, today: date) -> tuple[list[Line], list[str]]:
    """The lines that count today, and a sentence for each that does not."""
    lines, warnings = [], []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        line = _line(raw, today)
        if isinstance(line, str):
            warnings.append(f"{NAME}, line {number}: {line}")
        else:
            lines.append(line)
    return lines, warnings


def _line(raw: str, today: date) -> Line | str:
    head, _hash, reason = raw.partition(" #")
    words = head.split()
    options = [word for word in words if word.startswith(("rule=", "until="))]
    paths = [word for word in words if word not in options]
    if not reason.strip():
        return "it has no reason and is not honoured; write one after “ # ”."
    if len(paths) != 1:
        return "it needs one path or pattern; write a space in a name as “?”."
    for word in options:
        name, _equals, value = word.partition("=")
        if name == "until":
            try:
                ended = date(*map(int, value.split("-"))) < today
            except (TypeError, ValueError):
                return "until= needs a day such as 2027-01-31."
            if ended:
                return "its time is over and it is not honoured any more."
    rules = frozenset(rule for word in options if word.startswith("rule=") for rule in word[5:].split(","))
    return Line(translate(paths[0]), rules, reason.strip())


def translate(pattern: str) -> Pattern[str]:
    """A pattern as in .gitignore: `*` within a name, `**` across folders, a name alone at any depth, `/` at the root."""
    anchored = "/" in pattern.rstrip("/")
    words, place = pattern.strip("/"), 0
    regex = ""
    while place < len(words):
        if words.startswith("**/", place):
            regex, place = regex + "(?:.*/)?", place + 3
        elif words.startswith("**", place):
            regex, place = regex + ".*", place + 2
        else:
            regex += {"*": "[^/]*", "?": "[^/]"}.get(words[place], re.escape(words[place]))
            place += 1
    return re.compile(("^" if anchored else "(?:^|/)") + regex + r"(?:/|$)")


def accepted(finding: Finding, lines: list[Line]) -> Finding:
    for line in lines:
        if (not line.rules or finding.rule in line.rules) and line.pattern.search(finding.path):
            return finding.but(accepted=line.reason)
    return finding
