"""Settings files: which keys there are, how many rules refuse something, which hooks run at which event."""

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable

from .detectors import Detectors
from .findings import Finding, at_lines
from .jsons import line_of, line_of_item, loads

#: Lists of rules, each about a tool.
RULES = ("permissions.allow", "permissions.ask", "permissions.deny")
#: What a handler may have instead of a type.
HANDLES = ("command", "url", "prompt")


def settings_findings(detectors: Detectors, path: str, text: str, kind: str) -> list[Finding]:
    """A finding for each part of a settings file that a rule knows; none when it is not an object."""
    data = loads(text)
    if not isinstance(data, dict):
        return []
    found = list(_keys(detectors, path, text, data)) + hook_findings(detectors, path, text, data)
    return [finding.but(kind="example", severity=1) for finding in found] if kind == "example" else found


def _keys(detectors: Detectors, path: str, text: str, data: dict[str, Any]) -> Iterable[Finding]:
    rest: list[int] = []
    for keys, value in _flat(data):
        key = ".".join(keys)
        rule = detectors.setting(key)
        if rule is None or value in ({}, []):
            continue
        line = line_of(text, *keys)
        if rule.more.get("rest"):
            rest.append(line)
            continue
        finding = Finding(rule.id, rule.workflow, path, line, "use", rule.scope, rule.severity)
        yield _with_values(finding, detectors, text, key, value)
    rule = detectors.setting("")
    if rest and rule:
        yield at_lines(Finding(rule.id, rule.workflow, path, 0, "use", rule.scope, rule.severity), sorted(rest))


def _flat(data: dict[str, Any]) -> Iterable[tuple[list[str], Any]]:
    """Keys with their values; permissions one level deeper. Hooks have findings of their own."""
    for key, value in data.items():
        if key == "permissions" and isinstance(value, dict):
            yield from (([key, str(below)], inner) for below, inner in value.items())
        elif key not in ("hooks", "$schema"):
            yield [str(key)], value


def _with_values(finding: Finding, detectors: Detectors, text: str, key: str, value: Any) -> Finding:
    """The number of what stands in a list or an object, and for permissions by tool. A name that is not the tool's own
    is counted as `other`."""
    facts: dict[str, Any] = {"key": key}
    if key in RULES and isinstance(value, list):
        rules = [item for item in value if isinstance(item, str)]
        facts["tools"] = dict(sorted(Counter(_tool(item, detectors) for item in rules).items()))
        lines = sorted({line_of_item(text, finding.line, item) for item in rules})
        finding = at_lines(finding, lines).but(count=len(rules)) if lines else finding
    elif isinstance(value, (list, dict)):
        facts["entries"] = len(value)
    rule = detectors.rules[finding.rule]
    if rule.more.get("control"):
        facts["control"] = "security control"
    return finding.but(facts=facts)


def _tool(rule: str, detectors: Detectors) -> str:
    name = rule.split("(", 1)[0].strip()
    if name.startswith("mcp__"):
        return "MCP"
    return name if name in detectors.vocabulary["tools"] else "other"


def hook_findings(detectors: Detectors, path: str, text: str, data: dict[str, Any]) -> list[Finding]:
    """A finding for each event, with its types of handler. Also for the hooks of a plug-in."""
    rule, hooks = detectors.one("hook"), data.get("hooks")
    if rule is None or not isinstance(hooks, dict):
        return []
    found = []
    for event, groups in hooks.items():
        types = Counter(_type(handler, detectors) for handler in handlers(groups))
        if not types:
            continue
        known = event in detectors.vocabulary["hook_events"]
        facts = {"event": event if known else "other", "types": dict(sorted(types.items()))}
        line = line_of(text, "hooks", str(event))
        found.append(
            Finding(
                rule.id, rule.workflow, path, line, "use", rule.scope, rule.severity, sum(types.values()), facts=facts
            )
        )
    return found


def handlers(groups: Any) -> Iterable[dict[str, Any]]:
    """The handlers of one event, whatever is wrong around them; also one that stands where its group should."""
    for group in groups if isinstance(groups, list) else ():
        if is_bare(group):
            yield group
        for handler in (
            group.get("hooks", ()) if isinstance(group, dict) and isinstance(group.get("hooks"), list) else ()
        ):
            if isinstance(handler, dict):
                yield handler


def is_bare(group: Any) -> bool:
    """Whether a handler stands in a list of groups without the list `hooks` around it, against the documentation."""
    return isinstance(group, dict) and "hooks" not in group and any(name in group for name in HANDLES)


def _type(handler: dict[str, Any], detectors: Detectors) -> str:
    name = handler.get("type", "command")
    return name if isinstance(name, str) and name in detectors.vocabulary["hook_types"] else "other"
