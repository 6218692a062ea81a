from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from migration_planner.planning.models.bans import Ban
from migration_planner.planning.models.checklists import Checklist


class ContradictionQuerySet(models.QuerySet["Contradiction"]):
    def open(self) -> "ContradictionQuerySet":
        """Those that nobody has answered, and that still hold."""
        return self.filter(closed_at__isnull=True)


class Contradiction(models.Model):
    """What a checklist says, and what the signals say, of one person: they cannot both be right. A question to that person."""

    class Kind(models.TextChoices):
        USED_AFTER_DONE = "used_after_done", _("done, but the old tool was used")
        MOVED_UNANSWERED = "moved_unanswered", _("never answered, but moved")

    class Answer(models.TextChoices):
        STILL_NEEDED = "still_needed", _("I still need it")
        STOPPED = "stopped", _("it is over now")
        MOVED = "moved", _("I have moved")
        NOT_ME = "not_me", _("that was not me")
        LAPSED = "lapsed", _("it holds no more")

    #: That of the checklist, so that those of a ban are a range of an index, however many others have.
    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="contradictions", db_index=False)
    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="contradictions")
    kind = models.CharField(max_length=16, choices=Kind)
    #: The last day of the use that contradicts.
    day = models.DateField()
    found_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=12, choices=Answer, blank=True)

    objects = ContradictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checklist"], condition=Q(closed_at__isnull=True), name="one_open_contradiction_per_checklist"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, answer="") | (Q(closed_at__isnull=False) & ~Q(answer="")),
                name="closed_contradictions_have_an_answer",
            ),
        ]
        indexes = [
            models.Index(
                "ban", F("day").desc(), F("id").desc(), condition=Q(closed_at=None), name="open_contradictions_latest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.checklist_id}"

    @property
    def choices(self) -> list["Contradiction.Answer"]:
        """The answers that the person can give."""
        over = self.Answer.STOPPED if self.kind == self.Kind.USED_AFTER_DONE else self.Answer.MOVED
        return [over, self.Answer.NOT_ME, self.Answer.STILL_NEEDED]

    def close(self, answer: "Contradiction.Answer", *, now: datetime) -> bool:
        """False when it is closed already."""
        open_ = Contradiction.objects.open().filter(pk=self.pk)
        return bool(open_.update(closed_at=now, answer=answer))
