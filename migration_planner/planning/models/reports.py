from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import Team, User, below_any
from migration_planner.planning.models.migrations import Migration


class ReportTokenQuerySet(models.QuerySet["ReportToken"]):
    def open(self, *, now: datetime) -> "ReportTokenQuerySet":
        """Those with which a report can still be sent."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class ReportToken(models.Model):
    """With this secret a scanner sends reports for one team. Whoever made it has seen it once; here stands its digest alone."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="report_tokens")
    name = models.CharField(_("name"), max_length=80)
    #: The first characters, to tell tokens apart; empty for those made before they were kept.
    begins = models.CharField(max_length=20, blank=True)
    #: See lib/tokens.py.
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = ReportTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="report_tokens_expire_after_they_are_made"
            )
        ]
        indexes = [models.Index(fields=["team", "-made_at"], name="report_tokens_of_a_team")]

    def __str__(self) -> str:
        return f"{self.name} for {self.team_id}"


class ReportQuerySet(models.QuerySet["Report"]):
    def counting(self) -> "ReportQuerySet":
        """Of each repository the report that counts."""
        return self.filter(is_latest=True)

    def speaking_for(self, path: str) -> "ReportQuerySet":
        """Reports of the team at `path` and of the teams above it: a report speaks for its team and all below."""
        parts = path.split("/")
        return self.filter(team__path__in=["/".join(parts[:length]) for length in range(1, len(parts) + 1)])

    def visible_to(self, user: User) -> "ReportQuerySet":
        """Those of teams one belongs to or leads, or that stand above such a team; of bans one runs or audits, all."""
        if user.sees_everything:
            return self
        seen = Migration.objects.visible_to(user)
        mine = {*user.led_paths, *user.memberships.values_list("team__path", flat=True)}
        ways = {"/".join(path.split("/")[:length]) for path in mine for length in range(1, path.count("/") + 2)}
        led = below_any(user.led_paths, field="team__path")
        return self.filter(Q(team__in=seen.values("team")) | Q(team__path__in=ways) | led)


class Report(models.Model):
    """What one scan of one repository found, as it was sent: rules, paths, lines and numbers. It never changes.

    Of each repository of a team the report with the latest time of its scan counts (`is_latest`); the others are history.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="reports")
    repository = models.CharField(max_length=300)
    #: Which detectors looked, such as "claude-code".
    slug = models.CharField(max_length=80)
    commit = models.CharField(max_length=64, blank=True)
    scanned_at = models.DateTimeField()
    received_at = models.DateTimeField()
    #: Of what was sent, so that the same report twice is one.
    digest = models.CharField(max_length=64)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(ReportToken, on_delete=models.SET_NULL, null=True, related_name="reports")
    is_latest = models.BooleanField(default=False)
    #: The state of each workflow that left a trace, by the key the detectors give it: used, settled or mentioned.
    uses = models.JSONField(default=dict)
    body = models.JSONField()

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "digest"], name="the_same_report_is_kept_once"),
            models.UniqueConstraint(
                fields=["team", "repository", "slug"],
                condition=Q(is_latest=True),
                name="one_latest_report_per_repository",
            ),
            models.CheckConstraint(condition=~Q(repository=""), name="reports_name_a_repository"),
        ]
        indexes = [
            models.Index(fields=["team", "repository", "slug", "scanned_at", "id"], name="reports_of_a_repository")
        ]

    def __str__(self) -> str:
        return f"{self.repository} at {self.scanned_at}"

    @property
    def used(self) -> list[str]:
        return sorted(key for key, state in self.uses.items() if state == "used")

    @property
    def short_commit(self) -> str:
        return self.commit[:10]


class Trace(models.Model):
    """What the reports of one repository say together about one workflow: whether it is used there now, and since when.

    Derived from the reports in the order of their scans. `again` means that an earlier scan saw it unused.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="traces")
    repository = models.CharField(max_length=300)
    slug = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    used = models.BooleanField()
    again = models.BooleanField(default=False)
    #: When a scan first saw this use, after the last one that did not.
    since = models.DateTimeField(null=True)
    #: Where, the first few paths.
    paths = models.JSONField(default=list)
    #: The report that counts.
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="traces")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "repository", "slug", "key"], name="one_trace_per_repository_and_workflow"
            ),
            models.CheckConstraint(
                condition=Q(used=True, since__isnull=False) | Q(used=False, since__isnull=True, again=False),
                name="traces_in_use_say_since_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} in {self.repository}"
