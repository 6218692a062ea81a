"""A mail that is held, as the sender leaves one behind whose server broke off twice."""

from datetime import datetime
from typing import Any

from migration_planner.reminders import claiming, outbox
from migration_planner.reminders.models import Attempt, Mail, Reason, Reminder
from migration_planner.reminders.planning import plan


def held(person: Any, *, planned: datetime, sent: datetime) -> Mail:
    """Plan as of `planned`, write what is due at `sent`, and hold the first mail to `person`; the others are given back."""
    plan(now=planned)
    claim = claiming.claim(now=sent)
    assert claim
    outbox.freeze(claim, now=sent)
    outbox._give_back(claim)
    mail = Mail.objects.filter(person=person, message_id__isnull=False).earliest("due_at")
    for _try in range(2):
        Attempt.objects.create(mail=mail, at=sent, worker="host:1", text="SMTPServerDisconnected: closed")
    Reminder.objects.waiting().filter(mail=mail).update(state=Reminder.State.HELD, reason=Reason.NO_ANSWER)
    Mail.objects.filter(pk=mail.pk).update(
        state=Mail.State.HELD, reason=Reason.NO_ANSWER, tries=2, unsure=2, last_text="SMTPServerDisconnected: closed"
    )
    mail.refresh_from_db()
    return mail
