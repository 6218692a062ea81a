"""Marks confirmed and returned as acts on many people; whose mark was returned hears so once, in the mail of the day."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from migration_planner.people.models import User
from migration_planner.planning import reviewing
from migration_planner.planning.models import Ban, Checklist, Step
from migration_planner.planning.reviewing import Reviewed
from migration_planner.reminders.acting import Outcome
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.nudging import SAYS_IT, queue


@transaction.atomic
def give_back(rows: Sequence[Checklist], step: Step, *, by: User, now: datetime, why: str) -> list[Outcome]:
    """Return the marks of these people at this step, and tell each once. `undo` is the line of history.

    Mails that have no words yet are kept as they are meanwhile: each either says it, or another one will.
    """
    hold_mails(row.person_id for row in rows)
    done = reviewing.give_back(rows, step, by=by, now=now, why=why)
    tell(done.done, Reminder.Kind.RETURN, by=by, now=now)
    return _outcomes(rows, done)


def confirm(rows: Sequence[Checklist], step: Step, *, by: User, now: datetime) -> list[Outcome]:
    """Confirm what these people claim at this step. `undo` is the mark."""
    return _outcomes(rows, reviewing.confirm(rows, step, by=by, now=now))


def take_back_returns(ban: Ban, returns: Iterable[int], *, by: User, now: datetime) -> int:
    """Put the marks back, and tell nobody who has not been told. Returns how many.

    A word that waits ends by itself: there is nothing returned any more (see obligations.py).
    """
    return len(reviewing.take_back_returns(ban, returns, by=by, now=now))


def take_back_confirmations(ban: Ban, marks: Iterable[int], *, by: User, now: datetime) -> int:
    return len(reviewing.take_back_confirmations(ban, marks, by=by, now=now))


def tell(checklists: Iterable[int], kind: Reminder.Kind, *, by: User, now: datetime) -> None:
    """Queue one word of this kind to each of these people who is asked for something; it goes with the mail of the day.

    Nobody hears twice on one day, and nobody who has finished, was stopped or has a waiver for everything.
    """
    told = Checklist.objects.live().asked().filter(pk__in=list(checklists), person__is_active=True).order_by()
    hours = told.values_list("person__zone", "person__reminder_hour").distinct()
    queue(told, hours, kind, by=by, now=now, earlier=SAYS_IT)


def hold_mails(people: Iterable[int]) -> None:
    """Lock the mails of these people that wait and have no words yet: mails come before everything else (see outbox.py)."""
    blank = Q(state=Mail.State.WAITING, message_id__isnull=True)
    list(Mail.objects.select_for_update(no_key=True).filter(blank, person__in=list(people)).order_by("pk").values("pk"))


def _outcomes(rows: Sequence[Checklist], done: Reviewed) -> list[Outcome]:
    return [Outcome(row, done.refused.get(row.pk, ""), done.done.get(row.pk)) for row in rows]
