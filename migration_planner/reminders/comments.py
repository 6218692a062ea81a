"""Comments as acts on one or on many people; whoever they are about hears so once, in the mail of a day."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from migration_planner.people.models import User
from migration_planner.planning import commenting
from migration_planner.planning.commenting import Written
from migration_planner.planning.models import Checklist, Step
from migration_planner.planning.models.comments import WITHIN
from migration_planner.reminders.acting import Outcome
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.reviews import hold_mails, tell
from migration_planner.reminders.statements import run

#: A word that was queued just now points at the comment that made it needed: it tells of that, and of all that come after it.
POINT = """
    UPDATE reminders_reminder AS reminder SET event_id = comment.event_id
    FROM planning_comment AS comment JOIN planning_checklist AS checklist ON checklist.id = comment.checklist_id
    WHERE comment.id = ANY(%(comments)s) AND reminder.person_id = checklist.person_id AND reminder.ban_id = checklist.ban_id
      AND reminder.kind = 'comment' AND reminder.state = 'waiting' AND reminder.event_id IS NULL
"""


@transaction.atomic
def write(rows: Sequence[Checklist], text: str, *, by: User, now: datetime, step: Step | None = None) -> list[Outcome]:
    """Say the same about each of these checklists, and tell the people. `undo` is the comment.

    Mails that have no words yet are kept as they are meanwhile: each either says it, or another one will. The word is due when
    the comment cannot be withdrawn any more.
    """
    hold_mails(row.person_id for row in rows)
    done = commenting.write(rows, text, by=by, now=now, step=step)
    _tell_them(rows, done, by=by, now=now)
    return [Outcome(row, done.refused.get(row.pk, ""), done.done.get(row.pk)) for row in rows]


def withdraw(comments: Iterable[int], *, by: User, now: datetime) -> int:
    """Take back what is less than a minute old. A word that waits ends by itself. Returns how many."""
    return len(commenting.withdraw(comments, by=by, now=now))


def _tell_them(rows: Sequence[Checklist], done: Written, *, by: User, now: datetime) -> None:
    """Nobody hears of their own."""
    others = [row.pk for row in rows if row.pk in done.fresh and row.person_id != by.pk]
    if others:
        tell(others, Reminder.Kind.COMMENT, by=by, now=now + WITHIN)
        run(POINT, comments=[done.done[pk] for pk in others])
