"""Reports of scans for some teams of the demo, by the product's own way in.

One team is clean by now, one never used the tool, and in one repository something is back.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Migration
from migration_planner.planning.scans import programs, receiving

#: What a repository uses, as places by workflow.
PLACES = {
    "instructions": ["CLAUDE.md", "services/api/CLAUDE.md"],
    "rules": [".claude/rules/testing.md", ".claude/rules/style.md"],
    "commands": [".claude/commands/release-notes.md"],
    "subagents": [".claude/agents/reviewer.md"],
    "skills": [".claude/skills/changelog/SKILL.md"],
    "settings": [".claude/settings.json"],
    "permissions": [".claude/settings.json"],
    "hooks": [".claude/settings.json"],
    "hook-scripts": [".claude/hooks/format.sh"],
    "mcp-project": [".mcp.json"],
    "github-action": [".github/workflows/claude.yml"],
    "scripts": ["tools/nightly-triage.sh"],
    "containers": [".devcontainer/devcontainer.json"],
    "vs-code": [".vscode/extensions.json"],
    "agent-sdk": ["services/helper/package.json"],
    "sandbox": [".claude/settings.json"],
}
MUCH = tuple(PLACES)
SOME = ("instructions", "settings", "permissions", "hooks", "hook-scripts", "mcp-project", "github-action")
LITTLE = ("instructions", "rules", "vs-code")


@dataclass(frozen=True)
class Scan:
    """What a repository used so many days ago."""

    days: float
    uses: tuple[str, ...]


#: For one team after the other: its repositories, each with its scans.
STORIES: tuple[dict[str, tuple[Scan, ...]], ...] = (
    {
        "monorepo": (Scan(16, MUCH), Scan(9, SOME), Scan(2, ("instructions", "github-action"))),
        "handbook": (Scan(16, ("instructions",)), Scan(3, ())),
    },
    {"gateway": (Scan(15, SOME), Scan(6, ()), Scan(0.8, ("instructions", "github-action"))), "charts": (Scan(15, ()),)},
    {"console": (Scan(14, LITTLE), Scan(5, ()))},
    {"cli": (Scan(13, ()),), "plugins": (Scan(13, ()),)},
    {"pipeline": (Scan(12, ("github-action", "scripts", "instructions")), Scan(4, ("github-action",)))},
    {"operator": (Scan(11, SOME),), "examples": (Scan(11, ("instructions",)), Scan(1.5, ()))},
    {"docs-site": (Scan(8, ("instructions", "rules")), Scan(1, ("instructions",)))},
    {"sandbox": (Scan(7, MUCH),)},
)


def arriving(ban: Ban, *, now: datetime) -> list[tuple[datetime, Callable[[], object]]]:
    """When the reports of the demo arrive, in the order of their scans, each with what brings it in."""
    found = [
        (
            now - timedelta(days=scan.days),
            migration,
            lead,
            f"git.halden.example/{_slug(migration.team_name)}/{name}",
            scan.uses,
        )
        for (migration, lead), story in zip(_teams(ban), STORIES, strict=False)
        for name, scans in story.items()
        for scan in scans
    ]
    arrivals = sorted(found, key=lambda row: (row[0], row[3]))
    return [(row[0] + timedelta(minutes=2), partial(_receive, *row)) for row in arrivals]


def report_on(ban: Ban, *, now: datetime) -> int:
    """Let all of them arrive. Returns how many."""
    reports = arriving(ban, now=now)
    for _at, arrive in reports:
        arrive()
    return len(reports)


def _receive(at: datetime, migration: Migration, lead: User, repository: str, uses: Sequence[str]) -> None:
    receiving.receive(_report(repository, at, uses), migration.team, by=lead, now=at + timedelta(minutes=2))


def _teams(ban: Ban) -> list[tuple[Migration, User]]:
    """Teams with people and a lead, spread over the company; the same in every demo. Small ones where there are no others."""
    led = ban.migrations.filter(people__gte=1, team__memberships__role="lead").select_related("team").order_by("path")
    rows = list(led.filter(people__gte=5).distinct()) or list(led.distinct())
    step = max(1, len(rows) // len(STORIES))
    chosen = rows[::step][: len(STORIES)]
    leads = [migration.team.leads().order_by("pk").first() for migration in chosen]
    return [(migration, lead) for migration, lead in zip(chosen, leads, strict=True) if lead]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "core"


def _report(repository: str, at: datetime, uses: Sequence[str]) -> dict[str, Any]:
    document = programs.shipped()
    verdicts = {row["key"]: row["compatibility"] for row in document["workflows"]}
    return {
        "format": 1,
        "scanner": "1.0",
        "detectors": {"slug": document["slug"], "version": document["version"]},
        "tool": document["tool"],
        "kind": "repository",
        "repository": repository,
        "commit": sha256(f"{repository}{at}".encode()).hexdigest()[:40],
        "scanned_at": at.isoformat(timespec="seconds"),
        "scanned": {"files": 840, "bytes": 5_200_000, "skipped": {"binary": 31}},
        "workflows_known": len(verdicts),
        "workflows": [
            {"key": key, "compatibility": verdicts[key], "state": "used", "findings": len(PLACES[key])} for key in uses
        ],
        "statistics": {},
        "findings": list(_findings(document, uses)),
    }


def _findings(document: dict[str, Any], uses: Sequence[str]) -> Iterator[dict[str, Any]]:
    rules = {rule["workflow"]: rule["id"] for rule in reversed(document["rules"])}
    for key in uses:
        for path in PLACES[key]:
            rule = rules[key]
            yield {
                "rule": rule,
                "workflow": key,
                "path": path,
                "line": 0,
                "class": "use",
                "scope": "tool",
                "severity": 3,
                "count": 1,
                "fingerprint": sha256(f"{rule}\0{path}\0use".encode()).hexdigest()[:32],
            }
