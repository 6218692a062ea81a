from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.parts import Part
from migration_planner.lib.statements import rows

if TYPE_CHECKING:
    from migration_planner.planning.models import Ban  # noqa: F401


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def live(self) -> "WorkflowQuerySet":
        """Without those that a newer version of the playbook has dropped."""
        return self.filter(removed_at__isnull=True)


class Workflow(models.Model):
    """Something people built on the old tool, and how far the replacement carries it over."""

    class Compatibility(models.TextChoices):
        FULL = "full", _("carries over fully")
        PARTIAL = "partial", _("carries over in part")
        NONE = "none", _("does not carry over")
        UNKNOWN = "unknown", _("not known yet")

    class Severity(models.IntegerChoices):
        """What happens when nobody looks after it."""

        STOPS = 4, _("something stops")
        SHARED = 3, _("a team misses it")
        PERSONAL = 2, _("one person misses it")
        TRACE = 1, _("a trace remains")

    ban = models.ForeignKey("planning.Ban", on_delete=models.CASCADE, related_name="workflows")
    key = models.SlugField(max_length=80)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    what = models.TextField(blank=True)
    compatibility = models.CharField(max_length=8, choices=Compatibility)
    severity = models.PositiveSmallIntegerField(choices=Severity, default=Severity.SHARED)
    #: How one finds out in words, and by which rules of the scanner.
    detected = models.CharField(max_length=500, blank=True)
    detectors = models.JSONField(default=list)
    loss = models.TextField(blank=True)
    target = models.CharField(max_length=300, blank=True)
    conversion = models.TextField(blank=True)
    limits = models.TextField(blank=True)
    #: How to see that it is there, and (`verify`) that it does what it did.
    listing = models.TextField(blank=True)
    verify = models.TextField(blank=True)
    question = models.TextField(blank=True)
    question_for = models.CharField(max_length=200, blank=True)
    sources = models.JSONField(default=list)
    checked_on = models.DateField(null=True, blank=True)
    #: Ranges of versions, by "tool" and "replacement".
    versions = models.JSONField(default=dict)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["ban", "key"], name="one_workflow_per_key"),
            models.CheckConstraint(condition=Q(severity__range=(1, 4)), name="severity_is_one_to_four"),
            models.CheckConstraint(
                condition=~Q(compatibility="unknown") | ~Q(question=""), name="an_unknown_workflow_is_a_question"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class StepQuerySet(models.QuerySet["Step"]):
    def live(self) -> "StepQuerySet":
        return self.filter(removed_at__isnull=True)

    def per_person(self) -> "StepQuerySet":
        return self.filter(per=Step.Per.PERSON)

    def per_team(self) -> "StepQuerySet":
        return self.filter(per=Step.Per.TEAM)


class Step(models.Model):
    """One line of the checklist a ban asks for. Steps belong to the ban and are shared by everybody in its audience."""

    class Per(models.TextChoices):
        PERSON = "person", _("for each person")
        TEAM = "team", _("once per team")

    class Scan(models.TextChoices):
        """What scans of the team's repositories can say about the step."""

        SILENT = "", _("nothing")
        USE = "use", _("whether it applies")
        CLEAN = "clean", _("whether it applies, and that it is done")

    ban = models.ForeignKey("planning.Ban", on_delete=models.CASCADE, related_name="steps")
    workflow = models.ForeignKey(Workflow, on_delete=models.SET_NULL, null=True, blank=True, related_name="steps")
    key = models.SlugField(max_length=80)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=200)
    guidance = models.TextField(_("guidance"), blank=True)
    per = models.CharField(_("for whom"), max_length=6, choices=Per, default=Per.PERSON)
    required = models.BooleanField(_("required"), default=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=5)
    evidence = models.CharField(_("evidence asked"), max_length=300, blank=True)
    scan = models.CharField(_("what scans say"), max_length=6, choices=Scan, blank=True)
    #: Keys of the workflows of which a scan has to find nothing; its own when there are none, and without one all of the ban.
    scan_for = models.JSONField(default=list, blank=True)
    #: A tick alone does not finish the step: a clean scan does.
    must_be_verified = models.BooleanField(_("has to be verified"), default=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ban", "key"], name="one_step_per_key"),
            models.CheckConstraint(condition=~Q(title=""), name="steps_have_a_title"),
            models.CheckConstraint(
                condition=Q(must_be_verified=False) | Q(scan="clean"),
                name="only_what_scans_can_verify_has_to_be_verified",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def to_mark(cls, ban_id: int) -> "list[Step]":
        """What each person of a ban is asked, in its order, with the steps that were removed: enough to mark one of them."""
        return [TO_MARK.of(iter(row)) for row in rows(ASKED, ban=ban_id)]


TO_MARK = Part(Step, "step", *(field.attname for field in Step._meta.concrete_fields if field.attname != "scan_for"))
ASKED = f"""
    SELECT {TO_MARK.columns} FROM planning_step AS step
    WHERE step.ban_id = %(ban)s AND step.per = 'person' ORDER BY step.position, step.id
"""  # noqa: S608 - constants of ours
