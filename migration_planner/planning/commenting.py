"""Comments: short plain words about somebody's checklist, or one step of it, between the person and those who help them.

Of one person or of many at once. They are added, and for a minute their author can withdraw one; nobody is told here (see
reminders/comments.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import statements
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import behalf, locks
from migration_planner.planning.models import Ban, Checklist, Comment, Step
from migration_planner.planning.models.comments import TEXT_LENGTH, WITHIN
from migration_planner.planning.permissions import can_comment

#: A page shows so many of a checklist; the others have a page of their own.
SHOWN = 5
WRITE = """
    WITH asked AS (SELECT * FROM unnest(%(checklists)s::bigint[], %(fors)s::jsonb[]) AS asked(checklist, behalf)),
    told AS (
        INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, step_id, data)
        SELECT %(now)s, 'commented', %(by)s, '', checklist.ban_id, checklist.id, checklist.person_id, %(step)s::bigint,
               asked.behalf
        FROM asked JOIN planning_checklist AS checklist ON checklist.id = asked.checklist
        RETURNING id, ban_id, checklist_id, step_id, data
    )
    INSERT INTO planning_comment (event_id, ban_id, checklist_id, step_id, author_id, acted_for_id, text, at)
    SELECT id, ban_id, checklist_id, step_id, %(by)s, (data #>> '{for,id}')::bigint, %(text)s, %(now)s FROM told
    RETURNING checklist_id, id
"""
#: The same words of the same person again: a second click, or a page that was sent twice.
REPEATED = """
    SELECT DISTINCT ON (checklist_id) checklist_id, id FROM planning_comment
    WHERE checklist_id = ANY(%(checklists)s) AND author_id = %(by)s AND text = %(text)s AND withdrawn_at IS NULL
      AND step_id IS NOT DISTINCT FROM %(step)s::bigint AND at > %(since)s
    ORDER BY checklist_id, id DESC
"""
WITHDRAW = """
    WITH back AS (
        UPDATE planning_comment SET withdrawn_at = %(now)s, text = ''
        WHERE id = ANY(%(comments)s) AND author_id = %(by)s AND withdrawn_at IS NULL AND at >= %(since)s
        RETURNING ban_id, checklist_id, step_id, event_id
    )
    INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, step_id, data)
    SELECT %(now)s, 'comment_withdrawn', %(by)s, '', back.ban_id, back.checklist_id, checklist.person_id, back.step_id, event.data
    FROM back JOIN planning_event AS event ON event.id = back.event_id
    JOIN planning_checklist AS checklist ON checklist.id = back.checklist_id
    RETURNING checklist_id
"""


@dataclass(frozen=True)
class Written:
    """By checklist: the comment, and why there is none. `fresh` are those that were not there a moment ago."""

    done: dict[int, int]
    refused: dict[int, str]
    fresh: frozenset[int]


@transaction.atomic
def write(rows: Sequence[Checklist], text: str, *, by: User, now: datetime, step: Step | None = None) -> Written:
    """Say the same about each of these checklists, all of one ban. The same words within a minute are no second comment.

    Raises DomainError without words or with too many, when the ban has ended, or the step is none of a person's.
    """
    words, ban = _words(text), rows[0].ban
    _require_step(ban, step)
    states = _hold(ban, [row.pk for row in rows])
    refused = {row.pk: why for row in rows if (why := _refusal(row, states.get(row.pk, ""), by))}
    ready = [row for row in rows if row.pk not in refused]
    said = {"by": by.pk, "text": words, "step": step.pk if step else None}
    known = dict(statements.rows(REPEATED, checklists=[row.pk for row in ready], since=now - WITHIN, **said))
    new = [row for row in ready if row.pk not in known]
    asked: dict[str, Any] = {"checklists": [row.pk for row in new], "fors": [_place(row, by) for row in new]}
    fresh = dict(statements.rows(WRITE, now=now, **asked, **said)) if new else {}
    return Written(known | fresh, refused, frozenset(fresh))


@transaction.atomic
def withdraw(comments: Iterable[int], *, by: User, now: datetime) -> list[int]:
    """Take back what one has written less than a minute ago: the words are gone, that there were any stays in history.

    Returns the checklists.
    """
    asked = {"comments": list(comments), "by": by.pk, "now": now, "since": now - WITHIN}
    return [pk for (pk,) in statements.rows(WITHDRAW, **asked)]


def withdraw_one(comment: Comment, *, by: User, now: datetime) -> None:
    """The same of one. Withdrawing it again changes nothing. Raises DomainError when the minute is over."""
    if not withdraw([comment.pk], by=by, now=now) and Comment.objects.standing().filter(pk=comment.pk).exists():
        raise DomainError(_t("The minute is over, so the comment stays. Write another one to put it right."))


def _place(row: Checklist, by: User) -> str:
    """In whose place something is said about this checklist: nobody's about one's own."""
    return behalf.as_json(None if row.person_id == by.pk else behalf.in_place_of(by, row.migration.path, row.ban_id))


def _words(text: str) -> str:
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise DomainError(_t("Write a few words."))
    if len(words) > TEXT_LENGTH:
        limit = {"limit": TEXT_LENGTH}
        raise DomainError(_t("Keep the comment within %(limit)d characters; link to anything longer.") % limit)
    return words


def _refusal(row: Checklist, state: str, by: User) -> str:
    if not can_comment(by, row):
        return _t("Only the person, their leads and the owners of the ban can comment.")
    return _t("They are not in the audience of this ban any more.") if state == Checklist.State.STOPPED else ""


def _require_step(ban: Ban, step: Step | None) -> None:
    if step and (step.ban_id != ban.pk or step.per != Step.Per.PERSON or step.removed_at is not None):
        raise DomainError(_t("This step is not asked for any more. Reload the page to see the current checklist."))


def _hold(ban: Ban, checklists: Iterable[int]) -> dict[int, str]:
    """The ban beside others, then the rows in the order of their numbers; returns their states.

    Raises DomainError when the ban has ended.
    """
    locks.hold_ban(ban.pk)
    if not Ban.objects.live().filter(pk=ban.pk).exists():
        raise DomainError(_t("This ban has ended; its checklists can be read but not changed."))
    rows = Checklist.objects.select_for_update(no_key=True).filter(pk__in=list(checklists))
    return dict(rows.order_by("pk").values_list("pk", "state"))
