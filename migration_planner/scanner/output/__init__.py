"""A report as text, JSON, SARIF 2.1.0 and Markdown. None of them holds the content of a file."""

from __future__ import annotations

import json

from ..report import Report
from . import markdown, sarif, text

__all__ = ["FORMS", "written"]

FORMS = {
    "text": text.written,
    "json": lambda report: json.dumps(report.as_dict(), indent=1, ensure_ascii=False) + "\n",
    "sarif": sarif.written,
    "markdown": markdown.written,
}


def written(report: Report, form: str) -> str:
    return FORMS[form](report)
