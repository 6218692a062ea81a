from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import locks
from migration_planner.planning.models.bans import Ban
from migration_planner.planning.models.events import Event
from migration_planner.planning.models.marks import Mark
from migration_planner.planning.models.steps import Step, Workflow

TITLE_LENGTH = 200


class GapQuerySet(models.QuerySet["Gap"]):
    def visible_to(self, user: User) -> "GapQuerySet":
        """Those of bans one may see, and those one looks after."""
        return self.filter(Q(ban__in=Ban.objects.visible_to(user).values("pk")) | Q(owner=user))

    def standing(self) -> "GapQuerySet":
        """Without those that were merged into another one."""
        return self.filter(merged_into__isnull=True)

    def blocking(self) -> "GapQuerySet":
        """Those that a step can be blocked by: whatever is not fixed."""
        return self.standing().exclude(state=Gap.State.FIXED)

    def with_counts(self) -> "GapQuerySet":
        """Adds `people` (checklists blocked), `teams` (in which somebody or a team step is blocked) and `votes_cast`."""
        marks = Mark.objects.filter(gap=OuterRef("pk"), step__removed_at__isnull=True).order_by().values("gap")
        marks = marks.filter(Q(checklist__isnull=True) | ~Q(checklist__state="stopped"))
        people = marks.annotate(n=Count("checklist", distinct=True)).values("n")
        teams = marks.annotate(n=Count(Coalesce("migration", "checklist__migration"), distinct=True)).values("n")
        votes = GapVote.objects.filter(gap=OuterRef("pk")).order_by().values("gap").annotate(n=Count("pk")).values("n")
        return self.annotate(
            people=Coalesce(Subquery(people), 0),
            teams=Coalesce(Subquery(teams), 0),
            votes_cast=Coalesce(Subquery(votes), 0),
        )


class Gap(models.Model):
    """Something the replacement cannot do yet, reported from blocked steps and shared by all it blocks under one ban."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        WORKAROUND = "workaround", _("workaround")
        FIXED = "fixed", _("fixed")
        WILL_NOT_FIX = "will_not_fix", _("will not be fixed")

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="gaps")
    #: What people built that this keeps from moving; none where it concerns the move as a whole.
    workflow = models.ForeignKey(Workflow, on_delete=models.SET_NULL, null=True, blank=True, related_name="gaps")
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    words = models.TextField(_("what is missing"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    #: Who sees to it.
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="gaps")
    answer = models.TextField(_("answer"), blank=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")

    objects = GapQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="gaps_have_a_title"),
            models.CheckConstraint(condition=Q(state="open") | ~Q(answer=""), name="decided_gaps_have_an_answer"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="decided_gaps_say_when",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("pk")),
                name="a_gap_is_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "workaround", "fixed", "will_not_fix"]), name="gaps_are_in_a_known_state"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def look(self) -> str:
        """Its state by a name of its own, where steps have an "open" too."""
        return "gap_open" if self.state == self.State.OPEN else str(self.state)

    @property
    def is_fixed(self) -> bool:
        return self.state == self.State.FIXED

    @property
    def is_merged(self) -> bool:
        return self.merged_into_id is not None

    def in_history(self) -> dict[str, Any]:
        """What an event about this gap points at."""
        return {"ban": self.ban, "gap": self}

    def require_blocking(self, step: Step) -> None:
        """Refuse to block `step` by it unless it can. The caller holds the ban, so that nobody fixes it meanwhile."""
        if step.ban_id != self.ban_id:
            raise DomainError(_t("This gap belongs to another ban. Choose one of this ban."))
        if not Gap.objects.blocking().filter(pk=self.pk).exists():
            raise DomainError(
                _t("This gap is fixed, or was merged into another one. Reload the page, and say what still stops you.")
            )

    @transaction.atomic
    def set_vote(self, concerned: bool, *, by: User, now: datetime) -> bool:
        """Say that this concerns one too, or take that back. False when it stands so already."""
        locks.hold_ban(self.ban_id)
        if concerned and (self.is_merged or self.is_fixed):
            raise DomainError(
                _t("This gap is fixed, or was merged into another one. There is nothing to say any more.")
            )
        if concerned:
            _row, changed = GapVote.objects.get_or_create(gap=self, person=by, defaults={"at": now})
        else:
            changed = bool(GapVote.objects.filter(gap=self, person=by).delete()[0])
        if changed:
            verb = Event.Verb.GAP_VOTED if concerned else Event.Verb.GAP_VOTE_TAKEN_BACK
            # Of the gap, not of its ban: the ban's own history would drown in these.
            Event.record(verb, by=by, now=now, person=by, gap=self)
        return changed


class GapVote(models.Model):
    """That a gap concerns somebody too: one for each person and gap."""

    gap = models.ForeignKey(Gap, on_delete=models.CASCADE, related_name="votes", db_index=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="gap_votes")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gap", "person"], name="one_vote_per_person_and_gap")]

    def __str__(self) -> str:
        return f"{self.person_id} for {self.gap_id}"
