"""Mail of a simulated time with its real words: composed by the product, and laid where caught mail lies instead of sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from migration_planner.local.mail.box import Box
from migration_planner.reminders import outbox
from migration_planner.reminders.claiming import Claim
from migration_planner.reminders.models import Mail
from migration_planner.reminders.statements import run

#: Nobody else sends in a simulated time; the lease is what freezing asks for.
TAKE = """
    UPDATE reminders_mail SET lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s
    WHERE id = ANY(%(mails)s) AND state = 'waiting' AND message_id IS NULL
"""
LET_GO = "UPDATE reminders_mail SET lease_token = NULL, lease_until = NULL WHERE id = ANY(%(mails)s)"


def compose(mails: Sequence[int], *, now: datetime) -> None:
    """Give these waiting mails the words that they would go with. Those that have nothing left to say get none."""
    token = uuid4()
    run(TAKE, mails=list(mails), token=token, lease=timedelta(minutes=10))
    outbox.freeze(Claim(token, list(mails)), now=now)
    run(LET_GO, mails=list(mails))


def catch(mails: Sequence[int], box: Box) -> None:
    """Lay those of these mails that have gone into the box, oldest first."""
    sent = Mail.objects.filter(pk__in=list(mails), state=Mail.State.SENT).order_by("sent_at", "pk")
    for email, raw in sent.values_list("person__email", "raw").iterator(500):
        box.put(email, bytes(raw or b""))
