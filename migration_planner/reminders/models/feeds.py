from hashlib import sha256

from django.db import models
from django.db.models import Q

from migration_planner.people.models import Team, User


class FeedQuerySet(models.QuerySet["Feed"]):
    def open(self) -> "FeedQuerySet":
        """Those a calendar can still read."""
        return self.filter(revoked_at__isnull=True)

    def at(self, token: str) -> "FeedQuerySet":
        """The open feed behind this token, of somebody who is still here."""
        return self.open().filter(digest=Feed.digest_of(token), person__is_active=True)


class Feed(models.Model):
    """An address at which calendars read somebody's deadlines without signing in: their own, or those of a team they lead.

    The address is a secret that is kept by nobody but the calendar; here stands its digest alone. A token is 256 random
    bits, so that a plain digest of it cannot be guessed backwards.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="feeds")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "team"],
                condition=Q(revoked_at__isnull=True),
                nulls_distinct=False,
                name="one_open_feed_per_person_and_team",
            )
        ]

    def __str__(self) -> str:
        return f"feed of {self.person_id} for {self.team_id or 'themselves'}"

    @staticmethod
    def digest_of(token: str) -> str:
        return sha256(token.encode("utf-8", "replace")).hexdigest()
