"""People no mail can reach: who they are and why, and saying that an address works again."""

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.reminders.models import Attempt, Reason


def unreachable(ban: Ban, path: str = "") -> ChecklistQuerySet:
    """Checklists whose people have no address that takes mail; of everybody, or of those counted at `path` and below.

    Each has `refused_code` and `refused_text`: what the mail server said to the address, if it was that.
    """
    counted = ban.checklists.counted().filter(person__is_active=True)
    counted = counted.below(path) if path else counted
    lost = counted.filter(Q(person__email="") | Q(person__address_refused_at__isnull=False))
    refusals = Attempt.objects.filter(mail__person=OuterRef("person"), mail__reason=Reason.ADDRESS_REFUSED).order_by(
        "-pk"
    )
    return lost.select_related("person", "migration").annotate(
        refused_code=Subquery(refusals.values("code")[:1]), refused_text=Subquery(refusals.values("text")[:1])
    )


@transaction.atomic
def restore(person: User, *, by: User, now: datetime, why: str = "") -> None:
    """Say that an address takes mail again: what is still owed goes out with the next pass of the clock.

    Raises DomainError when there is no address, or none that was refused.
    """
    current = User.objects.select_for_update().get(pk=person.pk)
    if not current.email:
        raise DomainError(_t("There is no address. Add it to the roster and import that."))
    if current.address_refused_at is None:
        raise DomainError(_t("This address takes mail. There is nothing to put right."))
    data = {"refused_at": current.address_refused_at.isoformat()}
    User.objects.filter(pk=person.pk).update(address_refused_at=None)
    person.address_refused_at = None
    Event.record(Event.Verb.ADDRESS_RESTORED, by=by, now=now, why=why.strip(), person=person, data=data)
