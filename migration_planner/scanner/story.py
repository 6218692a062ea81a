"""What a team wants to know first: how many workflows it uses, and what becomes of them. In one sentence, then in rows."""

from __future__ import annotations

from typing import Any

from .report import Report, Usage, usages

WORDS = {
    "full": ("carries over by renaming", "carry over by renaming"),
    "partial": ("partly (below is what is lost)", "partly (below is what is lost)"),
    "none": ("not at all", "not at all"),
    "unknown": ("is an open question", "are open questions"),
}
WHAT = {"repository": "This repository", "folder": "This folder", "home": "This home folder", "list": "This list"}


def headline(report: Report) -> str:
    """ "This repository uses 9 of 50 workflows of …: 5 carry over by renaming, 3 partly, 1 not at all."""
    rows = [usage for usage in usages(report) if usage.state != "mentioned"]
    what, tool = WHAT[report.kind], report.detectors.tool
    if not rows:
        return f"{what} uses none of the {len(report.detectors.workflows)} workflows of {tool}."
    counted = ", ".join(_counted(rows, name) for name in WORDS if any(row.compatibility == name for row in _open(rows)))
    settled = sum(1 for row in rows if row.state == "settled")
    if settled:
        counted += f"{', ' if counted else ''}{settled} {'is' if settled == 1 else 'are'} carried over already"
    return f"{what} uses {len(rows)} of {len(report.detectors.workflows)} workflows of {tool}: {counted}."


def _open(rows: list[Usage]) -> list[Usage]:
    return [row for row in rows if row.state == "used"]


def _counted(rows: list[Usage], compatibility: str) -> str:
    count = sum(1 for row in _open(rows) if row.compatibility == compatibility)
    return f"{count} {WORDS[compatibility][count != 1]}"


def asides(report: Report) -> list[str]:
    """What is not use of the tool, in a sentence each, so that nobody wonders where it went."""
    found = [finding for finding in report.findings if not finding.accepted]
    vendor = {finding.path for finding in found if finding.scope == "vendor" and finding.kind in ("use", "credential")}
    mentions = {finding.path for finding in found if finding.kind == "mention" and finding.scope == "tool"}
    examples = {finding.path for finding in found if finding.kind == "example" and finding.scope == "tool"}
    accepted = sum(1 for finding in report.findings if finding.accepted)
    commits = report.statistics.get("commits_with_trailer", 0)
    sentences = [
        (
            vendor,
            f"{_files(vendor)} the {report.detectors.vendor} API by name or key; that is not use of the tool.",
            "call",
        ),
        (mentions, f"{_files(mentions)} the tool; that is not use.", "mention"),
        (examples, f"{_files(examples)} tests, samples, templates or recordings; that is not use.", "belong to"),
    ]
    rows = [
        text.replace("{verb}", verb if len(paths) != 1 else _third(verb)) for paths, text, verb in sentences if paths
    ]
    if accepted:
        rows.append(f"{accepted} finding{'s are' if accepted != 1 else ' is'} accepted with a reason.")
    if commits:
        looked = report.statistics["commits"]
        rows.append(f"{commits} of the last {looked} commits name the assistant; history is not rewritten.")
    return rows


def _files(paths: set[str]) -> str:
    return f"{len(paths)} file{'s' if len(paths) != 1 else ''} {{verb}}"


def _third(verb: str) -> str:
    first, _space, rest = verb.partition(" ")
    return f"{first}s {rest}".strip()


def what_becomes(report: Report, usage: Usage) -> list[tuple[str, str]]:
    """Name and text of what is known about one workflow: where it goes, what is lost, what to ask."""
    workflow: dict[str, Any] = report.detectors.workflows[usage.key]
    if usage.state == "settled":
        return [("Done", "Nothing has to be carried over; the file can go.")]
    names = {"target": "Goes to", "loss": "Lost", "question": "Ask"}
    return [(name, str(workflow[key])) for key, name in names.items() if workflow.get(key)]
