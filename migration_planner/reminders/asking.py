"""A polite question to those whose checklist and signals disagree: in the mail of the day, at most one a day for each."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Checklist, Contradiction, Event
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.nudging import Nudged, queue


@transaction.atomic
def ask(checklists: QuerySet[Checklist], *, by: User, now: datetime) -> Nudged:
    """Queue the question to everybody among `checklists` of bans in force of whom a contradiction is open.

    It goes with the next tick; who was asked today already is not asked again, and a question answered meanwhile is not sent.
    """
    open_ = Contradiction.objects.open().filter(checklist=OuterRef("pk"))
    chosen = checklists.order_by().values("pk")
    asked = Checklist.objects.live().filter(Exists(open_), pk__in=chosen, person__is_active=True).order_by()
    hours = asked.values_list("person__zone", "person__reminder_hour").distinct()
    per_ban = queue(asked, hours, Reminder.Kind.QUESTION, by=by, now=now)
    _note(asked, now)
    for ban in Ban.objects.filter(pk__in=[pk for pk, done in per_ban.items() if done.queued]).order_by("pk"):
        data = {"queued": per_ban[ban.pk].queued, "already": per_ban[ban.pk].already}
        Event.record(Event.Verb.ASKED, by=by, now=now, ban=ban, data=data)
    return sum(per_ban.values(), Nudged())


def _note(asked: QuerySet[Checklist], now: datetime) -> None:
    """Since when the question is on its way, for the list of contradictions."""
    waiting = Reminder.objects.waiting().filter(
        kind=Reminder.Kind.QUESTION, person=OuterRef("checklist__person"), ban=OuterRef("checklist__ban")
    )
    open_ = Contradiction.objects.open().filter(Exists(waiting), checklist__in=asked.values("pk"))
    open_.filter(asked_at__isnull=True).update(asked_at=now)
