"""A checklist as a person reads it: its steps in sections by workflow, each with its mark. Frozen rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from migration_planner.people.models import User
from migration_planner.planning import evidencing, reopening
from migration_planner.planning.models import Checklist, Evidence, Gap, Mark, Migration, Step, Workflow
from migration_planner.planning.reopening import Reopened
from migration_planner.planning.reviewing import Returned

#: The gaps a step can be blocked by, by the number of its workflow (None: of the move as a whole); see gaps.py.
Known = Mapping[int | None, Sequence[Gap]]
NOTHING_KNOWN: Known = {}
FINISHED = (Mark.State.DONE, Mark.State.NOT_APPLICABLE)
#: What evidence alone makes of a step.
BY_EVIDENCE: dict[str, str] = {
    Evidence.Verdict.CLEAN: Mark.State.DONE,
    Evidence.Verdict.NOT_USED: Mark.State.NOT_APPLICABLE,
}


@dataclass(frozen=True)
class Line:
    """One step with its mark and the evidence beside it; a step that nobody has touched has no mark.

    What is said here of one step, standing.py says to the database.
    """

    step: Step
    mark: Mark | None
    #: Whom a lead has named for a team step.
    person: User | None = None
    #: What scans say, also when somebody has set it aside.
    found: Evidence | None = None
    #: Where scans see the workflow in use: (repository, path), the first few.
    places: tuple[tuple[str, str], ...] = ()
    #: What others have reported of its workflow.
    known: Sequence[Gap] = ()
    #: Why it is open again, until the person marks it.
    returned: Returned | None = None
    reopened: Reopened | None = None

    @cached_property
    def evidence(self) -> Evidence | None:
        """What scans say, when it counts."""
        return self.found if self.found and self.found.set_aside_at is None else None

    @cached_property
    def state(self) -> str:
        if self.is_regression and (self.mark is None or self.is_overruled):
            return Mark.State.OPEN
        if self.mark:
            return self.mark.state
        return BY_EVIDENCE.get(self.evidence.verdict, Mark.State.OPEN) if self.evidence else Mark.State.OPEN

    @cached_property
    def is_verified(self) -> bool:
        """Whether scans say, too, that it is finished."""
        return bool(self.evidence and self.evidence.is_clean) and (self.mark is None or self.mark.state in FINISHED)

    @cached_property
    def standing(self) -> str:
        """Claimed or verified; nothing for a step that nobody says is finished."""
        if self.is_verified:
            return Mark.Standing.VERIFIED
        return Mark.Standing.CLAIMED if self.mark and self.state in FINISHED else ""

    @cached_property
    def is_finished(self) -> bool:
        return self.state in FINISHED and (self.is_verified or not self.step.must_be_verified)

    @property
    def waits_for_a_scan(self) -> bool:
        """Whether it is claimed to be done, and that is not enough."""
        return self.state in FINISHED and not self.is_finished

    @property
    def is_confirmed(self) -> bool:
        """Whether a lead or an owner has said that the claim is right: beside claimed and verified, and neither of them."""
        return bool(self.mark and self.mark.confirmed_at and self.state in FINISHED)

    @property
    def can_be_reviewed(self) -> bool:
        """Whether there is a claim to confirm or to return: what scans verify needs no word."""
        return bool(self.mark) and self.standing == Mark.Standing.CLAIMED

    @property
    def is_blocked(self) -> bool:
        return self.state == Mark.State.BLOCKED

    @property
    def is_regression(self) -> bool:
        return bool(self.evidence and self.evidence.is_regression)

    @property
    def is_overruled(self) -> bool:
        """Whether it was marked finished before a scan found the old tool again."""
        return bool(
            self.mark and self.evidence and self.mark.state in FINISHED and self.evidence.overrules(self.mark.at)
        )

    @property
    def is_contradicted(self) -> bool:
        """Whether it is claimed to be finished while scans see the workflow in use."""
        return bool(self.evidence and self.evidence.is_in_use and self.mark and self.state in FINISHED)

    @property
    def comes_first(self) -> bool:
        """Whether scans see that the team has this to do."""
        return bool(self.evidence and self.evidence.is_in_use) and not self.is_finished


@dataclass(frozen=True)
class Section:
    """Steps that follow each other and belong to the same workflow, or to none."""

    workflow: Workflow | None
    lines: list[Line]


@dataclass(frozen=True)
class Outline:
    """The lines of one checklist in their order. Built from two queries, and two more where scans speak, whatever its length."""

    lines: list[Line]
    #: Lines by their steps, where scans found what they are about; the rest follows in the order of the ban.
    first: list[Line] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", [line for line in self.lines if line.comes_first])

    @cached_property
    def sections(self) -> list[Section]:
        rest = [line for line in self.lines if not line.comes_first]
        runs = groupby(rest, key=lambda line: line.step.workflow)
        return [Section(workflow, list(lines)) for workflow, lines in runs]

    @property
    def required(self) -> list[Line]:
        return [line for line in self.lines if line.step.required]

    @property
    def finished(self) -> int:
        """Required steps that are done or not applicable."""
        return sum(line.is_finished for line in self.required)

    @property
    def verified(self) -> int:
        """Of the finished, those that scans verify."""
        return sum(line.is_verified for line in self.required)

    @property
    def claimed(self) -> int:
        return self.finished - self.verified

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
        waiting = [line for line in [*self.first, *self.lines] if line.state == Mark.State.OPEN]
        return next((line for line in waiting if line.step.required), next(iter(waiting), None))

    def line(self, step_id: int) -> Line | None:
        return next((line for line in self.lines if line.step.pk == step_id), None)

    def open_after(self, step_id: int) -> Line | None:
        """The next required step nobody has touched after this one; the first of all when there is none after it."""
        waiting = [line for line in self.required if line.state == Mark.State.OPEN and line.step.pk != step_id]
        place = next((n for n, line in enumerate(self.lines) if line.step.pk == step_id), 0)
        later = {line.step.pk for line in self.lines[place:]}
        return next((line for line in waiting if line.step.pk in later), next(iter(waiting), None))


def of_checklist(
    checklist: Checklist,
    steps: Iterable[Step] | None = None,
    known: Known = NOTHING_KNOWN,
    *,
    weighed: bool = True,
    reviewed: bool = True,
) -> Outline:
    """The steps that a person does, with the marks; `steps` are those of the checklist, where they are known already.

    `weighed`: whether scans have said anything about the team at all; `reviewed`: whether a mark was ever returned, or a
    gap fixed. False saves asking.
    """
    marks = checklist.known_marks
    if marks is None:
        marks = {mark.step_id: mark for mark in checklist.marks.with_author()}
    asked = list(checklist.steps().select_related("workflow") if steps is None else steps)
    found = evidencing.of_steps(checklist.migration_id, asked) if weighed else evidencing.NOTHING
    back = reopening.why_open(checklist) if reviewed else reopening.NOTHING
    return Outline(
        [
            Line(
                step,
                marks.get(step.pk),
                None,
                *found.about(step),
                known.get(step.workflow_id, ()),
                back.returned.get(step.pk),
                back.reopened.get(step.pk),
            )
            for step in asked
        ]
    )


def of_migration(migration: Migration, known: Known = NOTHING_KNOWN, *, weighed: bool = True) -> Outline:
    """The steps that a team does once, with its marks and the people named for them; `weighed` as above."""
    marks = {mark.step_id: mark for mark in migration.marks.with_author()}
    assignments = migration.assignments.select_related("person").only(
        "migration", "step", "person__name", "person__email"
    )
    named = {row.step_id: row.person for row in assignments}
    asked = list(migration.steps())
    found = evidencing.of_steps(migration.pk, asked) if weighed else evidencing.NOTHING
    return Outline(
        [
            Line(step, marks.get(step.pk), named.get(step.pk), *found.about(step), known.get(step.workflow_id, ()))
            for step in asked
        ]
    )
