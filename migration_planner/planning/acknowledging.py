"""Who says that they have read the scope statement, version by version. It holds nobody up and reminds nobody."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.people.models import User
from migration_planner.planning import locks
from migration_planner.planning.models import Acknowledgement, Ban, Checklist, Event, ScopeStatement
from migration_planner.planning.models.checklists import ChecklistQuerySet

#: What a list of people can be narrowed to.
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Read:
    """Of how many counted people how many have acknowledged one version."""

    version: int
    people: int
    acknowledged: int

    @property
    def missing(self) -> int:
        return self.people - self.acknowledged


@transaction.atomic
def acknowledge(checklist: Checklist, version: int, *, by: User, now: datetime) -> bool:
    """Say that one has read the scope statement in force. False, and nothing is written, when it was said before.

    Raises ChangedMeanwhile when `version` is not in force any more, DomainError when the ban or the checklist has ended.
    """
    locks.hold_ban(checklist.ban_id)
    row = Checklist.objects.select_related("ban").get(pk=checklist.pk)
    row.require_open()
    if row.person_id != by.pk:
        raise DomainError(_t("Everybody acknowledges the scope statement for themselves."))
    statement = row.ban.scope
    if statement is None or statement.version != version:
        raise ChangedMeanwhile(_t("There is a newer version of the scope statement. Read it, then acknowledge it."))
    _kept, is_new = Acknowledgement.objects.get_or_create(statement=statement, checklist=row, defaults={"at": now})
    if is_new:
        data = {"version": statement.version}
        Event.record(Event.Verb.SCOPE_ACKNOWLEDGED, by=by, now=now, data=data, **row.in_history())
    return is_new


def count(ban: Ban, statement: ScopeStatement) -> Read:
    """How many of the people counted now have acknowledged a version. Two statements, whatever their number."""
    people = ban.checklists.counted()
    return Read(statement.version, people.count(), _with(people, statement, YES).count())


def versions(ban: Ban) -> QuerySet[ScopeStatement]:
    """All versions, the newest first, each with `readers`: everybody who ever acknowledged it, people stopped since too."""
    return ban.scope_statements.annotate(readers=Count("acknowledgements")).order_by("-version")


def people(ban: Ban, statement: ScopeStatement, state: str = "") -> ChecklistQuerySet:
    """The counted people with `acknowledged_at` of a version; those who have (YES), who have not (NO), or all."""
    said = Acknowledgement.objects.filter(statement=statement, checklist=OuterRef("pk"))
    rows = _with(ban.checklists.counted(), statement, state).select_related("person", "migration")
    return rows.annotate(acknowledged_at=Subquery(said.values("at")[:1]))


def _with(rows: ChecklistQuerySet, statement: ScopeStatement, state: str) -> ChecklistQuerySet:
    said = Exists(Acknowledgement.objects.filter(statement=statement, checklist=OuterRef("pk")))
    return rows.filter(said) if state == YES else rows.filter(~said) if state == NO else rows
