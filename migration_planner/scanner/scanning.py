"""One scan of a repository or a folder: every file is looked at once, by its name and, if worth it, by its content."""

from __future__ import annotations

from datetime import datetime

from . import ignoring, reading
from .content import Content
from .detectors import Detectors
from .findings import Finding
from .history import commit_of, name_of, trailers
from .jsons import loads
from .pipelines import agentic_findings, with_action
from .places import Places
from .report import Report
from .roles import kind_of, role_of, skipped
from .servers import server_findings
from .settings import hook_findings, settings_findings
from .walking import Entry, Tree, walk


def scan(root: str, detectors: Detectors, *, now: datetime, limit: int = reading.LIMIT, leave: str = "") -> Report:
    """Scan what lies at `root`. `leave` is a path that is left out, such as the baseline. Raises ScanError."""
    tree = walk(root)
    report = Report(detectors, "repository" if tree.git else "folder", now, name_of(tree), commit_of(tree))
    look = Look(tree, detectors, report, limit)
    for entry in tree.entries:
        if entry.path not in (ignoring.NAME, leave):
            look.at(entry)
    report.skip("submodule", tree.submodules)
    report.findings = _alone(report.findings, detectors)
    report.statistics = trailers(tree, detectors)
    _honour_ignores(tree, report, now)
    report.findings.sort(key=lambda finding: (finding.path, finding.line, finding.rule, finding.kind))
    return report


class Look:
    """The work on one file after the other."""

    def __init__(self, tree: Tree, detectors: Detectors, report: Report, limit: int):
        self.tree, self.detectors, self.report, self.limit = tree, detectors, report, limit
        self.places, self.content = Places(detectors), Content(detectors, _manifest(tree))
        self.hooks, self.manifests = detectors.compiled("hooks"), detectors.formats["plugin_manifests"]
        self.paths = {entry.path for entry in tree.entries}
        self.formats = [
            (detectors.compiled("settings"), settings_findings),
            (detectors.compiled("servers"), server_findings),
        ]

    def at(self, entry: Entry) -> None:
        self.report.files += 1
        why = skipped(entry.path)
        if why == "vendored":
            return self.report.skip(why)
        place = self.places.finding(self.tree, entry)
        if place:
            self.report.findings.append(place)
        if entry.is_link or why:
            return self.report.skip(why or "link")
        return self._read(entry.path)

    def _read(self, path: str) -> None:
        data = reading.content(self.tree.full(path), self.limit + 1)
        if data is None:
            return self.report.skip("unreadable")
        if reading.is_binary(data):
            return self.report.skip("binary")
        if len(data) > self.limit:
            self.report.skip("read in part")
            data = data[: self.limit]
        self.report.bytes_read += len(data)
        lowered = data.lower()
        if self.content.interesting(lowered):
            for finding in self.content.findings(path, data, lowered):
                self.report.findings.append(self._explained(finding, data))
        self._parse(path, data)
        return None

    def _explained(self, finding: Finding, data: bytes) -> Finding:
        rule = self.detectors.rules[finding.rule]
        is_action = rule.more.get("action") and finding.kind == "use"
        return with_action(self.detectors, finding, reading.text_of(data)) if is_action else finding

    def _parse(self, path: str, data: bytes) -> None:
        """What a form of the tool's own tells beyond its lines."""
        if path.endswith(".json"):
            for pattern, read in self.formats:
                if pattern.search(path):
                    self.report.findings += read(self.detectors, path, reading.text_of(data), kind_of(path))
            if self.hooks.search(path) and not self.formats[0][0].search(path):
                self._parse_hooks(path, reading.text_of(data))
        elif path.endswith(".md") and role_of(path) == "agentic":
            self.report.findings += agentic_findings(self.detectors, path, reading.text_of(data))

    def _parse_hooks(self, path: str, text: str) -> None:
        """Hooks of a plug-in. Other tools use the name of the file, so only beside a manifest of this one."""
        data, base = loads(text), path[: self.hooks.search(path).start()]  # type: ignore[union-attr]
        if isinstance(data, dict) and any(f"{base}/{name}".lstrip("/") in self.paths for name in self.manifests):
            self.report.findings += hook_findings(self.detectors, path, text, data)


def _manifest(tree: Tree) -> str:
    found = (reading.content(tree.full(name)) for name in ("pyproject.toml", "package.json"))
    return next((reading.text_of(data) for data in found if data), "")


def _alone(findings: list[Finding], detectors: Detectors) -> list[Finding]:
    """A file that other tools read as well counts as use only where this one is used otherwise."""
    shared = {rule.id for rule in detectors.rules.values() if rule.more.get("shared")}
    if any(finding.is_use and finding.rule not in shared for finding in findings):
        return findings
    kept = []
    for finding in findings:
        alone = detectors.rules[finding.rule].more.get("alone") if finding.rule in shared else None
        if alone == "mention" and finding.kind == "use":
            kept.append(finding.but(kind="mention", severity=1))
        elif alone != "drop":
            kept.append(finding)
    return kept


def _honour_ignores(tree: Tree, report: Report, now: datetime) -> None:
    data = reading.content(tree.full(ignoring.NAME))
    if data is None:
        return
    lines, warnings = ignoring.read(reading.text_of(data), now.date())
    report.warnings += warnings
    report.findings = [ignoring.accepted(finding, lines) for finding in report.findings]
