from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.models.bans import Ban


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def waiting(self) -> "ProposalQuerySet":
        return self.filter(state=Proposal.State.OPEN)


class Proposal(models.Model):
    """A change to a ban in force that one owner proposes and another applies or declines."""

    class State(models.TextChoices):
        OPEN = "open", _("waits for another owner")
        APPLIED = "applied", _("applied")
        DECLINED = "declined", _("declined")

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="proposals")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    #: What is to change, with how it stood when it was proposed: see planning/proposing.py.
    change = models.JSONField()
    why = models.TextField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_why = models.TextField(blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | Q(~Q(state="open"), decided_by__isnull=False, decided_at__isnull=False),
                name="decided_proposals_say_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | ~Q(decided_by=F("proposed_by")),
                name="nobody_applies_their_own_proposal",
            ),
            models.CheckConstraint(condition=~Q(why=""), name="proposals_say_why"),
        ]
        indexes = [models.Index(fields=["ban", "-id"], name="proposals_of_a_ban")]

    def __str__(self) -> str:
        return f"proposal {self.pk} for {self.ban_id}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
