"""A list from standard input: paths, packages or extensions, one a line, such as other programs print them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Iterable

from .detectors import Detectors
from .findings import Finding
from .places import Places
from .report import Report
from .roles import skipped
from .walking import Entry, Tree

#: What `npm ls`, `pip list` and the like draw before a name.
DRAWING = re.compile(r"^[\s│├└─┬+`|\\-]+(?=[\w@])")
LINE = 4_096


def scan_list(lines: Iterable[str], detectors: Detectors, *, now: datetime) -> Report:
    report = Report(detectors, "list", now)
    places, tree = Places(detectors), Tree("")
    for number, raw in enumerate(lines, 1):
        line = DRAWING.sub("", raw[:LINE].strip().replace("\0", ""))
        report.files += 1
        finding = _named(line, number, detectors) or _place(line, number, places, tree)
        if finding:
            report.findings.append(finding)
    return report


def _named(line: str, number: int, detectors: Detectors) -> Finding | None:
    for rule in detectors.of("name"):
        if rule.pattern and rule.pattern.search(line):
            return Finding(rule.id, rule.workflow, "(standard input)", number, "use", rule.scope, rule.severity)
    return None


def _place(line: str, number: int, places: Places, tree: Tree) -> Finding | None:
    """A path of the list. Nothing is read, so that an instruction file counts as one with text of its own."""
    path = line.replace("\\", "/").lstrip("./") if line.startswith(("./", ".\\")) else line.replace("\\", "/")
    if not path or skipped(path) == "vendored":
        return None
    finding = places.finding(tree, Entry(path.lstrip("/")), unread=True)
    return finding.but(line=number) if finding else None
