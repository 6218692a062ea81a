"""A held mail may have arrived, or not: a person decides what becomes of it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Event
from migration_planner.reminders.models import Mail, Reason, Reminder

#: Send the same bytes once more; it has arrived; it is not to be sent any more.
DECISIONS = ("send", "arrived", "give_up")


@transaction.atomic
def release(mail: Mail, decision: str, *, by: User, now: datetime, why: str) -> None:
    """Carry out what somebody decided about a held mail, with a line of history for each ban it speaks of.

    Raises DomainError without a reason, for a decision that is none, and when the mail is not held any more.
    """
    if decision not in DECISIONS:
        raise DomainError(_t("Choose what is to become of this mail."))
    if not why.strip():
        raise DomainError(_t("Say why, so that others can follow the decision."))
    held = Mail.objects.select_for_update(no_key=True).filter(pk=mail.pk, state=Mail.State.HELD).first()
    if held is None:
        raise DomainError(_t("This mail is not held any more; somebody has decided already."))
    carried = Reminder.objects.filter(mail=held, state=Reminder.State.HELD)
    for ban_id in sorted(set(carried.values_list("ban", flat=True))):
        data = {"mail": held.pk, "decision": decision}
        Event.record(
            Event.Verb.MAIL_DECIDED, by=by, now=now, why=why.strip(), ban_id=ban_id, person_id=held.person_id, data=data
        )
    state, reason, more = _ends(held, decision, now)
    carried.update(state=state, reason=reason)
    Mail.objects.filter(pk=held.pk).update(state=state, reason=reason, **more)
    mail.refresh_from_db()


def _ends(mail: Mail, decision: str, now: datetime) -> tuple[str, str, dict[str, Any]]:
    """State, reason, and what else changes. Sent again, it counts as unsure still: after another silence it is held again."""
    if decision == "send":
        return Mail.State.WAITING, "", {"not_before": now, "unsure": 1}
    if decision == "arrived":
        last = mail.attempts.order_by("-pk").values_list("at", flat=True).first()
        return Mail.State.SENT, "", {"sent_at": last or now}
    return Mail.State.DEAD, Reason.GIVEN_UP, {}
