"""The people of whom a manager was told by an escalation, as they stand now: who is finished is not among them any more."""

from django.db.models import QuerySet

from migration_planner.people.models import User
from migration_planner.planning.models import Checklist
from migration_planner.reminders import escalating
from migration_planner.reminders.groups import bound
from migration_planner.reminders.models.rungs import role_of
from migration_planner.reminders.upward import OWING, REPORTS, SOME

#: Checklists in the order of bans and names.
CHECKLISTS = f"""
    SELECT checklist.id FROM ({REPORTS.format(readers=SOME, owing=OWING)}) AS above
    JOIN planning_checklist AS checklist ON checklist.ban_id = above.ban_id AND checklist.person_id = above.about
"""  # noqa: S608 - constants of this package


def of_manager(person: User) -> QuerySet[Checklist]:
    """Their checklists, of all bans in force. Empty for whoever was told of nobody."""
    heard = escalating.heard(person)
    if not heard:
        return Checklist.objects.none()
    bans, rungs, sinces = (list(column) for column in zip(*heard, strict=True))
    readers = {
        "told": [person.pk] * len(heard),
        "bans": bans,
        "roles": [role_of(rung) for rung in rungs],
        "sinces": sinces,
    }
    known = escalating.parameters(escalating.of_bans(bans).items())
    found = Checklist.objects.filter(pk__in=bound(CHECKLISTS, {**readers, **known}))
    return found.select_related("ban__tool", "ban__replacement", "person", "migration__team")
