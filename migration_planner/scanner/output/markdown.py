"""For a comment on a pull request or a page."""

from __future__ import annotations

import re

from ..findings import Finding
from ..report import Report, usages
from ..story import asides, headline, what_becomes
from .text import said, shown

PLACES = 20


def written(report: Report) -> str:
    lines = [f"## {report.detectors.tool}: what this is used for", "", headline(report), ""]
    rows = [row for row in usages(report) if row.state != "mentioned"]
    if rows:
        lines += ["| Workflow | Verdict | Places | What becomes of it |", "| --- | --- | --- | --- |"]
    for row in rows:
        used = [finding for finding in row.findings if finding.is_use]
        places = "<br>".join(_place(finding) for finding in used[:PLACES])
        more = f"<br>… {len(used) - PLACES} more" if len(used) > PLACES else ""
        becomes = "<br>".join(f"{name}: {_plain(text)}" for name, text in what_becomes(report, row))
        verdict = "settled" if row.state == "settled" else row.compatibility
        lines.append(f"| {_plain(row.title)} | {verdict} | {places}{more} | {becomes} |")
    extra = [*asides(report), *(f"Warning: {warning}" for warning in report.warnings)]
    lines += ["", *(f"- {_plain(sentence)}" for sentence in extra)] if extra else []
    return "\n".join(lines) + "\n"


def _place(finding: Finding) -> str:
    where = f"{finding.path}:{finding.line}" if finding.line else finding.path
    facts = said(finding.facts)
    more = f" (+{finding.count - 1})" if finding.count > 1 else ""
    return f"{code(where)}{more}{f' {_plain(facts)}' if facts else ''}"


def code(words: str) -> str:
    """A name of a file as code, whatever it is made of: it can close neither the code nor the cell."""
    words = shown(words).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", words)), default=0) + 1)
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def _plain(words: str) -> str:
    return re.sub(r"([|<>\[\]*_`\\])", r"\\\1", shown(words))
