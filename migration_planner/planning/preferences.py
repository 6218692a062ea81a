"""What people choose for themselves: their clock, their language, the hour at which reminders come."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Event

CHOSEN = ("zone", "language", "reminder_hour")


@transaction.atomic
def choose(user: User, *, zone: str, language: str, reminder_hour: int, by: User, now: datetime) -> bool:
    """Keep a person's own choices, with one line of history. False when nothing is different.

    `reminder_hour` is an hour (0 to 23) of the clocks in `zone`. Raises DomainError for what cannot be chosen.
    """
    wanted = {"zone": zone, "language": language, "reminder_hour": reminder_hour}
    current = User.objects.select_for_update().get(pk=user.pk)
    changes = {
        name: [getattr(current, name), value] for name, value in wanted.items() if getattr(current, name) != value
    }
    if not changes:
        return False
    _require_known(changes)
    for name, value in wanted.items():
        setattr(user, name, value)
    user.save(update_fields=CHOSEN)
    Event.record(Event.Verb.PREFERENCES_CHANGED, by=by, now=now, person=user, data=changes)
    return True


def _require_known(changes: dict[str, list[object]]) -> None:
    allowed = {"zone": zones.known_zones(), "language": dict(settings.LANGUAGES), "reminder_hour": range(24)}
    for name, (_before, wanted) in changes.items():
        if wanted not in allowed[name]:
            raise DomainError(_t("%(value)s cannot be chosen. Take one from the list.") % {"value": wanted})
