import secrets
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError
from migration_planner.people.models.users import User

#: As many views a person keeps; as long their names and the questions in their addresses may be.
MOST, LONGEST_NAME, LONGEST_QUERY = 50, 80, 1500


def new_token() -> str:
    return secrets.token_urlsafe(16)


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, user: User) -> "SavedViewQuerySet":
        return self.filter(user=user)


class SavedView(models.Model):
    """A list as somebody wants to see it again: a page by its name, what the page is about, and what is asked of it.

    Never an address: where it leads is made anew whenever it is opened, from the pages that can be saved (web/saving.py).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views", db_index=False)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    page = models.CharField(max_length=60)
    about = models.JSONField(default=dict)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    #: The secret of the link by which it is shared.
    token = models.CharField(max_length=32, unique=True, default=new_token)
    saved_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", Lower("name"), name="one_saved_view_per_person_and_name"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_views_have_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    @transaction.atomic
    def save_as(
        cls, name: str, *, page: str, about: dict[str, Any], query: str, by: User, now: datetime
    ) -> "SavedView":
        """Keep a view under a name. Raises DomainError when the name is taken, or as many are kept as may be."""
        name = _clean(name, by)
        if cls.objects.of(by).count() >= MOST:
            words = _t("You keep %(most)d views, and that is as many as there can be. Delete one first.")
            raise DomainError(words % {"most": MOST})
        return cls.objects.create(user=by, name=name, page=page, about=about, query=query, saved_at=now)

    @transaction.atomic
    def rename(self, name: str) -> None:
        """Give it another name. Raises DomainError when another view of this person has it."""
        self.name = _clean(name, self.user, but=self.pk)
        self.save(update_fields=["name"])


def _clean(name: str, user: User, but: int = 0) -> str:
    """The name as it is kept. Holds the person, so that two saves at once are counted and compared one after the other."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise DomainError(_t("Give the view a name of at most %(most)d characters.") % {"most": LONGEST_NAME})
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
    if SavedView.objects.of(user).filter(name__iexact=name).exclude(pk=but).exists():
        raise DomainError(_t("You have a view called “%(name)s” already. Choose another name.") % {"name": name})
    return name
