"""The look before a change of what is in force, on pages: a POST that does not confirm this very look shows it."""

from migration_planner.reminders.looking import mark as mark
from migration_planner.web.http import Request


def was_seen(request: Request, seen: str) -> bool:
    """Whether the request confirms this very look. A POST that comes without one, or after things have changed, does not."""
    return request.POST.get("seen") == seen
