"""Detectors: what to look for, as data. One JSON document for each tool; a playbook can carry its own."""

from __future__ import annotations

import json
import pkgutil
import re
from dataclasses import dataclass
from typing import Any, Iterable, Pattern

from .problems import ScanError

#: The detectors that lie beside the scanner. In scan.pyz it is replaced by those of a playbook.
SHIPPED = "data/claude-code.json"
KINDS = ("path", "content", "settings", "hook", "server", "agentic", "trailer", "home", "name")
COMPATIBILITIES = ("full", "partial", "none", "unknown")


@dataclass(frozen=True)
class Rule:
    """One rule. `more` holds what only its kind knows; `pattern` is compiled, and None where the kind has none."""

    id: str
    kind: str
    workflow: str
    scope: str
    severity: int
    explanation: str
    pattern: Pattern[str] | None
    more: dict[str, Any]

    def workflow_in(self, role: str) -> str:
        return str(self.more.get("by_role", {}).get(role, self.workflow))


class Detectors:
    """The rules of one tool, by kind, with its workflows, its formats and its vocabulary."""

    def __init__(self, data: dict[str, Any]):
        self.data = data
        self.slug, self.version = str(data["slug"]), str(data["version"])
        self.tool, self.vendor, self.replacement = data["tool"], data["vendor"], data["replacement"]
        self.formats, self.vocabulary = data["formats"], data["vocabulary"]
        self.conversion: dict[str, Any] = data.get("conversion", {})
        self.workflows: dict[str, dict[str, Any]] = {row["key"]: row for row in data["workflows"]}
        self.rules = {row["id"]: _rule(row) for row in data["rules"]}
        #: The folder in which the tool keeps its own files.
        self.folder = re.compile(self.formats["folder"])

    def of(self, kind: str) -> list[Rule]:
        return [rule for rule in self.rules.values() if rule.kind == kind]

    def one(self, kind: str) -> Rule | None:
        return next(iter(self.of(kind)), None)

    def setting(self, key: str) -> Rule | None:
        """The rule for a setting such as `permissions.deny`; the rule for the rest when none names it."""
        rest = None
        for rule in self.of("settings"):
            if key in rule.more["keys"] or key.split(".")[0] in rule.more["keys"]:
                return rule
            rest = rule if rule.more.get("rest") else rest
        return rest

    def compiled(self, name: str) -> Pattern[str]:
        """The pattern of the paths of a format."""
        return re.compile(self.formats[name])

    def known_setting(self, key: str) -> bool:
        return any(key in rule.more["keys"] for rule in self.of("settings"))


def shipped() -> Detectors:
    """The detectors in this package, or in this scan.pyz. Raises ScanError when they are wrong."""
    content = pkgutil.get_data(__package__, SHIPPED)
    if content is None:
        raise ScanError("This copy of the scanner has lost its detectors. Fetch it again.")
    return read(content.decode("utf-8"), "the detectors of this copy")


def read(text: str, name: str) -> Detectors:
    """Detectors from JSON. Raises ScanError with the first thing that is wrong."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ScanError(f"{name}: not JSON ({error}).") from error
    wrong = next(iter(mistakes(data)), None)
    if wrong:
        raise ScanError(f"{name}: {wrong}")
    return Detectors(data)


def with_workflows(data: dict[str, Any], workflows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The document with the workflows of a playbook (key, title, compatibility; target, loss, question where known).

    Rules for workflows that the playbook does not have are left out.
    """
    rows = list(workflows)
    known = {row["key"] for row in rows}
    return {**data, "workflows": rows, "rules": [rule for rule in data["rules"] if rule["workflow"] in known]}


def mistakes(data: Any) -> Iterable[str]:
    """What is wrong with a document of detectors, a sentence each; nothing when it is fit for use."""
    if not isinstance(data, dict) or data.get("format") != 1:
        yield "This is not a document of detectors: it has to be an object with “format”: 1."
        return
    wanted = ("slug", "version", "tool", "vendor", "replacement", "formats", "vocabulary", "workflows", "rules")
    missing = [name for name in wanted if name not in data]
    if missing:
        yield f"The document lacks {', '.join(missing)}."
        return
    yield from _wrong_workflows(data["workflows"])
    known, seen = {row.get("key") for row in data["workflows"]}, set()
    for row in data["rules"]:
        yield from _wrong_rule(row, known)
        if row.get("id") in seen:
            yield f"Two rules are called {row['id']}; give one of them another id."
        seen.add(row.get("id"))


def _wrong_workflows(rows: Any) -> Iterable[str]:
    for row in rows:
        if not row.get("key") or not row.get("title"):
            yield "A workflow lacks its key or its title."
        elif row.get("compatibility") not in COMPATIBILITIES:
            yield f"Workflow {row['key']}: the compatibility has to be one of {', '.join(COMPATIBILITIES)}."
        elif row["compatibility"] == "unknown" and not row.get("question"):
            yield f"Workflow {row['key']}: what is unknown needs the question to ask."


def _wrong_rule(row: Any, workflows: set[Any]) -> Iterable[str]:
    name = row.get("id", "without an id")
    if row.get("kind") not in KINDS:
        yield f"Rule {name}: the kind has to be one of {', '.join(KINDS)}."
    if row.get("workflow") not in workflows:
        yield f"Rule {name}: there is no workflow {row.get('workflow')!r}."
    if row.get("scope") not in ("tool", "vendor", "context") or row.get("severity") not in (1, 2, 3, 4):
        yield f"Rule {name}: the scope has to be tool, vendor or context, and the severity 1 to 4."
    if not row.get("explanation"):
        yield f"Rule {name}: it needs an explanation."
    if row.get("kind") == "content" and not row.get("anchors"):
        yield f"Rule {name}: a content rule needs anchors, words in small letters without which it cannot match."
    for key in ("pattern", "code_use", "not_if"):
        try:
            re.compile(row.get(key) or "")
        except re.error as error:
            yield f"Rule {name}: {key} is not a regular expression ({error})."


def _rule(row: dict[str, Any]) -> Rule:
    own = {"id", "kind", "workflow", "scope", "severity", "explanation", "pattern"}
    more = {key: value for key, value in row.items() if key not in own}
    for key in ("code_use", "not_if"):
        if key in more:
            more[key] = re.compile(more[key])
    pattern = re.compile(row["pattern"]) if "pattern" in row else None
    return Rule(
        row["id"], row["kind"], row["workflow"], row["scope"], row["severity"], row["explanation"], pattern, more
    )
