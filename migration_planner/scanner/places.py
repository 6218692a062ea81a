"""Path rules: the files whose name alone says what they are."""

from __future__ import annotations

from .detectors import Detectors, Rule
from .findings import Finding
from .instructions import SETTLED, state_of
from .roles import kind_of
from .walking import Entry, Tree

#: A link to a folder is what lies in it: `.claude/skills` stands for its skills.
INSIDE = ("", "/SKILL.md", "/file.md", "/file.js")


class Places:
    """The path rules, made ready once for all paths."""

    def __init__(self, detectors: Detectors):
        self.detectors = detectors
        self.words = tuple(detectors.formats.get("path_words", ()))
        rules = detectors.of("path")
        self.rules = sorted(rules, key=lambda rule: bool(rule.more.get("catch_all")))

    def finding(self, tree: Tree, entry: Entry, *, unread: bool = False) -> Finding | None:
        """What the name of this file says, together with the state of an instruction file unless it is `unread`."""
        low = entry.path.lower()
        if not any(word in low for word in self.words):
            return None
        for path in [entry.path + end for end in INSIDE] if entry.is_link else [entry.path]:
            found = self._named(path, catch_all=False)
            if found:
                return self._of(None if unread else tree, entry, *found)
        caught = self._named(entry.path, catch_all=True)
        return self._of(None if unread else tree, entry, *caught) if caught else None

    def _named(self, path: str, *, catch_all: bool) -> tuple[Rule, int] | None:
        for rule in self.rules:
            if bool(rule.more.get("catch_all")) == catch_all and rule.pattern:
                found = rule.pattern.search(path)
                if found:
                    return rule, found.start()
        return None

    def _of(self, tree: Tree | None, entry: Entry, rule: Rule, start: int) -> Finding:
        example = kind_of(entry.path[:start].rstrip("/") + "/file") == "example"
        finding = Finding(rule.id, rule.workflow, entry.path, 0, "use", rule.scope, rule.severity)
        if entry.is_link:
            finding = finding.but(facts={"link": True})
        if rule.more.get("states") and tree is not None:
            return self._stated(tree, entry, finding, example)
        return finding.but(kind="example", severity=1) if example else finding

    def _stated(self, tree: Tree, entry: Entry, finding: Finding, example: bool) -> Finding:
        if example:
            return finding.but(kind="example", severity=1, facts={"state": "fixture"})
        state, facts = state_of(tree, entry, self.detectors.formats["portable"])
        severity = 1 if state in SETTLED else finding.severity
        return finding.but(severity=severity, facts={"state": state, **facts})
