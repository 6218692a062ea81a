"""What changed from one report of a repository to another: workflows that came and went, and the places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from migration_planner.planning.models import Report

#: As many places of each kind are listed.
SHOWN = 100


@dataclass(frozen=True)
class Place:
    rule: str
    workflow: str
    path: str
    line: int
    count: int


@dataclass(frozen=True)
class Change:
    """Uses of the tool, from `old` (None for nothing before) to `new`."""

    old: Report | None
    new: Report
    came: tuple[str, ...]
    went: tuple[str, ...]
    added: tuple[Place, ...]
    gone: tuple[Place, ...]
    kept: tuple[Place, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.came or self.went or self.added or self.gone)


def compare(old: Report | None, new: Report) -> Change:
    """Places are the same when rule, path and class are; lines may have moved."""
    before, after = _places(old.body if old else None), _places(new.body)
    was, now = set(old.used if old else ()), set(new.used)
    return Change(
        old,
        new,
        tuple(sorted(now - was)),
        tuple(sorted(was - now)),
        _those(after, [key for key in after if key not in before]),
        _those(before, [key for key in before if key not in after]),
        _those(after, [key for key in after if key in before]),
    )


def _those(places: dict[str, Place], keys: Sequence[str]) -> tuple[Place, ...]:
    return tuple(sorted((places[key] for key in keys), key=lambda place: (place.workflow, place.path)))


def _places(body: dict[str, Any] | None) -> dict[str, Place]:
    rows = body["findings"] if body else []
    return {
        row["fingerprint"]: Place(row["rule"], row["workflow"], row["path"], row["line"], row["count"])
        for row in rows
        if row["scope"] == "tool" and row["class"] in ("use", "credential") and "accepted" not in row
    }
