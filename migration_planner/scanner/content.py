"""Content rules over one file: which lines match, and what each of them means there."""

from __future__ import annotations

from typing import Iterable, NamedTuple

from .detectors import Detectors, Rule
from .findings import Finding, at_lines
from .judging import judge, own_variables, shown_lines
from .pipelines import agentic_findings
from .reading import is_generated, lines_with, text_of
from .roles import kind_of, role_of

#: Bounds the work on a line that repeats a word; what a rule needs stands near the word.
LINE = 4_100


class Match(NamedTuple):
    rule: Rule
    number: int
    line: str


class Content:
    """The content rules, made ready once for all files; `manifest` is what the project says of itself."""

    def __init__(self, detectors: Detectors, manifest: str = ""):
        self.detectors = detectors
        self.own_variables = own_variables(manifest, detectors.tool)
        self.rules = detectors.of("content")
        self.open_end = detectors.compiled("open_end") if "open_end" in detectors.formats else None
        self.anchors = sorted({anchor.encode() for rule in self.rules for anchor in rule.more["anchors"]})
        #: An anchor that begins with another one needs no look of its own at a whole file.
        self.shortest = [one for one in self.anchors if not any(o != one and o in one for o in self.anchors)]

    def interesting(self, lowered: bytes) -> bool:
        return any(anchor in lowered for anchor in self.shortest)

    def findings(self, path: str, data: bytes, lowered: bytes) -> list[Finding]:
        role, kind = role_of(path, text_of(data[:80]).split("\n", 1)[0]), kind_of(self._outside(path))
        own = role == "config" and self._is_of_the_tool(path)
        kind = "document" if not kind and role == "code" and is_generated(data) else kind
        matches = list(self._matches(data, lowered, role))
        engine = role == "agentic" and bool(agentic_findings(self.detectors, path, text_of(data)))
        context = engine or self._is_of_the_tool(path) or any(_proves(match, role, kind) for match in matches)
        judged = [(match, *judge(match.rule, match.line, role, kind, context, own)) for match in matches]
        shown = shown_lines(path, text_of(data)) if any(row[1] == "use" for row in judged) else set()
        return list(_grouped(path, "own" if own else role, judged, shown))

    def _matches(self, data: bytes, lowered: bytes, role: str) -> Iterable[Match]:
        rules = [rule for rule in self.rules if _applies(rule, role)]
        for number, line, rest in lines_with(data, lowered, self.shortest, self.open_end):
            text = self.own_variables.sub("", line[:LINE]) if self.own_variables else line[:LINE]
            low = text.lower()
            whole = f"{text} {rest}" if rest else text
            own = len(text.rstrip()) if rest else len(text)
            for rule in rules:
                if any(anchor in low for anchor in rule.more["anchors"]) and _matches(rule, whole, own):
                    yield Match(rule, number, whole)

    def _is_of_the_tool(self, path: str) -> bool:
        return bool(self.detectors.folder.search(path))

    def _outside(self, path: str) -> str:
        """The path as far as the folder of the tool: a template inside of a skill is no example."""
        found = self.detectors.folder.search(path)
        return path[: found.start() + 1] + "file" if found else path


def _applies(rule: Rule, role: str) -> bool:
    return role in rule.more.get("only_in", (role,)) and role not in rule.more.get("not_in", ())


def _matches(rule: Rule, text: str, length: int) -> bool:
    """Whether the rule matches from within the first `length` signs, which are the line itself."""
    found = rule.pattern.search(text) if rule.pattern else None
    if found is None or found.start() >= length:
        return False
    return "not_if" not in rule.more or not rule.more["not_if"].search(text)


def _proves(match: Match, role: str, kind: str) -> bool:
    """Whether this line alone shows that the file uses the tool, so that a key beside it is the tool's."""
    return bool(match.rule.more.get("proves")) and judge(match.rule, match.line, role, kind, False)[0] in (
        "use",
        "credential",
    )


def _grouped(path: str, role: str, judged: list[tuple[Match, str, str]], shown: set[int]) -> Iterable[Finding]:
    """One finding for each rule and class, with its lines."""
    groups: dict[tuple[str, str, str], list[Match]] = {}
    for match, kind, scope in judged:
        kind = "mention" if kind == "use" and match.number in shown else kind
        groups.setdefault((match.rule.id, kind, scope), []).append(match)
    for (_id, kind, scope), matches in groups.items():
        rule = matches[0].rule
        severity = rule.severity if kind in ("use", "credential") else 1
        if scope == "vendor":
            severity = min(severity, 4 if rule.more.get("secret") else 2)
        finding = Finding(rule.id, rule.workflow_in(role), path, 0, kind, scope, severity)
        yield at_lines(finding, sorted({match.number for match in matches}))
