"""Stopping mail at once, all of it or that about one ban, and letting it go on. What falls due meanwhile waits."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event
from migration_planner.reminders.models import Pause


def paused(ban: Ban | None = None) -> Pause | None:
    """The pause in force, of all mail or of that about `ban`; None while mail goes."""
    return Pause.objects.in_force().filter(ban=ban).select_related("by").first()


def pause(*, by: User, now: datetime, why: str, ban: Ban | None = None) -> Pause:
    """Stop all mail, or that about `ban`: the message in hand is the last.

    Raises DomainError without a reason, for a draft, or when it is paused already.
    """
    if not why.strip():
        raise DomainError(_t("Say why the mail is paused."))
    if ban and ban.published_at is None:
        raise DomainError(_t("A draft sends no mail, so there is nothing to pause."))
    try:
        with transaction.atomic():
            made = Pause.objects.create(ban=ban, since=now, by=by, why=why.strip())
            Event.record(Event.Verb.MAIL_PAUSED, by=by, now=now, why=why.strip(), ban=ban)
    except IntegrityError:
        raise DomainError(_t("It is paused already. Look at who paused it, and why.")) from None
    return made


@transaction.atomic
def resume(*, by: User, now: datetime, ban: Ban | None = None) -> bool:
    """Let mail go again. False when it was not paused."""
    ended = Pause.objects.in_force().filter(ban=ban).update(ended_at=now, ended_by=by)
    if ended:
        Event.record(Event.Verb.MAIL_RESUMED, by=by, now=now, ban=ban)
    return bool(ended)
