"""The scanner as one file, for a ban: with the detectors of its workflows, and the verdicts of its playbook inside."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from migration_planner.lib.statements import rows
from migration_planner.planning.models import Ban, Workflow
from migration_planner.scanner import building, detectors

#: What a workflow of a ban says that a scan repeats.
TEXTS = ("compatibility", "title", "target", "loss", "question")


@dataclass(frozen=True)
class Program:
    """The bytes of scan.pyz. The same detectors give the same bytes, so that a checksum can stand beside them."""

    content: bytes

    @property
    def checksum(self) -> str:
        return sha256(self.content).hexdigest()


def plain() -> Program:
    """The scanner as it ships."""
    return _built(json.dumps(shipped(), sort_keys=True))


def of_ban(ban: Ban) -> Program | None:
    """The scanner for this ban; None when no detectors of ours find what its playbook is about.

    One query, and a second the first time in a process after its workflows have changed.
    """
    return _of_workflows(ban, str(rows(WORKFLOWS, ban=ban.pk)[0][0]), ban.tool.name, ban.replacement.name)


#: Changes whenever a workflow of the ban does.
WORKFLOWS = """
    SELECT md5(string_agg(workflow::text, '' ORDER BY workflow.id)) FROM planning_workflow AS workflow
    WHERE workflow.ban_id = %(ban)s AND workflow.removed_at IS NULL
"""


@lru_cache(maxsize=32)
def _of_workflows(ban: Ban, workflows: str, tool: str, replacement: str) -> Program | None:
    """All that the program depends on stands in the call; a ban equals another by its number."""
    document = document_of(ban)
    return _built(json.dumps(document, sort_keys=True)) if document else None


def document_of(ban: Ban) -> dict[str, Any] | None:
    """The detectors that ship, with what the ban says about the workflows they find; others are left out."""
    document = shipped()
    workflows = list(ban.workflows.live())
    mine = {name: workflow for workflow in workflows for name in workflow.detectors}
    if not any(name.startswith(f"{document['slug']}/") for name in mine):
        return None
    # Those that no file shows belong to the matrix all the same, so that “9 of 50” counts what the ban counts.
    unseen = {f"{document['slug']}/{workflow.key}": workflow for workflow in workflows if not workflow.detectors}
    said = [_row(row, (unseen | mine).get(f"{document['slug']}/{row['key']}")) for row in document["workflows"]]
    known = [row for row in said if row is not None]
    named = {"tool": ban.tool.name, "replacement": ban.replacement.name}
    return detectors.with_workflows({**document, **named}, known)


def counted(workflows: Iterable[tuple[str, list[str]]]) -> int:
    """Of how many workflows the scanner of a ban speaks, whose (key, detectors) these are: those of `document_of`."""
    document = shipped()
    known = {name for key, found in workflows for name in found or [f"{document['slug']}/{key}"]}
    return sum(f"{document['slug']}/{row['key']}" in known for row in document["workflows"])


def _row(row: dict[str, Any], workflow: Workflow | None) -> dict[str, Any] | None:
    if workflow is None:
        return None
    said = {name: getattr(workflow, name) for name in TEXTS if getattr(workflow, name)}
    return {"key": row["key"], "sources": workflow.sources, **said}


@cache
def shipped() -> dict[str, Any]:
    text = files("migration_planner.scanner").joinpath("data/claude-code.json").read_text("utf-8")
    return dict(json.loads(text))


@lru_cache(maxsize=32)
def _built(document: str) -> Program:
    """Built once in a process for each set of detectors: packing takes a while."""
    return Program(building.build(json.loads(document)))
