from datetime import date, time

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import zones
from migration_planner.people.models import Team, User
from migration_planner.planning.models.bans import Ban

#: So many waves a ban can have; a plan with more of them is no plan.
MOST_WAVES = 20


class Wave(models.Model):
    """Teams of a ban that move together by an earlier date: the pilot, wave 1, … In the zone of the ban's cutoff."""

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="waves")
    name = models.CharField(_("name"), max_length=80)
    cutoff_date = models.DateField(_("date"))
    cutoff_time = models.TimeField(_("time"))
    cutoff_at = models.DateTimeField(editable=False)
    #: What has to be so before the wave begins.
    criteria = models.TextField(_("entry criteria"), blank=True)

    class Meta:
        ordering = ["cutoff_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ban", "name"], name="waves_of_a_ban_have_different_names"),
            models.UniqueConstraint(fields=["id", "ban"], name="waves_name_their_ban"),
            models.CheckConstraint(condition=~Q(name=""), name="waves_have_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def set_cutoff(self, day: date, at: time) -> None:
        """Set what the clocks of the ban's zone show, and the instant with it. The caller saves."""
        self.cutoff_date, self.cutoff_time = day, at
        self.cutoff_at = zones.instant(day, at, self.ban.cutoff_zone)

    @property
    def decision(self) -> "WaveDecision | None":
        """The word in force: go, no go, or none yet. Reads what was prefetched."""
        return max(self.decisions.all(), key=lambda said: said.pk, default=None)


class WaveTeam(models.Model):
    """A team that a wave names: with all below it that no other wave names nearer."""

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="wave_teams")
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="teams")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ban", "team"], name="a_team_is_in_one_wave_of_a_ban")]

    def __str__(self) -> str:
        return f"{self.team_id} in {self.wave_id}"


class WaveDecision(models.Model):
    """Go or no go: who said it of a wave, when, and why. The newest is in force; none is ever changed."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="decisions")
    go = models.BooleanField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    words = models.TextField()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="go_and_no_go_say_why")]

    def __str__(self) -> str:
        return f"{'go' if self.go else 'no go'} for {self.wave_id}"
