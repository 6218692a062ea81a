"""The compatibility matrix of a playbook: the workflows that a reader has asked for, and the numbers over all of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from migration_planner.planning.models import Workflow as BanWorkflow
from migration_planner.planning.playbooks import Playbook, Workflow


@dataclass(frozen=True)
class Row:
    workflow: Workflow
    is_stale: bool


@dataclass(frozen=True)
class Matrix:
    """`rows` are those that were asked for; `verdicts` and `stale` count all workflows, `total` too."""

    rows: list[Row]
    verdicts: list[tuple[str, int]]
    stale: int
    total: int
    #: Of how many days facts are too old.
    days: int


def matrix(playbook: Playbook, asked: Mapping[str, Any], *, today: date, days: int) -> Matrix:
    """`asked` may hold verdict, severity, facts ("stale") and q, as the form gives them."""
    rows = [Row(workflow, workflow.is_stale(today=today, days=days)) for workflow in playbook.workflows]
    counts = Counter(str(row.workflow.compatibility) for row in rows)
    verdicts = [(str(verdict), counts[verdict]) for verdict in BanWorkflow.Compatibility]
    shown = [row for row in rows if _fits(row, asked)]
    return Matrix(shown, verdicts, sum(row.is_stale for row in rows), len(rows), days)


def _fits(row: Row, asked: Mapping[str, Any]) -> bool:
    workflow = row.workflow
    return (
        asked.get("verdict") in (None, "", workflow.compatibility)
        and asked.get("severity") in (None, "", workflow.severity)
        and (asked.get("facts") != "stale" or row.is_stale)
        and _holds(workflow, asked.get("q") or "")
    )


def _holds(workflow: Workflow, words: str) -> bool:
    """Whether every word stands somewhere in what is said about the workflow."""
    texts = (workflow.key, workflow.title, workflow.what, workflow.detected, workflow.target, workflow.conversion)
    more = (workflow.limits, workflow.loss, workflow.verify, workflow.listing, workflow.question, *workflow.detectors)
    said = " ".join((*texts, *more)).casefold()
    return all(word in said for word in words.casefold().split())
