from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import Team
from migration_planner.planning.models import Ban
from migration_planner.steering.estimating import CONFIDENCES


class ForecastQuerySet(models.QuerySet["Forecast"]):
    def latest_of(self, ban: Ban, team_id: int | None = None) -> "Forecast | None":
        """What was last forecast of a team with all below it, or (None) of the whole audience."""
        of_whom = Q(team_id=team_id) if team_id is not None else Q(team__isnull=True)
        return self.filter(of_whom, ban=ban).order_by("-day").first()

    def latest_of_audiences(self, ban_ids: Iterable[int]) -> "dict[int, Forecast]":
        """The same of the whole audience of several bans, in one query; bans without a forecast are left out."""
        rows = self.filter(ban__in=list(ban_ids), team__isnull=True).order_by("ban", "-day").distinct("ban")
        return {row.ban_id: row for row in rows}


class Forecast(models.Model):
    """What was promised at the end of one day (UTC) of a team with all below it; `team` is empty for the whole audience.

    Of the audience every day is kept, of teams the newest alone. Numbers stand in the order of CONFIDENCES: 50, 85, 95 %.
    """

    class Silence(models.TextChoices):
        """Why nothing can be said."""

        TOO_EARLY = "too_early", _("too early to say")
        STANDSTILL = "standstill", _("nobody has finished of late")

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="forecasts")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    day = models.DateField()
    made_at = models.DateTimeField()
    people = models.PositiveIntegerField()
    done = models.PositiveIntegerField()
    silent = models.CharField(max_length=12, choices=Silence, blank=True)
    #: At least so many are done by the cutoff; empty when it has passed.
    by_cutoff = ArrayField(models.PositiveIntegerField(), default=list)
    #: All are done on these days at the latest; null for "not within the time looked ahead".
    all_by = ArrayField(models.DateField(null=True), default=list)
    #: The way there: [day, [at least so many, …]].
    fan = models.JSONField(default=list)
    #: How many people it will be at the cutoff if the audience grows or shrinks as of late.
    people_then = models.PositiveIntegerField(default=0)
    #: How many are expected not to be done by the cutoff, at even odds.
    short = models.PositiveIntegerField(default=0)
    #: Whether most of the people are the team's own: of the others those below say the same. False of the whole audience.
    mostly_own = models.BooleanField(default=False, db_default=False)
    #: How many finished bans were learnt from.
    learnt_from = models.PositiveSmallIntegerField(default=0)

    objects = ForecastQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ban", "team", "day"], nulls_distinct=False, name="one_forecast_per_team_and_day"
            ),
            models.CheckConstraint(
                condition=~Q(silent="") | Q(all_by__len=len(CONFIDENCES)), name="a_forecast_speaks_or_says_why_not"
            ),
        ]
        indexes = [
            models.Index(fields=["ban", "-day"], name="forecasts_of_a_ban"),
            models.Index(fields=["ban", "-short", "team"], condition=Q(mostly_own=True), name="teams_that_decide"),
        ]

    def __str__(self) -> str:
        return f"{self.ban_id}, {self.team_id}: {self.day}"


class Backtest(models.Model):
    """How well forecasts would have done on finished bans, or on simulated ones. Shares, 0 to 1."""

    class Over(models.TextChoices):
        FINISHED = "finished", _("finished bans")
        SIMULATED = "simulated", _("simulated bans")

    over = models.CharField(max_length=12, choices=Over)
    made_at = models.DateTimeField()
    bans = models.PositiveIntegerField()
    cases = models.PositiveIntegerField()
    held = ArrayField(models.FloatField(), size=len(CONFIDENCES))
    error = models.FloatField()
    error_of_line = models.FloatField()
    error_of_pace = models.FloatField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(cases__gt=0), name="a_backtest_has_cases")]
        get_latest_by = "made_at"

    def __str__(self) -> str:
        return f"{self.cases} cases of {self.over}"
