"""A baseline: the findings of one day that a team accepts for now. What is new, or more than then, is reported."""

from __future__ import annotations

import json
from typing import Any, Iterable

from .findings import Finding
from .problems import ScanError

REASON = "accepted by the baseline"


def write(findings: Iterable[Finding]) -> str:
    rows = {
        finding.fingerprint: {"rule": finding.rule, "path": finding.path, "class": finding.kind, "count": finding.count}
        for finding in findings
        if not finding.accepted
    }
    return json.dumps({"format": 1, "accepted": dict(sorted(rows.items()))}, indent=1, ensure_ascii=False) + "\n"


def read(text: str, name: str) -> dict[str, int]:
    """Fingerprints with the number of places accepted. Raises ScanError when it is no baseline."""
    try:
        data: Any = json.loads(text)
        return {str(key): int(row["count"]) for key, row in data["accepted"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ScanError(f"{name} is not a baseline. Write one with --write-baseline.") from error


def accepted(finding: Finding, known: dict[str, int]) -> Finding:
    if finding.accepted or finding.count > known.get(finding.fingerprint, 0):
        return finding
    return finding.but(accepted=REASON)
