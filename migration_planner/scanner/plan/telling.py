"""The report of a plan, for people and for machines. It stays here: it names keys and servers, and is never sent."""

from __future__ import annotations

import json
from collections import Counter

from ..output.markdown import _plain, code
from ..report import Report
from .making import Plan
from .rows import ENDS, Row

BADGES = {True: " **Security control.**", False: ""}


def as_json(plan: Plan, report: Report) -> str:
    data = {
        "format": 1,
        "tool": report.detectors.tool,
        "replacement": report.detectors.replacement,
        "edition": plan.edition,
        "repository": report.repository,
        "commit": report.commit,
        "ends": _ends(plan),
        "artefacts": [row.as_dict() for row in plan.rows],
        "mentions": [{"path": finding.path, "lines": list(finding.lines)} for finding in plan.mentions],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def as_markdown(plan: Plan, report: Report) -> str:
    lines = [
        f"# From {report.detectors.tool} to {report.detectors.replacement} ({plan.edition})",
        "",
        sentence(plan),
        "",
    ]
    for end in ENDS:
        rows = [row for row in plan.rows if row.end == end]
        if rows:
            lines += [f"## {end.capitalize()} ({len(rows)})", "", *(_line(row) for row in rows), ""]
    if plan.mentions:
        lines += [f"## Mentions to edit ({len(plan.mentions)})", ""]
        lines += [f"- {code(found.path)}, line {', '.join(map(str, found.lines[:20]))}" for found in plan.mentions]
        lines.append("")
    lines += ["Secrets and consent are never copied. Every security control has to be tried in the new tool.", ""]
    return "\n".join(lines)


def sentence(plan: Plan) -> str:
    counts = ", ".join(f"{count} {end}" for end, count in _ends(plan).items() if count)
    total = len(plan.rows)
    return f"{total} artefact{'s' if total != 1 else ''}: {counts}." if total else "Nothing to carry over."


def _ends(plan: Plan) -> dict[str, int]:
    counts = Counter(row.end for row in plan.rows)
    return {end: counts[end] for end in ENDS}


def _line(row: Row) -> str:
    target = f" → {code(row.target)}" if row.target and row.target != row.artefact else ""
    lost = "".join(f" Lost: {_plain(words)}" for words in row.lost)
    look = "".join(f" {_plain(words)}" for words in row.look)
    return f"- {code(row.artefact)}{target}.{BADGES[row.control]}{lost}{look}"
