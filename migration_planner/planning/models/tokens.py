from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User

#: Scanners for secrets recognise a token of ours by it.
PREFIX = "mplan_"
#: A token ends after so many days unless somebody chooses otherwise, and after a year at the latest.
DAYS, MOST_DAYS = 90, 365
#: So many may be open for one person at a time.
MOST_OPEN = 20


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def open(self, *, now: datetime) -> "AccessTokenQuerySet":
        """Those that still let somebody in."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now, made_by__is_active=True)

    def visible_to(self, user: User) -> "AccessTokenQuerySet":
        """One's own; those of everybody for administrators and auditors, who see what they may do and when they were used."""
        return self if user.sees_everything else self.filter(made_by=user)


class AccessToken(models.Model):
    """What a program shows to act for the person who made it, within its scopes and until a day. Its digest alone stands here.

    It never gives more than that person may do in the moment of the request, and ends when they leave.
    """

    class Scope(models.TextChoices):
        """What a token is for; each stands for itself."""

        READ = "read", _("read what you may see")
        MARKS = "marks", _("do your own part: marks, acknowledgements, waivers you ask for, preferences")
        MANAGE = "manage", _("do what you may do for others: bans, teams, waves, waivers, gaps, roster, catalogue")
        REPORTS = "reports", _("send reports of scans for your teams")
        SIGNALS = "signals", _("send signals of use")

    name = models.CharField(_("what it is for"), max_length=120)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    #: The first characters, to tell tokens apart; empty for those made before they were kept.
    begins = models.CharField(max_length=20, blank=True)
    #: See lib/tokens.py.
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_tokens")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="tokens_end_after_they_begin"),
            models.CheckConstraint(condition=~Q(name=""), name="tokens_say_what_they_are_for"),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="tokens_have_a_scope"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_words(self) -> list[str]:
        return [str(self.Scope(scope).label) for scope in self.scopes]
