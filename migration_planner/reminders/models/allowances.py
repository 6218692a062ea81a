from django.db import models
from django.db.models import Q


class Quota(models.Model):
    """How many mails were claimed in a few minutes of the database's clock: what a limit for each day is reckoned from."""

    slot = models.DateTimeField(primary_key=True)
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.used} from {self.slot}"


class Allowance(models.Model):
    """How many more mails may go just now: over the account (no domain), or to one recipient domain. A token bucket."""

    domain = models.CharField(max_length=255, primary_key=True)
    #: What was left at `at`; it has grown since at the pace of the limit, up to the burst.
    left = models.FloatField()
    #: On the database's clock.
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(left__gte=0), name="an_allowance_is_never_overdrawn")]

    def __str__(self) -> str:
        return f"{self.left:.1f} left for {self.domain or 'the account'}"
