"""Stopping all mail at once, and letting it go on. What falls due meanwhile waits."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.reminders.models import Pause


def paused() -> Pause | None:
    return Pause.objects.filter(ended_at__isnull=True).select_related("by").first()


def pause(*, by: User, now: datetime, why: str) -> Pause:
    """Stop all mail: the message in hand is the last. Raises DomainError without a reason, or when it is paused already."""
    if not why.strip():
        raise DomainError(_t("Say why all mail is paused."))
    try:
        with transaction.atomic():
            return Pause.objects.create(since=now, by=by, why=why.strip())
    except IntegrityError:
        raise DomainError(_t("All mail is paused already.")) from None


def resume(*, by: User, now: datetime) -> bool:
    """Let mail go again. False when it was not paused."""
    return bool(Pause.objects.filter(ended_at__isnull=True).update(ended_at=now, ended_by=by))
