from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from migration_planner.planning.models import Ban


class Rung(models.Model):
    """One line of a ban's own ladder: when people hear from us. A ban without any follows the default (see ladder.py)."""

    class Anchor(models.TextChoices):
        PUBLISHING = "publishing", _("at publishing")
        BEFORE = "before", _("days before the cutoff")
        ON_THE_DAY = "on_the_day", _("on the day of the cutoff")
        AFTER = "after", _("days after the cutoff")
        WEEKLY = "weekly", _("every week after the cutoff")
        SHARE = "share", _("share of the time from publishing to the cutoff")
        LAST_DAY = "last_day", _("in the last 24 hours")

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="rungs")
    anchor = models.CharField(max_length=12, choices=Anchor)
    #: Days, or percent of the window, or the first day of the weekly rung; 0 where the anchor needs no number.
    amount = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ban", "anchor", "amount"], name="a_rung_stands_once_in_a_ladder"),
            models.CheckConstraint(
                condition=Q(anchor__in=["before", "after", "weekly"], amount__gte=1, amount__lte=365)
                | Q(anchor="share", amount__gte=1, amount__lte=99)
                | Q(anchor__in=["publishing", "on_the_day", "last_day"], amount=0),
                name="rungs_have_the_amount_their_anchor_needs",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """What a reminder calls its rung; the same for the same rung of every ban."""
        return f"{self.anchor}-{self.amount}" if self.amount else str(self.anchor)

    def words(self) -> str:
        """The rung as a person says it."""
        plural = {
            self.Anchor.BEFORE: ngettext("%(n)d day before", "%(n)d days before", self.amount),
            self.Anchor.AFTER: ngettext("%(n)d day after", "%(n)d days after", self.amount),
            self.Anchor.WEEKLY: _t("every week from day %(n)d after"),
            self.Anchor.SHARE: _t("after %(n)d%% of the time"),
        }
        words = plural.get(self.Anchor(self.anchor))
        return words % {"n": self.amount} if words else str(self.Anchor(self.anchor).label)
