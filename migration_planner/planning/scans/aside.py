"""Evidence that is wrong is set aside by a person, with a reason: the step stands as people have marked it. Undone likewise."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import behalf, changing, locks
from migration_planner.planning.counting import recount
from migration_planner.planning.models import Event, Evidence, Migration


@transaction.atomic
def set_aside(migration: Migration, step_id: int, *, by: User, now: datetime, why: str) -> bool:
    """Let the evidence for a step of this team not count. False when it does not count already, or there is none.

    Raises DomainError without a reason, or when the ban has ended. A new verdict of the scans is weighed anew.
    """
    _hold(migration)
    why = why.strip()
    if not why:
        raise DomainError(_t("Say why this evidence is wrong; it stands in the history."))
    changing.require_short(why)
    rows = Evidence.objects.standing().filter(migration=migration, step=step_id)
    if not rows.update(set_aside_at=now, set_aside_by=by, set_aside_why=why):
        return False
    told = _record(Event.Verb.EVIDENCE_SET_ASIDE, migration, step_id, by=by, now=now, why=why)
    if lead := behalf.lead_of(told.data):
        Evidence.objects.filter(migration=migration, step=step_id).update(set_aside_for=lead)
    return True


@transaction.atomic
def restore(migration: Migration, step_id: int, *, by: User, now: datetime) -> bool:
    """Let evidence count again that was set aside. False when it counts."""
    _hold(migration)
    rows = Evidence.objects.filter(migration=migration, step=step_id, set_aside_at__isnull=False)
    if not rows.update(set_aside_at=None, set_aside_by=None, set_aside_for=None, set_aside_why=""):
        return False
    _record(Event.Verb.EVIDENCE_RESTORED, migration, step_id, by=by, now=now)
    return True


def _hold(migration: Migration) -> None:
    locks.hold_ban_alone(migration.ban_id)
    migration.ban.refresh_from_db()
    if not migration.ban.is_live:
        raise DomainError(_t("This ban has ended; its checklists can be read but not changed."))


def _record(verb: Event.Verb, migration: Migration, step_id: int, *, by: User, now: datetime, why: str = "") -> Event:
    recount(migration.ban, migration.path)
    return Event.record(verb, by=by, now=now, why=why, ban=migration.ban, migration=migration, step_id=step_id)
