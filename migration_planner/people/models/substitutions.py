"""Who stands in for a lead, and when: with the lead's rights over one team and all below it, and no others."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from migration_planner.people.models.users import Membership, Team, User


class SubstitutionQuerySet(models.QuerySet["Substitution"]):
    def of_leads(self) -> "SubstitutionQuerySet":
        """Those between people who are here, of somebody who leads the team itself."""
        leads = Membership.objects.filter(user=OuterRef("lead"), team=OuterRef("team"), role=Membership.Role.LEAD)
        return self.filter(Exists(leads), lead__is_active=True, substitute__is_active=True)

    def standing(self, now: datetime) -> "SubstitutionQuerySet":
        """Those that are in force or to come."""
        return self.filter(ended_at__isnull=True, until_at__gt=now)


class Substitution(models.Model):
    """A substitute has a lead's rights over a team and all below it, from the first day to the last on the lead's calendar."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="substitutions")
    lead = models.ForeignKey(User, on_delete=models.PROTECT, related_name="substitutions")
    substitute = models.ForeignKey(User, on_delete=models.PROTECT, related_name="stands_in")
    first = models.DateField()
    last = models.DateField()
    #: Whose days these are, and their instants: the first moment, and the one at which it is over.
    zone = models.CharField(max_length=64)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)

    objects = SubstitutionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(lead=F("substitute")), name="nobody_stands_in_for_themselves"),
            models.CheckConstraint(condition=~Q(substitute=F("made_by")), name="nobody_makes_themselves_a_substitute"),
            models.CheckConstraint(
                condition=Q(first__lte=F("last")) & Q(from_at__lt=F("until_at")),
                name="substitutions_begin_before_they_end",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="substitutions_ended_early_say_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.substitute_id} for {self.lead_id} in {self.team_id}"
