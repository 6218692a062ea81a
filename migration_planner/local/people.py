"""The people of the demo worth stepping in as, a few for each role."""

from dataclasses import dataclass

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import Membership, User
from migration_planner.planning.models import Checklist

FEW = 4


@dataclass(frozen=True)
class Group:
    role: str | Promise
    people: list[User]


def groups() -> list[Group]:
    """Roles with a few people each; roles that nobody has are left out."""
    active = User.objects.active().order_by("pk")
    plain = active.filter(is_owner=False, is_auditor=False, is_administrator=False)
    rows = [
        (_("Owners"), active.filter(Q(bans__isnull=False) | Q(is_owner=True)).distinct()),
        (_("Leads"), _leads(plain)),
        (_("Employees who have not started"), _with_checklist(plain, Checklist.State.NOT_STARTED)),
        (_("Employees on their way"), _with_checklist(plain, Checklist.State.STARTED)),
        (_("Employees who are blocked"), _with_checklist(plain, Checklist.State.BLOCKED)),
        (_("Employees who are done"), _with_checklist(plain, Checklist.State.DONE)),
        (_("Auditors"), active.filter(is_auditor=True)),
        (_("Administrators"), active.filter(is_administrator=True)),
    ]
    filled = [Group(role, list(_readable_first(people)[:FEW])) for role, people in rows]
    return [group for group in filled if group.people]


def _readable_first(people: QuerySet[User]) -> QuerySet[User]:
    """Those whose pages are in the language of this one come first: whoever looks around here reads that."""
    elsewhere = Case(When(language=get_language() or "en", then=0), default=1)
    return people.annotate(elsewhere=elsewhere).order_by("elsewhere", *people.query.order_by)


def _leads(people: QuerySet[User]) -> QuerySet[User]:
    """Leads, those first who have people under a ban in force: the page of another one is empty."""
    busy = Membership.objects.filter(
        user=OuterRef("pk"), role="lead", team__migrations__ban__state="published", team__migrations__people__gt=0
    )
    leads = people.filter(memberships__role="lead").distinct()
    return leads.annotate(idle=~Exists(busy)).order_by("idle", "pk")


def found(words: str) -> list[User]:
    """People whose name or address contains the words."""
    if not words:
        return []
    matching = User.objects.active().filter(Q(name__icontains=words) | Q(email__icontains=words))
    return list(matching.order_by("name", "pk")[:20])


def _with_checklist(people: QuerySet[User], state: str) -> QuerySet[User]:
    live = Checklist.objects.filter(ban__state="published", state=state)
    return people.exclude(memberships__role="lead").filter(pk__in=live.values("person"))
