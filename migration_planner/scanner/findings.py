"""What a scan finds: where, by which rule, of which class. Never what stands there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

CLASSES = ("use", "mention", "example", "credential")
SCOPES = ("tool", "vendor")
#: A finding keeps the numbers of this many lines; `count` is exact.
LINES_KEPT = 100


@dataclass(frozen=True)
class Finding:
    """One rule in one file: `line` is the first of `count` places, 0 when the file itself is the trace.

    `facts` hold words of the tool's own vocabulary and numbers only. `accepted` is the reason why the finding is left
    alone, given by the ignore file or a baseline, and empty otherwise.
    """

    rule: str
    workflow: str
    path: str
    line: int
    kind: str
    scope: str
    severity: int
    count: int = 1
    lines: tuple[int, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    accepted: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same trace although lines have moved: rule, path and class."""
        words = "\0".join((self.rule, self.path, self.kind))
        return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def is_use(self) -> bool:
        return self.scope == "tool" and self.kind in ("use", "credential") and not self.accepted

    def but(self, **changes: Any) -> Finding:
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "rule": self.rule,
            "workflow": self.workflow,
            "path": plain(self.path),
            "line": self.line,
            "class": self.kind,
            "scope": self.scope,
            "severity": self.severity,
            "count": self.count,
            "fingerprint": self.fingerprint,
        }
        if self.count > 1:
            data["lines"] = list(self.lines)
        if self.facts:
            data["facts"] = self.facts
        if self.accepted:
            data["accepted"] = self.accepted
        return data


def plain(path: str) -> str:
    """A path that every reader of JSON takes: bytes of a name that are no UTF-8 are written as `\\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def at_lines(finding: Finding, lines: list[int]) -> Finding:
    """The finding at those lines, which are not empty and in order."""
    return finding.but(line=lines[0], count=len(lines), lines=tuple(lines[:LINES_KEPT]))
