"""SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code hosts show beside the lines."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from .. import VERSION
from ..detectors import Rule
from ..findings import Finding
from ..report import Report
from .text import said

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {4: "error", 3: "warning", 2: "warning", 1: "note"}


def written(report: Report) -> str:
    return json.dumps(as_sarif(report), indent=1, ensure_ascii=False) + "\n"


def as_sarif(report: Report) -> dict[str, Any]:
    used = sorted({finding.rule for finding in report.findings})
    index = {rule: number for number, rule in enumerate(used)}
    driver = {
        "name": "Migration Planner scanner",
        "semanticVersion": f"{VERSION}.0",
        "rules": [_rule(report.detectors.rules[rule]) for rule in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of what was scanned."}}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": f"{report.at:%Y-%m-%dT%H:%M:%SZ}"}],
        "results": [_result(report, finding, index[finding.rule]) for finding in report.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.explanation},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"workflow": rule.workflow, "severity": rule.severity},
    }


def _result(report: Report, finding: Finding, index: int) -> dict[str, Any]:
    rule = report.detectors.rules[finding.rule]
    facts = said(finding.facts)
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path), "uriBaseId": "ROOT"}}
    if finding.line:
        location["region"] = {"startLine": finding.line}
    counts = finding.scope == "tool" and finding.kind in ("use", "credential")
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": LEVELS[finding.severity] if counts or finding.kind == "credential" else "note",
        "message": {"text": f"{rule.explanation} Class: {finding.kind}.{f' {facts}.' if facts else ''}"},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"migrationScan/v1": finding.fingerprint},
        "occurrenceCount": finding.count,
        "properties": {"class": finding.kind, "scope": finding.scope, "workflow": finding.workflow},
    }
    if finding.accepted:
        result["suppressions"] = [{"kind": "external", "justification": finding.accepted}]
    return result


def _uri(path: str) -> str:
    """A relative address; bytes of a name that are no UTF-8 are written as they are, in percent."""
    return (
        quote(path.encode("utf-8", "surrogateescape"), safe="/~*()@:+,;=!$&'-._")
        if ":" not in path.split("/")[0]
        else quote("./" + path, safe="/", errors="surrogateescape")
    )
