from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning import behalf
from migration_planner.planning.models.migrations import Migration
from migration_planner.planning.models.reports import Report
from migration_planner.planning.models.steps import Step


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def standing(self) -> "EvidenceQuerySet":
        """Those that nobody has set aside."""
        return self.filter(set_aside_at__isnull=True)


class Evidence(models.Model):
    """What the scans of a team's repositories say about one step, for the team and for each person counted in it.

    It stands beside people's own marks and never replaces one: see docs/decisions/0013. Derived from traces and reports
    (scans/weighing.py); only the setting aside is somebody's word.
    """

    class Verdict(models.TextChoices):
        NOT_USED = "not_used", _("not used, by the scans")
        IN_USE = "in_use", _("in use, by the scans")
        CLEAN = "clean", _("gone, by the scans")
        REGRESSED = "regressed", _("back, by the scans")

    migration = models.ForeignKey(Migration, on_delete=models.CASCADE, related_name="evidence")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="weighed")
    verdict = models.CharField(max_length=10, choices=Verdict)
    #: When the verdict became known.
    since = models.DateTimeField()
    #: Of a regression: when a scan first saw it. Marks made before it do not count any more.
    found_at = models.DateTimeField(null=True)
    #: The report that brought the verdict; none when it came by another way, such as publishing.
    report = models.ForeignKey(Report, on_delete=models.SET_NULL, null=True, related_name="+")
    set_aside_at = models.DateTimeField(null=True)
    set_aside_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: The lead in whose place a substitute has set it aside.
    set_aside_for = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    set_aside_why = models.TextField(blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["migration", "step"], name="one_evidence_per_migration_and_step"),
            models.CheckConstraint(
                condition=Q(
                    set_aside_at__isnull=True, set_aside_by__isnull=True, set_aside_for__isnull=True, set_aside_why=""
                )
                | (Q(set_aside_at__isnull=False, set_aside_by__isnull=False) & ~Q(set_aside_why="")),
                name="evidence_is_set_aside_by_somebody_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(verdict="regressed", found_at__isnull=False)
                | (~Q(verdict="regressed") & Q(found_at__isnull=True)),
                name="regressions_say_when_they_were_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step_id} of {self.migration_id}: {self.verdict}"

    @property
    def set_aside_by_names(self) -> str:
        """Who has set it aside; a substitute with the lead's name."""
        by, lead = self.set_aside_by, self.set_aside_for
        return behalf.names(by.name if by else "", lead.name if lead else None)

    @property
    def is_clean(self) -> bool:
        return self.verdict in (self.Verdict.NOT_USED, self.Verdict.CLEAN)

    @property
    def is_in_use(self) -> bool:
        return self.verdict in (self.Verdict.IN_USE, self.Verdict.REGRESSED)

    @property
    def is_regression(self) -> bool:
        return self.verdict == self.Verdict.REGRESSED

    def overrules(self, marked_at: datetime) -> bool:
        """Whether a step that was finished at that time is open again."""
        return self.found_at is not None and marked_at <= self.found_at
