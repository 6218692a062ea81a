from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event


class Seal(models.Model):
    """The place of one line of history in the chain of its ban, and the digest over it and everything before it.

    Lines about no ban have a chain of their own, with `ban` empty. Rows are added; a trigger refuses to change or remove one.
    """

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, null=True, related_name="seals")
    #: 1 for the first of its chain.
    position = models.PositiveIntegerField()
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="seal")
    #: SHA-256 in hexadecimal digits.
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    #: Which form of the line the digest is over, see canonical.py.
    form = models.PositiveSmallIntegerField(db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ban", "position"], nulls_distinct=False, name="one_seal_per_place_in_a_chain"
            ),
            models.CheckConstraint(condition=Q(position__gt=0), name="chains_begin_with_one"),
        ]

    def __str__(self) -> str:
        return f"{self.ban_id}, {self.position}: {self.digest[:12]}"


class Pack(models.Model):
    """The evidence of one ban as a file, built in the background and kept in parts."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        BUILDING = "building", _("being built")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="packs")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    #: How many of its files are written, of how many.
    written = models.PositiveSmallIntegerField(default=0)
    #: How many workers have begun it; all but the last have died over it.
    attempts = models.PositiveSmallIntegerField(default=0)
    files = models.PositiveSmallIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    #: The head of the chain that the pack ends with.
    head = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(ready_at__isnull=False) & ~Q(digest="")),
                name="ready_packs_have_a_digest",
            ),
            models.UniqueConstraint(
                fields=["ban"], condition=Q(state__in=["waiting", "building"]), name="one_pack_of_a_ban_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ban_id}: {self.state}"

    @property
    def is_at_work(self) -> bool:
        return self.state in (self.State.WAITING, self.State.BUILDING)


class Part(models.Model):
    """Some of the bytes of a pack, in order."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pack", "number"], name="one_part_per_number")]

    def __str__(self) -> str:
        return f"{self.pack_id}, {self.number}"
