"""What a newer version of a playbook would change about a ban, beside what its owners have changed themselves.

Three are compared: the version the ban was drafted from, the ban as it stands, and the newer version. What the owners changed
stays theirs. Where the old text is not here any more, the ban as it stands is taken for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from migration_planner.planning.models import Ban
from migration_planner.planning.models import Step as BanStep
from migration_planner.planning.models import Workflow as BanWorkflow
from migration_planner.planning.playbooks import columns
from migration_planner.planning.playbooks.kinds import Playbook, Step, Workflow

#: Who has done a step has to look at it again when one of these has changed, of the step itself or of its workflow.
REOPENS = {"title", "guidance", "evidence"}
REOPENS_THROUGH_WORKFLOW = {"compatibility", "loss", "target", "conversion", "listing", "verify"}
#: Where facts come from and how they are found: nothing that a reader of the checklist has to act on.
QUIET = {"sources", "checked_on", "detectors", "versions"}
ADDED, CHANGED, REMOVED, KEPT = "added", "changed", "removed", "kept"


@dataclass(frozen=True)
class Change:
    """One workflow or step: added, changed, removed, or kept as the owners have it. `before` is None for what is added,
    `after` holds the columns to write, and is empty for what is removed."""

    kind: str
    key: str
    title: str
    before: Any
    after: Mapping[str, Any]
    #: Of a step: the key of its workflow, in the newer version.
    workflow: str = ""
    #: Fields in which the owners' own words stay.
    own: tuple[str, ...] = ()

    @property
    def fields(self) -> list[str]:
        return list(self.after) if self.kind == CHANGED else []


@dataclass(frozen=True)
class Difference:
    """All that a newer version changes. `parameters` are the ban's choices as far as the newer version offers them."""

    playbook: Playbook
    parameters: Mapping[str, str]
    workflows: list[Change]
    steps: list[Change]
    #: Steps of the ban that have to be looked at again by who has done them, by their number, in the order of the list.
    touched: Mapping[int, BanStep] = field(default_factory=dict)

    @cached_property
    def adds_for_everybody(self) -> bool:
        """Whether something new is required of each person."""
        return any(
            change.kind == ADDED and change.after["per"] == BanStep.Per.PERSON and change.after["required"]
            for change in self.steps
        )

    @property
    def is_empty(self) -> bool:
        return not self.workflows and not [change for change in self.steps if change.kind != KEPT]

    @property
    def verdicts(self) -> list[Change]:
        """Workflows whose compatibility is another one."""
        return [change for change in self.workflows if change.kind == CHANGED and "compatibility" in change.after]


def compare(ban: Ban, newer: Playbook, base: Playbook | None) -> Difference:
    """What `newer` changes about the ban, which was drafted from `base`. Three queries."""
    chosen = _choices(newer, ban.parameters)
    new = newer.fitted(chosen)
    old = base.fitted(_choices(base, ban.parameters)) if base else None
    workflows = _workflows(ban.workflows.all(), new.workflows)
    mine = {step.key: step for step in ban.steps.select_related("workflow")}
    before = {step.key: step for step in old.steps} if old else None
    steps = [change for step in new.steps if (change := _step(step, mine.get(step.key), before, ban))]
    gone = set(before or ()) - {step.key for step in new.steps}
    steps += [
        Change(REMOVED, key, step.title, step, {}) for key, step in mine.items() if key in gone and not step.removed_at
    ]
    return Difference(newer, chosen, workflows, steps, _touched(mine.values(), workflows, steps))


def _choices(playbook: Playbook, values: Mapping[str, str]) -> dict[str, str]:
    """The ban's choices where this version offers them, its defaults where it does not."""
    offered = {parameter.key: {option.value for option in parameter.options} for parameter in playbook.parameters}
    return playbook.choose({key: value for key, value in values.items() if value in offered.get(key, set())})


def _workflows(mine: Iterable[BanWorkflow], new: Iterable[Workflow]) -> list[Change]:
    """Nobody edits the workflows of a ban, so what stands there came from a playbook."""
    by_key, found, listed = {workflow.key: workflow for workflow in mine}, [], set()
    for workflow in new:
        listed.add(workflow.key)
        current, columns_ = by_key.get(workflow.key), columns.of_workflow(workflow)
        if current is None or current.removed_at:
            found.append(Change(ADDED, workflow.key, workflow.title, current, columns_))
        elif after := {name: value for name, value in columns_.items() if getattr(current, name) != value}:
            found.append(Change(CHANGED, workflow.key, workflow.title, current, after))
    gone = [each for each in by_key.values() if each.key not in listed and not each.removed_at]
    return found + [Change(REMOVED, each.key, each.title, each, {}) for each in gone]


def _step(new: Step, mine: BanStep | None, before: Mapping[str, Step] | None, ban: Ban) -> Change | None:
    """What happens to one step of the newer version; None when nothing does."""
    wanted = {**columns.of_step(new), "workflow": new.workflow}
    base = (before or {}).get(new.key)
    if mine is None or (mine.removed_at and base is None):
        if base is not None:  # the owner of a draft took it out
            return None
        return Change(ADDED, new.key, new.title, mine, columns.of_step(new), new.workflow)
    if mine.removed_at:
        return None
    current = _as_it_stands(mine)
    was = {**columns.of_step(base), "workflow": base.workflow} if base else current
    changed = {name for name in wanted if wanted[name] != was[name] and wanted[name] != current[name]}
    own = {name for name in changed if current[name] != was[name]}
    if ban.is_live and "per" in changed:  # people have worked on it
        own.add("per")
    after = {name: wanted[name] for name in wanted if name in changed - own}
    if not changed:
        return None
    kind = CHANGED if after else KEPT
    return Change(kind, new.key, mine.title, mine, after, new.workflow, tuple(sorted(own)))


def _as_it_stands(step: BanStep) -> dict[str, Any]:
    return {
        **{name: getattr(step, name) for name in columns.STEP},
        "workflow": step.workflow.key if step.workflow else "",
    }


def _touched(mine: Iterable[BanStep], workflows: list[Change], steps: list[Change]) -> dict[int, BanStep]:
    moved = {change.key for change in workflows if REOPENS_THROUGH_WORKFLOW & set(change.fields)}
    changed = {change.key for change in steps if REOPENS & set(change.fields)}
    removed = {change.key for change in steps if change.kind == REMOVED}
    return {
        step.pk: step
        for step in mine
        if not step.removed_at
        and step.key not in removed
        and (step.key in changed or (step.workflow and step.workflow.key in moved))
    }
