"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from migration_planner.reminders.watching import watch


def everywhere(request: HttpRequest) -> dict[str, Any]:
    return {"local_mode": settings.LOCAL_MODE, **_watch(request)}


def _watch(request: HttpRequest) -> dict[str, Any]:
    """For owners and administrators, what keeps mail from going; asked for only by pages that show it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not (user.is_owner or user.is_administrator):
        return {}
    return {"watch": SimpleLazyObject(lambda: watch(user))}
