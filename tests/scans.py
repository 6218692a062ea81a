"""Reports as the scanner sends them, made of a few words; and a ban whose steps are about what scans find."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from migration_planner.planning.models import Ban, Step, Workflow
from migration_planner.planning.scans import receiving

WORKFLOWS = ("instructions", "hooks", "skills")


def report(repository: str, at: datetime, uses: dict[str, list[str]] | None = None, **more: Any) -> dict[str, Any]:
    """What the scanner would send: `uses` are paths by the key of the workflow; `settled` those carried over already."""
    settled, uses = more.pop("settled", ()), uses or {}
    states = {key: "settled" if key in settled else "used" for key in uses}
    return {
        "format": 1,
        "scanner": "1.0",
        "detectors": {"slug": "claude-code", "version": "2026-11-25"},
        "tool": "Claude Code",
        "kind": "repository",
        "repository": repository,
        "commit": hashlib.sha1(f"{repository} {at}".encode(), usedforsecurity=False).hexdigest(),
        "scanned_at": at.isoformat(),
        "scanned": {"files": 12, "bytes": 3400, "skipped": {"binary": 1}},
        "workflows_known": 50,
        "workflows": [
            {"key": key, "compatibility": "partial", "state": states[key], "findings": len(paths)}
            for key, paths in uses.items()
        ],
        "statistics": {},
        "findings": [_finding(key, path) for key, paths in uses.items() for path in paths],
        **more,
    }


def _finding(key: str, path: str) -> dict[str, Any]:
    return {
        "rule": "CC-P15" if path == ".mcp.json" else "CC-P01",
        "workflow": key,
        "path": path,
        "line": 1,
        "class": "use",
        "scope": "tool",
        "severity": 3,
        "count": 1,
        "fingerprint": hashlib.sha256(f"{key}{path}".encode()).hexdigest()[:32],
    }


def send(
    team: Any, by: Any, repository: str, at: datetime, uses: dict[str, list[str]] | None = None, **more: Any
) -> Any:
    """Let the team's report arrive a minute after the scan."""
    return receiving.receive(report(repository, at, uses, **more), team, by=by, now=at + timedelta(minutes=1))[0]


def ask(ban: Ban) -> dict[str, Step]:
    """Workflows and steps that scans have to do with, for a ban in force: once per team, and one for each person."""
    workflows = {
        key: Workflow.objects.create(
            ban=ban, key=key, position=n, title=key.title(), compatibility="full", detectors=[f"claude-code/{key}"]
        )
        for n, key in enumerate(WORKFLOWS)
    }
    rows = [
        ("move-instructions", "team", "instructions", "clean"),
        ("set-off-hooks", "team", "hooks", "use"),
        ("see-it-clean", "person", None, "clean"),
    ]
    steps = {
        key: Step.objects.create(
            ban=ban, key=key, position=10 + n, title=key.replace("-", " ").capitalize(), per=per, scan=scan,
            workflow=workflows.get(workflow or ""),
        )
        for n, (key, per, workflow, scan) in enumerate(rows)
    }  # fmt: skip
    ban.count_steps()
    return steps
