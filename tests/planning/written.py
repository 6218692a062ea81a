"""A playbook as small as it may be, to be broken and changed."""

from pathlib import Path
from typing import Any

import yaml

SMALL: dict[str, Any] = {
    "slug": "small",
    "version": "1",
    "title": "Small",
    "summary": "For tests.",
    "tool": "Old",
    "replacement": "New",
    "scope": "Old is banned.",
    "reason": "It is old.",
    "risk_class": "low",
    "workflows": [
        {
            "key": "notes",
            "title": "Notes",
            "what": "Notes.",
            "severity": 2,
            "compatibility": "unknown",
            "question": "Do they?",
        }
    ],
    "steps": [{"key": "go", "title": "Go", "workflow": "notes"}],
}
NOTES = SMALL["workflows"][0]


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump({**SMALL, **changes}, sort_keys=False))
    return path
