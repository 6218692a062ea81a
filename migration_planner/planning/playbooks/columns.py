"""How workflows and steps of a playbook stand in the tables of a ban."""

from typing import Any

from migration_planner.planning.playbooks.kinds import Step, Workflow

#: Fields of a workflow that are the same in both.
WORKFLOW = [
    "title", "what", "compatibility", "severity", "detected", "loss", "target", "conversion", "limits", "listing", "verify",
    "question", "question_for", "checked_on",
]  # fmt: skip
#: Fields of a step that are the same in both; the key of its workflow comes to them.
STEP = ["title", "guidance", "per", "required", "minutes", "evidence", "scan", "scan_for"]


def of_workflow(workflow: Workflow) -> dict[str, Any]:
    return {
        **{name: getattr(workflow, name) for name in WORKFLOW},
        "detectors": list(workflow.detectors),
        "versions": dict(workflow.versions or {}),
        "sources": [{"url": source.url, "checked_on": source.checked_on.isoformat()} for source in workflow.sources],
    }


def of_step(step: Step) -> dict[str, Any]:
    return {**{name: getattr(step, name) for name in STEP}, "scan_for": list(step.scan_for)}
