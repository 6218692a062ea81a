"""Whom a person may look up."""

from django.db.models import Exists, OuterRef, Q

from migration_planner.people.models import User, UserQuerySet
from migration_planner.planning.models import Checklist


def people(reader: User) -> UserQuerySet:
    """Oneself, and everybody with a checklist that the reader may see; for those who see everything, everybody."""
    if reader.sees_everything:
        return User.objects.all()
    seen = Checklist.objects.visible_to(reader).filter(person=OuterRef("pk"))
    return User.objects.filter(Q(pk=reader.pk) | Exists(seen))
