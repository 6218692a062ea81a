"""For a terminal."""

from __future__ import annotations

import textwrap

from ..findings import Finding
from ..report import Report, Usage, usages
from ..story import asides, headline, what_becomes

WIDTH = 100
#: So many places of a workflow are shown; the JSON has them all.
PLACES = 8
SEVERITIES = {4: "stops working", 3: "shared by a team", 2: "personal or local", 1: "a trace"}


def written(report: Report) -> str:
    lines = [*_wrapped(headline(report))]
    rows = usages(report)
    for state, title in (("used", ""), ("settled", "Carried over already"), ("mentioned", "Only mentioned")):
        chosen = [row for row in rows if row.state == state]
        if chosen and title:
            lines += ["", f"{title}:"]
        for row in chosen:
            lines += ["", *_usage(report, row)] if state == "used" else _short(row)
    extra = asides(report)
    lines += [""] if extra else []
    lines += [line for sentence in extra for line in _wrapped(sentence)]
    lines += [f"warning: {shown(warning)}" for warning in report.warnings]
    lines += ["", _looked(report)]
    return "\n".join(lines) + "\n"


def shown(words: str) -> str:
    """Names of files as a terminal may show them: nothing that moves its cursor, nothing it cannot encode."""
    safe = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in words)
    return safe.encode("utf-8", "backslashreplace").decode("utf-8")


def place(finding: Finding) -> str:
    where = f"{finding.path}:{finding.line}" if finding.line else finding.path
    more = f" (+{finding.count - 1} more)" if finding.count > 1 else ""
    return shown(where) + more


def said(facts: dict[str, object]) -> str:
    """Facts in words: `event PreToolUse; types command 2`."""
    return "; ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in facts.items() if name != "servers")


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "none"
    return str(value)


def _usage(report: Report, row: Usage) -> list[str]:
    lines = [f"{row.title} [{row.compatibility}]"]
    for name, text in what_becomes(report, row):
        lines += _wrapped(f"{name}: {text}", "  ")
    used = [finding for finding in row.findings if finding.is_use]
    for finding in used[:PLACES]:
        facts = said(finding.facts)
        lines.append(
            f"  - {place(finding)}  {finding.rule}, {SEVERITIES[finding.severity]}{f'; {facts}' if facts else ''}"
        )
    if len(used) > PLACES:
        lines.append(f"  … and {len(used) - PLACES} more")
    return lines


def _short(row: Usage) -> list[str]:
    places = ", ".join(place(finding) for finding in row.findings[:3])
    more = f", … {len(row.findings) - 3} more" if len(row.findings) > 3 else ""
    return _wrapped(f"{row.title}: {places}{more}", "  ")


def _looked(report: Report) -> str:
    skipped = ", ".join(f"{count} {why}" for why, count in sorted(report.skipped.items()))
    files = "line" if report.kind == "list" else "file"
    return f"{report.files} {files}{'s' if report.files != 1 else ''} looked at{f'; left out: {skipped}' if skipped else ''}."


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
