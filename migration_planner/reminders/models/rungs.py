from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from migration_planner.planning.models import Ban

#: No rung lies further from the cutoff: a year of days, the working days of it, two weeks of hours.
MOST_DAYS, MOST_WORKDAYS, MOST_HOURS = 365, 250, 336


class Rung(models.Model):
    """One line of a ban's own ladder: when who hears from us, about whom. A ban without any follows a default (ladder.py)."""

    class Anchor(models.TextChoices):
        PUBLISHING = "publishing", _("at publishing")
        BEFORE = "before", _("days before the cutoff")
        WORKDAYS_BEFORE = "workdays_before", _("working days before the cutoff")
        HOURS_BEFORE = "hours_before", _("hours before the cutoff")
        ON_THE_DAY = "on_the_day", _("on the day of the cutoff")
        AFTER = "after", _("days after the cutoff")
        WORKDAYS_AFTER = "workdays_after", _("working days after the cutoff")
        WEEKLY = "weekly", _("every week after the cutoff")
        SHARE = "share", _("share of the time from publishing to the cutoff")
        LAST_DAY = "last_day", _("in the last 24 hours")

    class Audience(models.TextChoices):
        """Whose state gives the reason for the reminder."""

        UNFINISHED = "unfinished", _("everybody unfinished")
        NOT_STARTED = "not_started", _("who has not started")
        BLOCKED = "blocked", _("who is blocked")
        TEAM_STEPS = "team_steps", _("teams with open team steps")

    class Recipient(models.TextChoices):
        """Who reads it: the person, or who is told of them."""

        PERSON = "person", _("the person")
        LEAD = "lead", _("the lead of the team")
        MANAGER = "manager", _("the line manager")

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="rungs")
    anchor = models.CharField(max_length=16, choices=Anchor)
    #: Days, hours, or percent of the window, or the first day of the weekly rung; 0 where the anchor needs no number.
    amount = models.PositiveSmallIntegerField(default=0)
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.UNFINISHED)
    recipient = models.CharField(max_length=8, choices=Recipient, default=Recipient.PERSON)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ban", "anchor", "amount", "audience", "recipient"], name="a_rung_stands_once_in_a_ladder"
            ),
            models.CheckConstraint(
                condition=Q(anchor__in=["before", "after", "weekly"], amount__gte=1, amount__lte=MOST_DAYS)
                | Q(anchor__in=["workdays_before", "workdays_after"], amount__gte=1, amount__lte=MOST_WORKDAYS)
                | Q(anchor="hours_before", amount__gte=1, amount__lte=MOST_HOURS)
                | Q(anchor="share", amount__gte=1, amount__lte=99)
                | Q(anchor__in=["publishing", "on_the_day", "last_day"], amount=0),
                name="rungs_have_the_amount_their_anchor_needs",
            ),
            models.CheckConstraint(
                condition=~Q(anchor="publishing") | Q(audience="unfinished", recipient="person"),
                name="the_announcement_is_for_everybody",
            ),
            models.CheckConstraint(
                condition=~Q(audience="team_steps") | Q(recipient="lead"), name="leads_hear_of_team_steps"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """What a reminder calls its rung, the same for the same rung of every ban: "before-3", "before-3/blocked/lead"."""
        when = f"{self.anchor}-{self.amount}" if self.amount else str(self.anchor)
        if self.recipient != self.Recipient.PERSON:
            return f"{when}/{self.audience}/{self.recipient}"
        return when if self.audience == self.Audience.UNFINISHED else f"{when}/{self.audience}"

    @classmethod
    def of_key(cls, key: str) -> "Rung | None":
        """The rung that a reminder calls by `key`; None for one of a kind that is no more."""
        when, audience, recipient = [*key.split("/"), "", ""][:3]
        anchor, _dash, amount = when.partition("-")
        if anchor not in cls.Anchor.values or (amount and not amount.isdecimal()):
            return None
        who = {"audience": audience or cls.Audience.UNFINISHED, "recipient": recipient or cls.Recipient.PERSON}
        rung = cls(anchor=anchor, amount=int(amount or 0), **who)
        return rung if rung.key == key else None

    @property
    def role(self) -> str:
        """Whom it reaches, as one word: "blocked/lead"."""
        return role_of(self.key)

    def words(self) -> str:
        """The rung as a person says it: when, and who hears of whom where that is not everybody of themselves."""
        who = {
            ("not_started", "person"): _t("to who has not started"),
            ("blocked", "person"): _t("to who is blocked"),
            ("unfinished", "lead"): _t("to leads, of their unfinished people"),
            ("not_started", "lead"): _t("to leads, of who has not started"),
            ("blocked", "lead"): _t("to leads, of who is blocked"),
            ("team_steps", "lead"): _t("to leads, of open team steps"),
            ("unfinished", "manager"): _t("to line managers, of their unfinished people"),
            ("not_started", "manager"): _t("to line managers, of who has not started"),
            ("blocked", "manager"): _t("to line managers, of who is blocked"),
        }.get((str(self.audience), str(self.recipient)))
        return _t("%(when)s, %(who)s") % {"when": self.when(), "who": who} if who else self.when()

    def when(self) -> str:
        number = self.amount
        plural = {
            self.Anchor.BEFORE: ngettext("%(n)d day before", "%(n)d days before", number),
            self.Anchor.AFTER: ngettext("%(n)d day after", "%(n)d days after", number),
            self.Anchor.WORKDAYS_BEFORE: ngettext("%(n)d working day before", "%(n)d working days before", number),
            self.Anchor.WORKDAYS_AFTER: ngettext("%(n)d working day after", "%(n)d working days after", number),
            self.Anchor.HOURS_BEFORE: ngettext("%(n)d hour before", "%(n)d hours before", number),
            self.Anchor.WEEKLY: _t("every week from day %(n)d after"),
            self.Anchor.SHARE: _t("after %(n)d%% of the time"),
        }
        words = plural.get(self.Anchor(self.anchor))
        return words % {"n": number} if words else str(self.Anchor(self.anchor).label)


def role_of(key: str) -> str:
    """Whom a rung with this key reaches: "unfinished/person", "blocked/lead", …"""
    _when, audience, recipient = [*key.split("/"), "", ""][:3]
    return f"{audience or Rung.Audience.UNFINISHED}/{recipient or Rung.Recipient.PERSON}"
