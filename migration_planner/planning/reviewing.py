"""A lead's word about what people claim to have done: a mark is confirmed, or returned with a reason and open again.

Of one person or of many at one step; the rows are looked at under their locks, and what is done to them is one statement each.
A return is a line of history and nothing else: it stands until the person marks the step again (see reopening.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _t

from migration_planner.lib import statements
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import behalf, locks
from migration_planner.planning.counting import recount_few
from migration_planner.planning.models import Ban, Checklist, Mark, Step
from migration_planner.planning.permissions import can_review
from migration_planner.planning.standing import OF_CHECKLIST, STATE, VERIFIED

REASON_LENGTH = 1000
FINISHED = (Mark.State.DONE, Mark.State.NOT_APPLICABLE)

#: How each checklist stands at one step: (id, mark, its state, the state with the evidence, verified, confirmed, stopped).
LOOK = f"""
    SELECT checklist.id, mark.id, mark.state, {STATE}, {VERIFIED}, mark.confirmed_at IS NOT NULL, checklist.state = 'stopped'
    FROM planning_checklist AS checklist
    LEFT JOIN planning_mark AS mark ON mark.checklist_id = checklist.id AND mark.step_id = %(step)s
    LEFT JOIN LATERAL (SELECT * FROM ({OF_CHECKLIST}) AS any_step WHERE any_step.step_id = %(step)s) AS known ON true
    WHERE checklist.id = ANY(%(checklists)s)
"""  # noqa: S608 - constants of ours
RETURN = """
    WITH asked AS (SELECT * FROM unnest(%(marks)s::bigint[], %(fors)s::jsonb[]) AS asked(mark, behalf)),
    gone AS (DELETE FROM planning_mark WHERE id = ANY(%(marks)s) RETURNING *)
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, step_id, data)
    SELECT %(now)s, 'mark_returned', %(by)s, %(why)s, checklist.ban_id, checklist.id, checklist.person_id, gone.step_id,
           asked.behalf || jsonb_build_object('before', jsonb_build_object(
               'state', gone.state, 'note', gone.note, 'by', gone.by_id, 'at', gone.at,
               'confirmed_by', gone.confirmed_by_id, 'confirmed_for', gone.confirmed_for_id, 'confirmed_at', gone.confirmed_at))
    FROM gone JOIN asked ON asked.mark = gone.id JOIN planning_checklist AS checklist ON checklist.id = gone.checklist_id
    RETURNING checklist_id, id
"""
CONFIRM = """
    WITH asked AS (SELECT * FROM unnest(%(marks)s::bigint[], %(fors)s::jsonb[]) AS asked(mark, behalf)),
    confirmed AS (
        UPDATE planning_mark AS mark SET confirmed_by_id = %(by)s, confirmed_at = %(now)s,
               confirmed_for_id = (asked.behalf #>> '{for,id}')::bigint
        FROM asked WHERE mark.id = asked.mark RETURNING mark.id, mark.checklist_id, mark.step_id, asked.behalf
    ), told AS (
        INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, step_id, data)
        SELECT %(now)s, 'mark_confirmed', %(by)s, '', checklist.ban_id, checklist.id, checklist.person_id,
               confirmed.step_id, confirmed.behalf
        FROM confirmed JOIN planning_checklist AS checklist ON checklist.id = confirmed.checklist_id
    )
    SELECT checklist_id, id FROM confirmed
"""
#: What a person does to a step after it was returned: then the return has been heard.
ANSWERED = "('marked_done', 'marked_blocked', 'marked_not_applicable', 'return_taken_back')"
#: The return stands: nobody has marked the step since. `event` is a line of history that says `mark_returned`.
STANDS = f"""
    NOT EXISTS (SELECT FROM planning_event AS later WHERE later.checklist_id = event.checklist_id AND later.id > event.id
                AND later.step_id = event.step_id AND later.verb IN {ANSWERED})
"""
#: Returns of one's own that stand, at whose step nothing was marked, as the marks they were.
PUT_BACK = f"""
    WITH back AS (
        SELECT event.* FROM planning_event AS event
        JOIN planning_step AS step ON step.id = event.step_id AND step.removed_at IS NULL
        WHERE event.id = ANY(%(returns)s) AND event.verb = 'mark_returned' AND event.actor_id = %(by)s AND {STANDS}
    ), put AS (
        INSERT INTO planning_mark (checklist_id, step_id, state, standing, note, by_id, at, confirmed_by_id, confirmed_for_id,
                                   confirmed_at)
        SELECT checklist_id, step_id, was.state, 'claimed', was.note, was.by, was.at, was.confirmed_by, was.confirmed_for,
               was.confirmed_at
        FROM back, jsonb_to_record(back.data -> 'before') AS was(state text, note text, by bigint, at timestamptz,
                   confirmed_by bigint, confirmed_for bigint, confirmed_at timestamptz)
        ON CONFLICT (checklist_id, step_id) DO NOTHING RETURNING checklist_id, step_id
    )
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, step_id, data)
    SELECT %(now)s, 'return_taken_back', %(by)s, '', back.ban_id, back.checklist_id, back.person_id, back.step_id,
           jsonb_build_object('state', back.data #>> '{{before,state}}')
           || CASE WHEN back.data ? 'for' THEN jsonb_build_object('for', back.data -> 'for') ELSE '{{}}' END
    FROM back JOIN put USING (checklist_id, step_id) RETURNING checklist_id
"""  # noqa: S608 - as above
UNCONFIRM = """
    WITH back AS (
        UPDATE planning_mark SET confirmed_by_id = NULL, confirmed_for_id = NULL, confirmed_at = NULL
        WHERE id = ANY(%(marks)s)
          AND confirmed_by_id = %(by)s RETURNING checklist_id, step_id
    )
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, step_id, data)
    SELECT %(now)s, 'confirmation_taken_back', %(by)s, '', checklist.ban_id, checklist.id, checklist.person_id, back.step_id, '{}'
    FROM back JOIN planning_checklist AS checklist ON checklist.id = back.checklist_id RETURNING checklist_id
"""


@dataclass(frozen=True)
class Returned:
    """Why a step is open again: who has returned the mark (a substitute: in whose place), and when."""

    why: str
    by: str
    for_name: str
    at: datetime

    @property
    def by_names(self) -> str:
        return behalf.names(self.by, self.for_name)


@dataclass(frozen=True)
class Stand:
    """How one checklist stands at one step, under its lock."""

    mark: int | None = None
    marked: str | None = None
    state: str = Mark.State.OPEN
    is_verified: bool = False
    is_confirmed: bool = False
    is_stopped: bool = False


@dataclass(frozen=True)
class Reviewed:
    """By checklist: what was done (the number by which it is taken back), and why nothing was."""

    done: dict[int, int]
    refused: dict[int, str]


@transaction.atomic
def give_back(rows: Sequence[Checklist], step: Step, *, by: User, now: datetime, why: str) -> Reviewed:
    """Return what these people have marked finished at this step: it is open again. All rows are of one ban.

    What scans verify is not returned: the evidence would finish the step again at once. Raises DomainError without a reason,
    when the ban has ended, or the step is none of a person's. The mark is history's from then on.
    """
    reason = _reason(why)
    ready = _look(rows, step, by, _why_not_returned)
    done = dict(statements.rows(RETURN, **_asked(ready, by), by=by.pk, now=now, why=reason)) if ready.stands else {}
    if done:
        recount_few(done)
    return Reviewed(done, ready.refused)


@transaction.atomic
def confirm(rows: Sequence[Checklist], step: Step, *, by: User, now: datetime) -> Reviewed:
    """Say that what these people claim at this step is right. It stays claimed: only scans verify."""
    ready = _look(rows, step, by, _why_not_confirmed)
    done = dict(statements.rows(CONFIRM, **_asked(ready, by), by=by.pk, now=now)) if ready.stands else {}
    return Reviewed(done, ready.refused)


@transaction.atomic
def take_back_returns(ban: Ban, returns: Iterable[int], *, by: User, now: datetime) -> list[int]:
    """Put the marks back that one has returned, where the step is as it was left. Returns the checklists."""
    numbers = list(returns)
    _hold(ban, Checklist.objects.filter(events__in=numbers).values_list("pk", flat=True))
    put = [pk for (pk,) in statements.rows(PUT_BACK, returns=numbers, by=by.pk, now=now)]
    if put:
        recount_few(put)
    return put


@transaction.atomic
def take_back_confirmations(ban: Ban, marks: Iterable[int], *, by: User, now: datetime) -> list[int]:
    """Those of one's own. Returns the checklists."""
    numbers = list(marks)
    _hold(ban, Checklist.objects.filter(marks__in=numbers).values_list("pk", flat=True))
    return [pk for (pk,) in statements.rows(UNCONFIRM, marks=numbers, by=by.pk, now=now)]


@dataclass(frozen=True)
class _Ready:
    rows: dict[int, Checklist]
    stands: dict[int, Stand]
    refused: dict[int, str]


def _look(rows: Sequence[Checklist], step: Step, by: User, why_not: Any) -> _Ready:
    """Lock the rows and say of each whether it can be done; those that cannot with the reason."""
    _require_step(rows, step)
    _hold(rows[0].ban, [row.pk for row in rows])
    found = stands([row.pk for row in rows], step)
    refused = {row.pk: words for row in rows if (words := _refusal(row, found[row.pk], by, why_not))}
    return _Ready({row.pk: row for row in rows}, {pk: at for pk, at in found.items() if pk not in refused}, refused)


def stands(checklists: Sequence[int], step: Step) -> dict[int, Stand]:
    """How each of these checklists stands at the step. One query."""
    found = {pk: Stand(*rest) for pk, *rest in statements.rows(LOOK, checklists=list(checklists), step=step.pk)}
    return {pk: found.get(pk, Stand()) for pk in checklists}


def most_claimed(rows: Sequence[Checklist]) -> int | None:
    """The step that most of these people claim to have finished without a word about it; None where nobody claims any."""
    marks = Mark.objects.filter(checklist__in=[row.pk for row in rows], state__in=FINISHED, confirmed_at__isnull=True)
    asked = marks.filter(step__removed_at__isnull=True).order_by().values("step", "step__position")
    return asked.annotate(count=Count("pk")).order_by("-count", "step__position").values_list("step", flat=True).first()


def _refusal(row: Checklist, at: Stand, by: User, why_not: Any) -> str:
    if row.person_id == by.pk:
        return _t("Nobody confirms or returns marks of their own.")
    if not can_review(by, row):
        return _t("Only their leads and the owners of the ban can do that.")
    if at.is_stopped:
        return _t("They are not in the audience of this ban any more.")
    return str(why_not(at))


def _why_not_returned(at: Stand) -> str:
    if at.marked in FINISHED and at.is_verified:
        return _t("The scans say that it is finished. If they are wrong, set the evidence aside first.")
    return _unclaimed(at)


def _why_not_confirmed(at: Stand) -> str:
    if at.marked in FINISHED and at.is_verified:
        return _t("The scans verify it already.")
    return _unclaimed(at) or (_t("It is confirmed already.") if at.is_confirmed else "")


def _unclaimed(at: Stand) -> str:
    if at.marked is None or at.marked not in FINISHED:
        return _t("They have not said that this step is finished.")
    return _t("A scan has found the old tool again; the step is open already.") if at.state not in FINISHED else ""


def _asked(ready: _Ready, by: User) -> dict[str, Any]:
    """The marks, and in whose place something is done to each."""
    places = [behalf.in_place_of(by, row.migration.path, row.ban_id) for row in (ready.rows[pk] for pk in ready.stands)]
    return {"marks": [at.mark for at in ready.stands.values()], "fors": [behalf.as_json(led) for led in places]}


def _require_step(rows: Sequence[Checklist], step: Step) -> None:
    if not rows[0].ban.is_live:
        raise DomainError(_t("This ban has ended; its checklists can be read but not changed."))
    if step.ban_id != rows[0].ban_id or step.per != Step.Per.PERSON or step.removed_at is not None:
        raise DomainError(_t("This step is not asked for any more. Reload the page to see the current checklist."))


def _hold(ban: Ban, checklists: Iterable[int]) -> None:
    """The ban beside others, then the rows in the order of their numbers. Raises DomainError when it ended meanwhile."""
    locks.hold_ban(ban.pk)
    if not Ban.objects.live().filter(pk=ban.pk).exists():
        raise DomainError(_t("This ban has ended; its checklists can be read but not changed."))
    list(Checklist.objects.select_for_update().filter(pk__in=list(checklists)).order_by("pk").values_list("pk"))


def _reason(why: str) -> str:
    reason = why.strip()
    if not reason:
        raise DomainError(_t("Say why it is returned; the person reads it."))
    if len(reason) > REASON_LENGTH:
        raise DomainError(_t("Keep the reason within %(limit)d characters.") % {"limit": REASON_LENGTH})
    return reason
