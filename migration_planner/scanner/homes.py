"""A home folder: whether places exist, how many files there are, when the newest changed. Nothing is opened."""

from __future__ import annotations

import glob
import os
from datetime import datetime, timezone

from .detectors import Detectors, Rule
from .findings import Finding
from .problems import ScanError
from .report import Report

#: Counting stops here: the point is made.
MOST = 100_000


def scan_home(home: str, detectors: Detectors, *, now: datetime) -> Report:
    if not os.path.isdir(home):
        raise ScanError(f"There is no folder {home}. Give the path of a home folder.")
    report = Report(detectors, "home", now)
    for rule in detectors.of("home"):
        report.findings += [found for place in rule.more["places"] for found in _look(rule, place, home)]
    report.files = sum(finding.count for finding in report.findings)
    return report


def _look(rule: Rule, place: str, home: str) -> list[Finding]:
    """One finding for a place, named by its pattern: names of projects would say more than anybody asked for."""
    pattern = glob.escape(home) + place[1:] if place.startswith("~/") else place
    newest, count = 0.0, 0
    for path in glob.iglob(pattern, recursive=True):
        try:
            newest = max(newest, os.lstat(path).st_mtime)
        except OSError:
            continue
        count += 1
        if count >= MOST:
            break
    if not count:
        return []
    facts = {"newest": datetime.fromtimestamp(newest, timezone.utc).date().isoformat()}
    return [Finding(rule.id, rule.workflow, place, 0, "use", rule.scope, rule.severity, count, facts=facts)]
