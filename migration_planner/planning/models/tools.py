from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Tool(models.Model):
    """Software people use."""

    class Status(models.TextChoices):
        APPROVED = "approved", _("approved")
        RESTRICTED = "restricted", _("restricted")
        PROHIBITED = "prohibited", _("prohibited")
        SUNSET = "sunset", _("sunset")

    name = models.CharField(max_length=120)
    status = models.CharField(max_length=12, choices=Status, default=Status.APPROVED)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="one_tool_per_name")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def called(cls, name: str) -> "Tool":
        """The tool of that name, compared without case; a new one when nobody has named it before."""
        clean = " ".join(name.split())
        tool = cls.objects.filter(name__iexact=clean).first()
        return tool or cls.objects.create(name=clean)
