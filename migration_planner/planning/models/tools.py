from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError

#: As many letters the name of a tool may have.
LONGEST_NAME = 120


class ToolQuerySet(models.QuerySet["Tool"]):
    def named_like(self, words: str) -> "ToolQuerySet":
        """Those whose name holds every one of the words, whatever their case."""
        found = self
        for word in words.split():
            found = found.filter(name__icontains=word)
        return found


class Tool(models.Model):
    """Software people use. A tool is in the catalogue once an administrator has decided on it."""

    class Status(models.TextChoices):
        APPROVED = "approved", _("approved")
        RESTRICTED = "restricted", _("restricted")
        PROHIBITED = "prohibited", _("prohibited")
        SUNSET = "sunset", _("sunset")

    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.APPROVED)
    note = models.TextField(_("conditions and reasons"), blank=True)
    alternatives = models.ManyToManyField("self", symmetrical=False, related_name="+", verbose_name=_("alternatives"))
    decided_at = models.DateTimeField(null=True)

    objects = ToolQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="one_tool_per_name"),
            models.CheckConstraint(
                condition=~Q(status="restricted") | ~Q(note=""), name="restricted_tools_say_the_conditions"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def called(cls, name: str) -> "Tool":
        """The tool of that name, compared without case; a new one when nobody has named it before.

        Raises DomainError for a name that is too long to be one.
        """
        clean = " ".join(name.split())
        if len(clean) > LONGEST_NAME:
            raise DomainError(_t("Keep the name of a tool within %(limit)d characters.") % {"limit": LONGEST_NAME})
        tool = cls.objects.filter(name__iexact=clean).first()
        return tool or cls.objects.create(name=clean)

    def decide(self, status: str, note: str, *, now: datetime) -> None:
        """Put the tool into the catalogue with this status."""
        self.status, self.note, self.decided_at = status, note, now
        self.save(update_fields=["status", "note", "decided_at"])
