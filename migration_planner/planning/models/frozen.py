from django.db import models

from migration_planner.people.models import Team
from migration_planner.planning.models.bans import Ban
from migration_planner.planning.models.checklists import Checklist


class AtCutoff(models.Model):
    """How a ban stood at the instant of its cutoff, written by the clock soon after it and never changed.

    A ban whose cutoff was moved after it had passed has one for each.
    """

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="at_cutoffs")
    cutoff_at = models.DateTimeField()
    frozen_at = models.DateTimeField()
    people = models.PositiveIntegerField()
    started = models.PositiveIntegerField()
    blocked = models.PositiveIntegerField()
    waived = models.PositiveIntegerField()
    done = models.PositiveIntegerField()
    verified = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ban", "cutoff_at"], name="one_state_per_cutoff"),
            models.CheckConstraint(
                condition=models.Q(frozen_at__gte=models.F("cutoff_at")), name="a_cutoff_is_frozen_after_it_has_passed"
            ),
        ]
        get_latest_by = "cutoff_at"

    def __str__(self) -> str:
        return f"{self.ban_id} at {self.cutoff_at}"


class TeamAtCutoff(models.Model):
    """A team with all below it at the cutoff."""

    at_cutoff = models.ForeignKey(AtCutoff, on_delete=models.CASCADE, related_name="teams")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    path = models.TextField(db_collation="C")
    people = models.PositiveIntegerField()
    started = models.PositiveIntegerField()
    blocked = models.PositiveIntegerField()
    waived = models.PositiveIntegerField()
    done = models.PositiveIntegerField()
    verified = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["at_cutoff", "path"], name="one_team_per_cutoff")]

    def __str__(self) -> str:
        return f"{self.path} at {self.at_cutoff_id}"


class PersonAtCutoff(models.Model):
    """One person's checklist at the cutoff, and the path of the team they were counted in."""

    at_cutoff = models.ForeignKey(AtCutoff, on_delete=models.CASCADE, related_name="people_rows")
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="+", db_index=False)
    path = models.TextField(db_collation="C")
    state = models.CharField(max_length=12, choices=Checklist.State)
    finished_steps = models.PositiveSmallIntegerField()
    asked_steps = models.PositiveSmallIntegerField()
    is_verified = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["at_cutoff", "checklist"], name="one_person_per_cutoff"),
            models.CheckConstraint(condition=~models.Q(state="stopped"), name="only_counted_people_are_frozen"),
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id} at {self.at_cutoff_id}"
