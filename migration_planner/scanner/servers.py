"""MCP servers: how each is reached, and where its entry counts on variables. Never a name, an address or a value."""

from __future__ import annotations

import json
import re
from typing import Any, Iterable

from .detectors import Detectors
from .findings import Finding
from .jsons import line_of, loads

VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\}")
FIELDS = ("command", "args", "env", "url", "headers", "headersHelper", "cwd", "oauth")


def server_findings(detectors: Detectors, path: str, text: str, kind: str) -> list[Finding]:
    rule, data = detectors.one("server"), loads(text)
    if rule is None or not isinstance(data, dict):
        return []
    found = []
    for name, server in servers(data):
        facts = {"transport": transport(server, detectors), "variables_in": variables_in(server)}
        line = line_of(text, "mcpServers", name)
        finding = Finding(rule.id, rule.workflow, path, line, "use", rule.scope, rule.severity, facts=facts)
        found.append(finding.but(kind="example", severity=1) if kind == "example" else finding)
    return _of_one_file(found)


def _of_one_file(found: list[Finding]) -> list[Finding]:
    """Several servers of one file are one finding, since they share rule and path; `servers` tells them apart."""
    if len(found) < 2:
        return found
    rows = [{"line": finding.line, **finding.facts} for finding in found]
    lines = tuple(sorted({finding.line for finding in found}))
    return [found[0].but(line=lines[0], count=len(found), lines=lines[:100], facts={"servers": rows[:100]})]


def servers(data: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    rows = data.get("mcpServers")
    for name, server in rows.items() if isinstance(rows, dict) else ():
        if isinstance(server, dict):
            yield str(name), server


def transport(server: dict[str, Any], detectors: Detectors) -> str:
    name = server.get("type")
    if not isinstance(name, str):
        return "stdio" if "command" in server else "http" if "url" in server else "other"
    return name if name in detectors.vocabulary["transports"] else "other"


def variables_in(server: dict[str, Any]) -> list[str]:
    """The fields in which a `${VARIABLE}` stands."""
    return [
        field for field in FIELDS if field in server and VARIABLE.search(json.dumps(server[field], ensure_ascii=False))
    ]
