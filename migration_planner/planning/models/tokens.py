from hashlib import sha256

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User

#: Scanners for secrets recognise a token of ours by it.
PREFIX = "mplan_"
#: A token ends after a year at the latest.
MOST_DAYS = 365


class AccessToken(models.Model):
    """What a program shows to use the interface, for one purpose and until a day. A secret; here stands its digest alone.

    A token is 256 random bits, so that a plain digest of it cannot be guessed backwards.
    """

    class Scope(models.TextChoices):
        SIGNALS = "signals", _("send signals")

    name = models.CharField(_("what it is for"), max_length=120)
    scope = models.CharField(max_length=20, choices=Scope)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="tokens_end_after_they_begin"),
            models.CheckConstraint(condition=~Q(name=""), name="tokens_say_what_they_are_for"),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(token: str) -> str:
        return sha256(token.encode("utf-8", "replace")).hexdigest()
