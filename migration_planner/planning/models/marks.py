from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError
from migration_planner.lib.parts import Part
from migration_planner.lib.statements import rows
from migration_planner.people.models import User
from migration_planner.planning import behalf
from migration_planner.planning.models.events import Event
from migration_planner.planning.models.steps import Step
from migration_planner.planning.standing import Tally

if TYPE_CHECKING:
    from migration_planner.planning.models import Checklist, Gap, Migration

NOTE_LENGTH = 2000


#: What pages show of a mark.
SHOWN = [
    "checklist", "migration", "step", "state", "standing", "note", "at", "by__name", "acted_for__name", "gap__title",
    "gap__state", "gap__answer", "confirmed_at", "confirmed_by__name", "confirmed_for__name",
]  # fmt: skip


class MarkQuerySet(models.QuerySet["Mark"]):
    def with_author(self) -> "MarkQuerySet":
        """Each with the names of who set and who confirmed it and with the gap behind it, and nothing else of those people."""
        return self.select_related("by", "acted_for", "gap", "confirmed_by", "confirmed_for").only(*SHOWN)


class Mark(models.Model):
    """The state of one step, for one person's checklist or for one team's migration. An open step has no mark."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        BLOCKED = "blocked", _("blocked")
        NOT_APPLICABLE = "not_applicable", _("not applicable")

    class Standing(models.TextChoices):
        CLAIMED = "claimed", _("claimed")
        VERIFIED = "verified", _("verified")

    checklist = models.ForeignKey("Checklist", on_delete=models.CASCADE, null=True, related_name="marks")
    migration = models.ForeignKey("Migration", on_delete=models.CASCADE, null=True, related_name="marks")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="marks")
    state = models.CharField(max_length=16, choices=State)
    standing = models.CharField(max_length=8, choices=Standing, default=Standing.CLAIMED)
    note = models.TextField(blank=True)
    #: What the replacement cannot do yet, where that is what blocks the step.
    gap = models.ForeignKey("Gap", on_delete=models.PROTECT, null=True, related_name="marks", db_index=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    #: The lead in whose place a substitute has marked a step of the team.
    acted_for = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    #: Who has said that it is right (a substitute: for which lead), and when; not counted as verified, lost when it changes.
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    confirmed_for = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    confirmed_at = models.DateTimeField(null=True)

    objects = MarkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checklist", "step"], name="one_mark_per_checklist_and_step"),
            models.UniqueConstraint(fields=["migration", "step"], name="one_mark_per_migration_and_step"),
            models.CheckConstraint(
                condition=Q(checklist__isnull=False, migration__isnull=True)
                | Q(checklist__isnull=True, migration__isnull=False),
                name="a_mark_belongs_to_a_person_or_a_team",
            ),
            models.CheckConstraint(
                condition=Q(state="done") | (Q(state__in=["blocked", "not_applicable"]) & ~Q(note="")),
                name="blocked_and_not_applicable_have_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(gap__isnull=True) | Q(state="blocked"), name="only_blocked_steps_have_a_gap"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True, confirmed_for__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, state__in=["done", "not_applicable"]),
                name="only_finished_marks_are_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("by")), name="nobody_confirms_their_own_mark"
            ),
            models.CheckConstraint(
                condition=Q(acted_for__isnull=True) | Q(migration__isnull=False) & ~Q(acted_for=F("by")),
                name="only_steps_of_a_team_are_marked_for_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["gap"], condition=Q(gap__isnull=False), name="marks_blocked_by_a_gap"),
            models.Index(fields=["step"], condition=Q(state="blocked", gap__isnull=True), name="blocked_in_words"),
        ]

    def __str__(self) -> str:
        return f"{self.step_id} {self.state}"

    @property
    def by_names(self) -> str:
        """Who set it; a substitute with the lead's name."""
        return behalf.names(self.by.name, self.acted_for.name if self.acted_for else None)

    @property
    def confirmed_by_names(self) -> str:
        confirmed = self.confirmed_by.name if self.confirmed_by else ""
        return behalf.names(confirmed, self.confirmed_for.name if self.confirmed_for else None)


FINISHED = (Mark.State.DONE, Mark.State.NOT_APPLICABLE)


def put_mark(
    holder: "Checklist | Migration",
    step: Step,
    state: Mark.State,
    *,
    by: User,
    now: datetime,
    marks: dict[int, Mark],
    note: str = "",
    gap: "Gap | None" = None,
) -> bool:
    """Put one step of a checklist or a migration into `state` (open takes the mark away). False when it is there already.

    `marks` are those of the holder by step, read since its row was locked; they are kept true. The caller counts afterwards.
    Raises DomainError when the step was removed, the reason or the evidence is missing, the note is too long, or the gap is
    none that can block this step.
    """
    gap = gap if state == Mark.State.BLOCKED else None
    note = note.strip() or (gap.title if gap else "")
    if gap is not None:
        gap.require_blocking(step)
    _require_note(step, state, note)
    before = marks.get(step.pk)
    if _same(before, state, note, gap) and not (before and _is_overruled(holder, before)):
        return False
    # Nobody else can have written this mark since it was read: the row of its holder is locked.
    event = _event(holder, step, state, before, by=by, now=now, note=note, gap=gap)
    if state == Mark.State.OPEN:
        removed = marks.pop(step.pk)
        event.written_with(REMOVE, mark=removed.pk)
    else:
        said = {"note": note, "by": by, "at": now, "gap": gap, "acted_for_id": behalf.lead_of(event.data)}
        mark = Mark(**{_column(holder): holder.pk}, step=step, state=state, **said)
        mark.pk = event.written_with(
            PUT.format(holder=_column(holder)),
            **{field.attname: getattr(mark, field.attname) for field in WRITTEN},
        )
        marks[step.pk] = mark
    return True


def by_step(holder: "Checklist | Migration") -> dict[int, Mark]:
    """The marks of one holder by the number of the step, with what of the step there is to count. One query."""
    return {mark.step_id: mark for mark in map(_built, rows(BY_STEP.format(holder=_column(holder)), holder=holder.pk))}


def _built(row: tuple[Any, ...]) -> Mark:
    values = iter(row)
    mark, mark.by, mark.step = OWN.of(values), OF_AUTHOR.of(values), OF_STEP.of(values)
    return mark


def of_marks(marks: dict[int, Mark]) -> Tally:
    """What is counted of a holder beside whose marks there is no evidence: the same as `standing.tally`, of marks `by_step`."""
    asked = [mark for mark in marks.values() if mark.step.removed_at is None]
    required = [mark for mark in asked if mark.step.required]
    finished = [mark for mark in required if mark.state in FINISHED and not mark.step.must_be_verified]
    blocked = sum(mark.state == Mark.State.BLOCKED for mark in required)
    return Tally(len(finished), blocked, verified=0, proven=0, touched=len(asked))


def _column(holder: "Checklist | Migration") -> str:
    return f"{holder._meta.model_name}_id"


def _require_note(step: Step, state: Mark.State, note: str) -> None:
    if step.removed_at is not None:
        raise DomainError(_t("This step is not asked for any more. Reload the page to see the current checklist."))
    if len(note) > NOTE_LENGTH:
        raise DomainError(
            _t("Keep the note within %(limit)d characters; link to anything longer.") % {"limit": NOTE_LENGTH}
        )
    if state in (Mark.State.BLOCKED, Mark.State.NOT_APPLICABLE) and not note:
        raise DomainError(_t("Give a reason in a few words."))
    if state == Mark.State.DONE and step.evidence and not note:
        raise DomainError(_t("This step asks for evidence: %(evidence)s") % {"evidence": step.evidence})


def _same(before: Mark | None, state: Mark.State, note: str, gap: "Gap | None") -> bool:
    if before is None:
        return state == Mark.State.OPEN
    return before.state == state and before.note == note and before.gap_id == (gap.pk if gap else None)


def _is_overruled(holder: "Checklist | Migration", mark: Mark) -> bool:
    """Whether a scan has found the old tool again since: then the same word once more is a new one."""
    migration = getattr(holder, "migration_id", None) or holder.pk
    back = mark.step.weighed.filter(migration=migration, verdict="regressed", set_aside_at__isnull=True)
    return back.filter(found_at__gte=mark.at).exists()


def _event(
    holder: "Checklist | Migration",
    step: Step,
    state: Mark.State,
    before: Mark | None,
    *,
    by: User,
    now: datetime,
    note: str,
    gap: "Gap | None",
) -> Event:
    verb = {
        Mark.State.OPEN: Event.Verb.MARK_UNDONE,
        Mark.State.DONE: Event.Verb.MARKED_DONE,
        Mark.State.BLOCKED: Event.Verb.MARKED_BLOCKED,
        Mark.State.NOT_APPLICABLE: Event.Verb.MARKED_NOT_APPLICABLE,
    }[state]
    data = {"before": {"state": before.state, "note": before.note}} if before else {}
    return Event.of(verb, by=by, now=now, why=note, step=step, gap=gap, data=data, **holder.in_history())


OWN, OF_AUTHOR = Part(Mark, "mark"), Part(User, "author", "id", "name")
OF_STEP = Part(Step, "step", "id", "required", "must_be_verified", "removed_at")
BY_STEP = f"""
    SELECT {OWN.columns}, {OF_AUTHOR.columns}, {OF_STEP.columns}
    FROM planning_mark AS mark
    JOIN people_user AS author ON author.id = mark.by_id
    JOIN planning_step AS step ON step.id = mark.step_id
    WHERE mark.{{holder}} = %(holder)s
"""  # noqa: S608 - constants of ours

#: What is written of a mark, together with its line of history.
WRITTEN = [field for field in Mark._meta.concrete_fields if not field.primary_key]
#: A mark that is put anew has been confirmed by nobody.
CHANGED = (
    "state",
    "standing",
    "note",
    "gap_id",
    "by_id",
    "acted_for_id",
    "at",
    "confirmed_by_id",
    "confirmed_for_id",
    "confirmed_at",
)
PUT = f"""
    INSERT INTO planning_mark ({", ".join(field.attname for field in WRITTEN)})
    VALUES ({", ".join(f"%({field.attname})s" for field in WRITTEN)})
    ON CONFLICT ({{holder}}, step_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in CHANGED)}
    RETURNING id
"""  # noqa: S608 - constants of ours
REMOVE = "DELETE FROM planning_mark WHERE id = %(mark)s RETURNING id"
