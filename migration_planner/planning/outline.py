"""A checklist as a person reads it: its steps in sections by workflow, each with its mark. Frozen rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from migration_planner.people.models import User
from migration_planner.planning.models import Checklist, Gap, Mark, Migration, Step, Workflow

#: The gaps a step can be blocked by, by the number of its workflow (None: of the move as a whole); see gaps.py.
Known = Mapping[int | None, Sequence[Gap]]
NOTHING_KNOWN: Known = {}


@dataclass(frozen=True)
class Line:
    """One step with its mark; a step that nobody has touched has none."""

    step: Step
    mark: Mark | None
    #: Whom a lead has named for a team step.
    person: User | None = None
    #: What others have reported of its workflow.
    known: Sequence[Gap] = ()

    @property
    def state(self) -> str:
        return self.mark.state if self.mark else Mark.State.OPEN

    @property
    def is_finished(self) -> bool:
        return self.state in (Mark.State.DONE, Mark.State.NOT_APPLICABLE)

    @property
    def is_blocked(self) -> bool:
        return self.state == Mark.State.BLOCKED


@dataclass(frozen=True)
class Section:
    """Steps that follow each other and belong to the same workflow, or to none."""

    workflow: Workflow | None
    lines: list[Line]


@dataclass(frozen=True)
class Outline:
    """The lines of one checklist in their order. Built from two queries, whatever its length."""

    lines: list[Line]

    @cached_property
    def sections(self) -> list[Section]:
        runs = groupby(self.lines, key=lambda line: line.step.workflow)
        return [Section(workflow, list(lines)) for workflow, lines in runs]

    @property
    def required(self) -> list[Line]:
        return [line for line in self.lines if line.step.required]

    @property
    def finished(self) -> int:
        """Required steps that are done or not applicable."""
        return sum(line.is_finished for line in self.required)

    @property
    def blocked(self) -> int:
        return sum(line.is_blocked for line in self.required)

    @property
    def minutes_left(self) -> int:
        """Minutes of the required steps still to do."""
        return sum(line.step.minutes for line in self.required if not line.is_finished)

    @property
    def first_open(self) -> Line | None:
        """The first step that waits for the person, required ones before optional ones."""
        waiting = [line for line in self.lines if line.mark is None]
        return next((line for line in waiting if line.step.required), next(iter(waiting), None))

    def line(self, step_id: int) -> Line | None:
        return next((line for line in self.lines if line.step.pk == step_id), None)

    def open_after(self, step_id: int) -> Line | None:
        """The next required step nobody has touched after this one; the first of all when there is none after it."""
        waiting = [line for line in self.required if line.mark is None and line.step.pk != step_id]
        place = next((n for n, line in enumerate(self.lines) if line.step.pk == step_id), 0)
        later = {line.step.pk for line in self.lines[place:]}
        return next((line for line in waiting if line.step.pk in later), next(iter(waiting), None))


def of_checklist(checklist: Checklist, steps: Iterable[Step] | None = None, known: Known = NOTHING_KNOWN) -> Outline:
    """The steps that a person does, with the marks; `steps` are those of the checklist, where they are known already."""
    marks = {mark.step_id: mark for mark in checklist.marks.with_author()}
    asked = checklist.steps().select_related("workflow") if steps is None else steps
    return Outline([Line(step, marks.get(step.pk), known=known.get(step.workflow_id, ())) for step in asked])


def of_migration(migration: Migration, known: Known = NOTHING_KNOWN) -> Outline:
    """The steps that a team does once, with its marks and the people named for them."""
    marks = {mark.step_id: mark for mark in migration.marks.with_author()}
    assignments = migration.assignments.select_related("person").only(
        "migration", "step", "person__name", "person__email"
    )
    named = {row.step_id: row.person for row in assignments}
    asked = migration.steps()
    return Outline(
        [Line(step, marks.get(step.pk), named.get(step.pk), known.get(step.workflow_id, ())) for step in asked]
    )
