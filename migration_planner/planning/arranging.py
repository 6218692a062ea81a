"""Adding, editing, ordering and removing the steps of a ban: freely in a draft, with a reason once it is in force.

In force, marks stay what they are: a removed step only gets the time of its removal, and nobody's mark on it counts any more.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.lib.fingerprints import fingerprint
from migration_planner.people.models import User
from migration_planner.planning import changing, drafting
from migration_planner.planning.models import Ban, Step

Change = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class StepContent:
    """What a step asks for. `workflow` is the number of one of the ban's workflows."""

    title: str
    guidance: str = ""
    per: str = Step.Per.PERSON
    required: bool = True
    minutes: int = 5
    evidence: str = ""
    workflow: int | None = None
    #: A tick alone does not finish it: a clean scan does.
    must_be_verified: bool = False

    @classmethod
    def of(cls, step: Step) -> "StepContent":
        return cls(
            title=step.title,
            guidance=step.guidance,
            per=step.per,
            required=step.required,
            minutes=step.minutes,
            evidence=step.evidence,
            workflow=step.workflow_id,
            must_be_verified=step.must_be_verified,
        )

    @property
    def fingerprint(self) -> str:
        return fingerprint(*asdict(self).values())

    def changed(self, other: "StepContent") -> list[str]:
        mine, theirs = asdict(self), asdict(other)
        return [name for name in mine if mine[name] != theirs[name]]


def add_step(ban: Ban, content: StepContent, *, by: User, now: datetime, why: str = "") -> None:
    """Put a new step at the end of the list."""

    def change() -> dict[str, Any]:
        _require_sound(ban, content)
        last = ban.steps.order_by("-position").first()
        position = last.position + 1 if last else 0
        ban.steps.create(key=_free_key(ban, content.title), position=position, **_columns(content))
        return {"change": "added", "step": content.title}

    _apply(ban, change, by=by, now=now, why=why)


def edit_step(
    step: Step,
    content: StepContent,
    *,
    by: User,
    now: datetime,
    why: str = "",
    seen: str = "",
    position: int | None = None,
) -> None:
    """Change what one step asks for, and (when `position` is given) its place in the list, counted from 0.

    Raises ChangedMeanwhile when somebody else has changed the step since `seen`.
    """
    ban = step.ban

    def change() -> dict[str, Any]:
        _read_again(step)
        before = StepContent.of(step)
        moved = ["place"] if position is not None and _put(step, position) else []
        if not (changed := content.changed(before)):
            return {"change": "edited", "step": step.title, "fields": moved} if moved else {}
        drafting.require_unchanged(seen, before.fingerprint)
        _require_sound(ban, content)
        if content.must_be_verified and step.scan != Step.Scan.CLEAN:
            raise DomainError(_t("No scan can verify this step. Ask for evidence instead."))
        if ban.is_live and "per" in changed:
            raise DomainError(_t("People have worked on this step already. Remove it, and add one for the others."))
        for name, value in _columns(content).items():
            setattr(step, name, value)
        step.save(update_fields=list(_columns(content)))
        return {"change": "edited", "step": content.title, "fields": [*changed, *moved]}

    _apply(ban, change, by=by, now=now, why=why)


def move_step(step: Step, position: int, *, by: User, now: datetime, why: str = "") -> None:
    """Put one step at a place in the list, counted from 0; the others close up."""
    ban = step.ban

    def change() -> dict[str, Any]:
        _read_again(step)
        return {"change": "edited", "step": step.title, "fields": ["place"]} if _put(step, position) else {}

    _apply(ban, change, by=by, now=now, why=why)


def remove_step(step: Step, *, by: User, now: datetime, why: str = "") -> None:
    """Ask for one step no more. Removing it twice is harmless."""
    ban = step.ban

    def change() -> dict[str, Any]:
        if not ban.steps.live().filter(pk=step.pk).exists():
            return {}
        if ban.is_draft:
            ban.steps.filter(pk=step.pk).delete()
        else:
            ban.steps.filter(pk=step.pk).update(removed_at=now)
        return {"change": "removed", "step": step.title}

    _apply(ban, change, by=by, now=now, why=why)


def _apply(ban: Ban, change: Change, *, by: User, now: datetime, why: str) -> None:
    """Drafts change freely. Anything else goes through changing.py, which wants a reason and refuses what is not in force."""
    if ban.is_draft:
        drafting.change_steps(ban, change, by=by, now=now)
    else:
        changing.change_steps(ban, change, by=by, now=now, why=why)


def _read_again(step: Step) -> None:
    """The step as it stands now that the ban is held. Raises DomainError when it was removed meanwhile."""
    current = Step.objects.live().filter(pk=step.pk).first()
    if current is None:
        raise DomainError(_t("This step has been removed meanwhile. Reload the page to see the steps as they stand."))
    names = ("title", "guidance", "per", "required", "minutes", "evidence", "workflow_id", "position")
    for name in (*names, "scan", "must_be_verified"):
        setattr(step, name, getattr(current, name))


def _put(step: Step, position: int) -> bool:
    """Put the step at a place; the others close up. False when it is there already."""
    order = list(step.ban.steps.live())
    before, after = order.index(step), max(0, min(position, len(order) - 1))
    if before == after:
        return False
    order.insert(after, order.pop(before))
    for place, other in enumerate(order):
        other.position = place
    Step.objects.bulk_update(order, ["position"])
    return True


def _columns(content: StepContent) -> dict[str, Any]:
    values = asdict(content)
    return {**{name: value for name, value in values.items() if name != "workflow"}, "workflow_id": content.workflow}


def _require_sound(ban: Ban, content: StepContent) -> None:
    if not content.title.strip():
        raise DomainError(_t("Give the step a title."))
    if not 1 <= content.minutes <= 2400:
        raise DomainError(_t("Say how many minutes the step takes: 1 to 2400."))
    if content.workflow is not None and not ban.workflows.filter(pk=content.workflow).exists():
        raise DomainError(_t("This workflow does not belong to the ban. Choose another one."))


def _free_key(ban: Ban, title: str) -> str:
    """A key made from the title, with a number when there was such a step before."""
    stem = slugify(title)[:70] or "step"
    taken = set(ban.steps.filter(key__startswith=stem).values_list("key", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(key for key in numbered if key not in taken)
