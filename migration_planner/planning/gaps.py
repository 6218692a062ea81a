"""Gaps: a step is blocked by one that others know already or by a new one; its answer reaches all it blocks, and once it is
fixed their steps are open again.

Who is told that a gap is fixed follows from the events written here (see reminders/notices.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.lib.fingerprints import fingerprint
from migration_planner.people.models import User
from migration_planner.planning import locks
from migration_planner.planning.counting import recount
from migration_planner.planning.models import Ban, Checklist, Event, Gap, GapVote, Mark, Migration, Step
from migration_planner.planning.models.gaps import TITLE_LENGTH
from migration_planner.planning.models.marks import NOTE_LENGTH
from migration_planner.planning.outline import Known

#: How many known gaps a step offers, and how long an answer may be.
OFFERED, ANSWER_LENGTH = 6, 10_000
State = Gap.State


@dataclass(frozen=True)
class Decision:
    """What the owner of a gap says about it."""

    state: str
    answer: str
    title: str
    words: str
    owner: User | None

    @classmethod
    def of(cls, gap: Gap) -> "Decision":
        return cls(gap.state, gap.answer, gap.title, gap.words, gap.owner)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.state, self.answer, self.title, self.words, self.owner.pk if self.owner else "")

    def changed(self, other: "Decision") -> list[str]:
        names = ("state", "answer", "title", "words", "owner")
        return [name for name in names if getattr(self, name) != getattr(other, name)]


def known(ban: Ban, steps: Iterable[Step] | None = None) -> Known:
    """By workflow, the first few gaps that its steps can be blocked by, those with a workaround on top. One query.

    `steps` keep it to their workflows.
    """
    rows = ban.gaps.blocking()
    if steps is not None:
        workflows = {step.workflow_id for step in steps}
        of_all = Q(workflow__isnull=True) if None in workflows else Q(pk__in=[])
        rows = rows.filter(of_all | Q(workflow__in=workflows - {None}))
    helps = Case(When(state=State.WORKAROUND, then=Value(0)), When(state=State.OPEN, then=Value(1)), default=Value(2))
    place = Window(RowNumber(), partition_by=F("workflow"), order_by=[helps, "pk"])
    found: dict[int | None, list[Gap]] = defaultdict(list)
    for gap in rows.annotate(place=place).filter(place__lte=OFFERED).order_by("workflow", "place"):
        found[gap.workflow_id].append(gap)
    return found


@transaction.atomic
def block(
    holder: Checklist | Migration,
    step: Step,
    *,
    by: User,
    now: datetime,
    note: str = "",
    gap: int | None = None,
    title: str = "",
) -> bool:
    """Mark a step blocked: by the gap with this number, by a new one with this title, or for a reason in words alone.

    A title that somebody has reported already means that gap. False when it is blocked so already. Raises DomainError as
    `mark` does, and when there is no such gap.
    """
    locks.hold_ban(holder.ban_id)
    found = _found(holder.ban, step, gap, title)
    if found is None and title.strip():
        found = _open(holder, step, title.strip(), note.strip(), by=by, now=now)
    return holder.mark(step, Mark.State.BLOCKED, by=by, now=now, note=note, gap=found)


def _found(ban: Ban, step: Step, number: int | None, title: str) -> Gap | None:
    rows = ban.gaps.blocking()
    if number is not None:
        gap = ban.gaps.filter(pk=number).first()
        if gap is None:
            raise DomainError(_t("There is no such gap under this ban. Choose one of those on the page."))
        return gap
    same = rows.filter(workflow=step.workflow_id) if step.workflow_id else rows.filter(workflow__isnull=True)
    return same.filter(title__iexact=" ".join(title.split())).order_by("pk").first() if title.strip() else None


def _open(holder: Checklist | Migration, step: Step, title: str, words: str, *, by: User, now: datetime) -> Gap:
    title = " ".join(title.split())
    if len(title) > TITLE_LENGTH:
        raise DomainError(_t("Keep the title within %(limit)d characters.") % {"limit": TITLE_LENGTH})
    if len(words) > NOTE_LENGTH:
        raise DomainError(
            _t("Keep the note within %(limit)d characters; link to anything longer.") % {"limit": NOTE_LENGTH}
        )
    gap = Gap.objects.create(
        ban=holder.ban,
        workflow_id=step.workflow_id,
        title=title,
        words=words,
        owner=holder.ban.owners.active().order_by("pk").first(),
        opened_by=by,
        opened_at=now,
    )
    Event.record(Event.Verb.GAP_OPENED, by=by, now=now, gap=gap, step=step, **holder.in_history())
    return gap


@transaction.atomic
def decide(gap: Gap, wanted: Decision, *, by: User, now: datetime, seen: str = "") -> int | None:
    """Say what becomes of a gap. Returns how many steps it opened again; None when it stands so already.

    Declared fixed, it opens every step it blocked, and those people are told once. Raises ChangedMeanwhile when somebody
    else has decided since `seen`, and DomainError when the answer or the title is missing.
    """
    _require_sound(wanted)
    fixes = wanted.state == State.FIXED
    (locks.hold_ban_alone if fixes else locks.hold_ban)(gap.ban_id)
    row = Gap.objects.select_for_update(of=("self",)).select_related("ban", "owner").get(pk=gap.pk)
    before = Decision.of(row)
    if not (fields := wanted.changed(before)):
        return None
    if seen and seen != before.fingerprint:
        raise ChangedMeanwhile(
            _t("Somebody else has changed this gap meanwhile. Compare it with yours, and save again.")
        )
    if row.is_merged:
        raise DomainError(_t("This gap was merged into another one. Decide about that one."))
    _save(row, wanted, now=now)
    opens = fixes and "state" in fields
    data = {"fields": fields, "before": before.state, "after": wanted.state}
    verb = Event.Verb.GAP_FIXED if opens else Event.Verb.GAP_CHANGED
    event = Event.record(verb, by=by, now=now, why=wanted.answer[:NOTE_LENGTH], data=data, **row.in_history())
    reopened = _reopen(row, event) if opens and row.ban.is_live else 0
    gap.refresh_from_db()
    return reopened


def _require_sound(wanted: Decision) -> None:
    if wanted.state not in State.values:
        raise DomainError(_t("There is no such state."))
    if not wanted.title.strip():
        raise DomainError(_t("Give the gap a title."))
    if wanted.state != State.OPEN and not wanted.answer.strip():
        raise DomainError(_t("Write the answer: everybody whom this gap blocks will read it."))
    if len(wanted.answer) > ANSWER_LENGTH:
        raise DomainError(_t("Keep the answer within %(limit)d characters.") % {"limit": ANSWER_LENGTH})


def _save(row: Gap, wanted: Decision, *, now: datetime) -> None:
    decided = None if wanted.state == State.OPEN else now if wanted.state != row.state else row.decided_at
    row.state, row.answer, row.owner, row.decided_at = wanted.state, wanted.answer.strip(), wanted.owner, decided
    row.title, row.words = " ".join(wanted.title.split()), wanted.words.strip()
    row.save(update_fields=["state", "answer", "owner", "decided_at", "title", "words"])


#: Every step it blocked is open again, with a line of history for each. Set-based: there may be many.
REOPEN = """
    WITH gone AS (DELETE FROM planning_mark WHERE gap_id = %(gap)s RETURNING *)
    INSERT INTO planning_event
        (at, verb, actor_id, why, ban_id, migration_id, checklist_id, person_id, step_id, gap_id, data)
    SELECT event.at, 'step_reopened', event.actor_id, event.why, event.ban_id, gone.migration_id, gone.checklist_id,
           coalesce(checklist.person_id, gone.by_id), gone.step_id, event.gap_id,
           jsonb_build_object('taken', event.id, 'before', jsonb_build_object('state', gone.state, 'note', gone.note))
    FROM gone JOIN planning_event AS event ON event.id = %(event)s
    LEFT JOIN planning_checklist AS checklist ON checklist.id = gone.checklist_id
"""


def _reopen(gap: Gap, event: Event) -> int:
    reopened = _run(REOPEN, gap=gap.pk, event=event.pk)
    if reopened:
        recount(gap.ban)
    return reopened


@transaction.atomic
def merge(gap: Gap, into: Gap, *, by: User, now: datetime) -> bool:
    """Make one gap of two that are the same: what `gap` blocked, and its votes, are those of `into`. False when it is so."""
    locks.hold_ban_alone(gap.ban_id)
    gap.refresh_from_db()
    if gap.merged_into_id == into.pk:
        return False
    target = gap.ban.gaps.blocking().exclude(pk=gap.pk).filter(pk=into.pk).first()
    if gap.is_merged or target is None:
        raise DomainError(_t("Merge it into another gap of this ban that is not fixed and not merged itself."))
    Mark.objects.filter(gap=gap).update(gap=target)
    GapVote.objects.filter(gap=gap).exclude(person__in=target.votes.values("person")).update(gap=target)
    gap.votes.all().delete()
    Gap.objects.filter(Q(pk=gap.pk) | Q(merged_into=gap)).update(merged_into=target)
    gap.merged_into = target
    for each, data in ((gap, {"into": target.title}), (target, {"of": gap.title})):
        Event.record(Event.Verb.GAP_MERGED, by=by, now=now, data=data, **each.in_history())
    return True


def untied(ban: Ban) -> QuerySet[Mark]:
    """Blocked steps whose reason is in words alone, the newest last."""
    counted = Q(checklist__ban=ban) & ~Q(checklist__state=Checklist.State.STOPPED)
    rows = Mark.objects.filter(counted | Q(migration__ban=ban), step__ban=ban, step__removed_at__isnull=True)
    return rows.filter(state=Mark.State.BLOCKED, gap__isnull=True)


TIE = """
    WITH tied AS (
        UPDATE planning_mark AS mark SET gap_id = %(gap)s FROM planning_step AS step
        WHERE mark.id = ANY(%(marks)s) AND mark.state = 'blocked' AND mark.gap_id IS DISTINCT FROM %(gap)s
          AND step.id = mark.step_id AND step.ban_id = %(ban)s
        RETURNING mark.*
    )
    INSERT INTO planning_event
        (at, verb, actor_id, why, ban_id, migration_id, checklist_id, person_id, step_id, gap_id, data)
    SELECT %(now)s, 'gap_tied', %(by)s, tied.note, %(ban)s, tied.migration_id, tied.checklist_id, checklist.person_id,
           tied.step_id, %(gap)s, '{}'
    FROM tied LEFT JOIN planning_checklist AS checklist ON checklist.id = tied.checklist_id
"""


@transaction.atomic
def tie(marks: Sequence[int], gap: Gap, *, by: User, now: datetime) -> int:
    """Say that these blocked steps of the gap's ban are blocked by it. Returns how many were not before."""
    locks.hold_ban(gap.ban_id)
    if not gap.ban.gaps.blocking().filter(pk=gap.pk).exists():
        raise DomainError(_t("This gap is fixed, or was merged into another one. Choose one that still blocks people."))
    return _run(TIE, marks=list(marks), gap=gap.pk, ban=gap.ban_id, by=by.pk, now=now)


def _run(statement: str, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
