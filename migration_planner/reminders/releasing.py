"""A person decides about held mail: it may have arrived, and nobody but a person can know, or bear not knowing."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Event
from migration_planner.reminders.models import Mail, Reason, Reminder


class Decision(models.TextChoices):
    """What becomes of a held mail."""

    SEND = "send", _("send it again")
    COUNT_AS_SENT = "count_as_sent", _("count it as sent")
    GIVE_UP = "give_up", _("give it up")


@transaction.atomic
def release(mail: Mail, decision: Decision, *, by: User, now: datetime, why: str) -> None:
    """Let one held mail go, count it as sent, or give it up; an Event of each ban it speaks of says who decided, and why.

    Sent again on its own day it goes with the same bytes. On a later day its words are no longer true: what is still owed
    goes into the mail of that day. Raises DomainError without a reason, and when it is not held any more.
    """
    if not why.strip():
        raise DomainError(_t("Say why you decide so."))
    held = Mail.objects.select_for_update(no_key=True).held().filter(pk=mail.pk).select_related("person").first()
    if held is None:
        raise DomainError(_t("This mail is not held any more: somebody has decided about it."))
    for ban in held.bans():
        data = {"mail": held.pk, "decision": decision.value, "day": held.day.isoformat(), "reason": held.reason}
        Event.record(Event.Verb.MAIL_DECIDED, by=by, now=now, why=why.strip(), ban=ban, person=held.person, data=data)
    act = {Decision.SEND: _send, Decision.COUNT_AS_SENT: _count_as_sent, Decision.GIVE_UP: _give_up}[decision]
    act(held, now)
    mail.refresh_from_db()


def _send(mail: Mail, now: datetime) -> None:
    if zones.local_day(now, mail.person.zone) == mail.day:
        _carried(mail).update(state=Reminder.State.WAITING, reason="")
        # What may have arrived already stays what it is: the planner leaves it alone, and it bears the same bytes.
        unsure = 1 if mail.raw is not None else 0
        _end(mail, Mail.State.WAITING, "", not_before=now, unsure=unsure)
    else:
        _carried(mail).update(state=Reminder.State.WAITING, reason="", mail=None)
        _end(mail, Mail.State.CANCELLED, Reason.SUPERSEDED)


def _count_as_sent(mail: Mail, now: datetime) -> None:
    """One without words was to be sent by the database that is gone; what it said, nobody can show."""
    if mail.raw is None:
        _carried(mail).update(state=Reminder.State.CANCELLED, reason=Reason.RESTORED)
        _end(mail, Mail.State.CANCELLED, Reason.RESTORED)
        return
    last = mail.attempts.order_by("-pk").values_list("at", flat=True).first()
    _carried(mail).update(state=Reminder.State.SENT, reason="")
    _end(mail, Mail.State.SENT, "", sent_at=last or now)


def _give_up(mail: Mail, now: datetime) -> None:
    _carried(mail).update(state=Reminder.State.DEAD, reason=Reason.GIVEN_UP)
    _end(mail, Mail.State.DEAD, Reason.GIVEN_UP)


def _carried(mail: Mail) -> models.QuerySet[Reminder]:
    return Reminder.objects.filter(mail=mail, state=Reminder.State.HELD)


def _end(mail: Mail, state: Mail.State, reason: str, **values: object) -> None:
    Mail.objects.filter(pk=mail.pk).update(state=state, reason=reason, **values)
