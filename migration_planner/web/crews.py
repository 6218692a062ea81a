"""What may be done to many people of a team at once, by whom, and by which form."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from migration_planner.people.models import User
from migration_planner.planning.models import Migration
from migration_planner.planning.permissions import can_nudge, leads
from migration_planner.web.forms.crews import LeaveForm, NudgeForm, WaiversForm

ACTS: dict[str, tuple[Promise, type[forms.Form]]] = {
    "nudge": (gettext_lazy("Nudge"), NudgeForm),
    "leave": (gettext_lazy("Note leave"), LeaveForm),
    "waiver": (gettext_lazy("Ask for waivers"), WaiversForm),
}


def offered(user: User, migration: Migration) -> list[tuple[str, Promise]]:
    """What the reader may do to people of this team: leads all of it, owners of the ban nudge."""
    if not migration.ban.is_live:
        return []
    led = leads(user, migration.path)
    return [
        (act, title) for act, (title, _form) in ACTS.items() if led or (act == "nudge" and can_nudge(user, migration))
    ]
