"""A report: the findings of one scan with what was looked at. `as_dict` is what is written, and all that is ever sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import FORMAT, VERSION
from .detectors import Detectors
from .findings import Finding


@dataclass
class Report:
    """`kind` is repository, folder, home or list. `at` is a time with a zone. `skipped` counts files by reason."""

    detectors: Detectors
    kind: str
    at: datetime
    repository: str = ""
    commit: str = ""
    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    bytes_read: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    statistics: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def skip(self, why: str, count: int = 1) -> None:
        if count:
            self.skipped[why] = self.skipped.get(why, 0) + count

    def used(self) -> list[Finding]:
        """Uses of the tool that nobody has accepted."""
        return [finding for finding in self.findings if finding.is_use]

    def as_dict(self) -> dict[str, Any]:
        detectors = self.detectors
        return {
            "format": FORMAT,
            "scanner": VERSION,
            "detectors": {"slug": detectors.slug, "version": detectors.version},
            "tool": detectors.tool,
            "kind": self.kind,
            "repository": self.repository,
            "commit": self.commit,
            "scanned_at": self.at.isoformat(timespec="seconds"),
            "scanned": {"files": self.files, "bytes": self.bytes_read, "skipped": dict(sorted(self.skipped.items()))},
            "workflows_known": len(detectors.workflows),
            "workflows": [usage.as_dict() for usage in usages(self)],
            "statistics": self.statistics,
            "findings": [finding.as_dict() for finding in self.findings],
        }


@dataclass(frozen=True)
class Usage:
    """One workflow in one report: `state` is used, settled (nothing left to carry over) or mentioned."""

    key: str
    title: str
    compatibility: str
    state: str
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "compatibility": self.compatibility,
            "state": self.state,
            "findings": len(self.findings),
        }


def usages(report: Report) -> list[Usage]:
    """The workflows of which there is a trace of the tool, in the order of the detectors."""
    by_workflow: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.scope == "tool" and not finding.accepted and finding.kind != "example":
            by_workflow.setdefault(finding.workflow, []).append(finding)
    rows = []
    for key, workflow in report.detectors.workflows.items():
        found = by_workflow.get(key)
        if found:
            rows.append(Usage(key, workflow["title"], workflow["compatibility"], _state(found), tuple(found)))
    return rows


def _state(findings: list[Finding]) -> str:
    used = [finding for finding in findings if finding.is_use]
    if not used:
        return "mentioned"
    settled = all(finding.facts.get("state") in ("link", "pointer", "empty") for finding in used)
    return "settled" if settled else "used"
