from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User, below, below_any
from migration_planner.planning import behalf
from migration_planner.planning.models.bans import Ban
from migration_planner.planning.models.checklists import Checklist
from migration_planner.planning.models.steps import Step

#: A reason, a control and an answer are read by people who decide; whatever is longer belongs behind a link.
WORDS_LENGTH = 2000
PATH = "checklist__migration__path"
PENDING = ["requested", "questioned"]
#: What may only be said by somebody whom the waiver is not about, and who has not asked for it.
BY_OTHERS = ["approved", "refused", "questioned"]


class WaiverQuerySet(models.QuerySet["Waiver"]):
    def pending(self) -> "WaiverQuerySet":
        """Asked for and not decided, or sent back with a question."""
        return self.filter(state__in=PENDING)

    def granted(self) -> "WaiverQuerySet":
        return self.filter(state=Waiver.State.GRANTED)

    def asked_or_granted(self) -> "WaiverQuerySet":
        """What stops an escalation: see `Checklist.objects.with_waiver()` and `planning/waived.py` for the same as SQL."""
        return self.filter(state__in=[*PENDING, Waiver.State.GRANTED])

    def once_granted(self) -> "WaiverQuerySet":
        return self.filter(granted_at__isnull=False)

    def below(self, path: str) -> "WaiverQuerySet":
        return self.filter(below(path, field="checklist__migration__path"))

    def visible_to(self, user: User) -> "WaiverQuerySet":
        """About oneself, asked for by oneself, of people one leads or is line manager of; all of bans one runs or audits."""
        if user.sees_everything:
            return self
        led = below_any(user.led_paths, field="checklist__migration__path")
        mine = Q(person=user) | Q(requested_by=user) | Q(person__line_manager=user)
        return self.filter(mine | led | _runs(user))

    def to_decide_by(self, user: User) -> "WaiverQuerySet":
        """Those that wait for this very person: at the level they have, about somebody else, asked for by somebody else.

        Owners decide last and only there, and nobody decides about a waiver twice. A substitute decides about nothing that the
        lead could not: neither of a waiver of that lead, nor one they have asked for.
        """
        led = _led(user)
        before = Q(level=Waiver.Level.LEAD) & led | Q(level=Waiver.Level.MANAGER, person__line_manager=user)
        runs = _runs(user)
        asked = self.filter(state=Waiver.State.REQUESTED, ban__state=Ban.State.PUBLISHED)
        asked = asked.exclude(checklist__state__in=[Checklist.State.STOPPED, Checklist.State.DONE])
        said = WaiverDecision.objects.filter(waiver=OuterRef("pk"), by=user, verdict=WaiverDecision.Verdict.APPROVED)
        others = asked.exclude(person=user).exclude(requested_by=user).exclude(Exists(said))
        return others.filter(Q(level=Waiver.Level.OWNER) & runs | before & ~runs)

    def shown(self) -> "WaiverQuerySet":
        """With what a list of waivers prints."""
        return self.select_related(
            "person", "requested_by", "requested_for", "checklist__migration", "ban__tool", "ban__replacement"
        )


def _led(user: User) -> Q:
    """Of people whom the reader leads, or in the place of a lead whom it does not concern."""
    found = below_any(user.own_led_paths, field=PATH)
    for each in user.leaderships:
        if each.lead_id is not None:
            found |= below(each.path, field=PATH) & ~Q(person=each.lead_id) & ~Q(requested_by=each.lead_id)
    return found


def _runs(user: User) -> Q:
    return Q(Exists(Ban.owners.through.objects.filter(ban=OuterRef("ban"), user=user)))


class Waiver(models.Model):
    """Permission for one person to go on with a banned tool until a date. It always ends, and nobody approves their own."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("asked for")
        QUESTIONED = "questioned", _("sent back with a question")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")
        REVOKED = "revoked", _("revoked")
        TAKEN_BACK = "taken_back", _("taken back")
        LAPSED = "lapsed", _("not decided in time")
        EXTENDED = "extended", _("extended")
        EXPIRED = "expired", _("over")

    class Level(models.TextChoices):
        """Who decides; a ban with one level has owners alone, with two leads before them, with three line managers in between."""

        LEAD = "lead", _("a lead of the team")
        MANAGER = "manager", _("the line manager")
        OWNER = "owner", _("an owner of the ban")

    class Reason(models.TextChoices):
        NO_EQUIVALENT = "no_equivalent", _("the replacement cannot do it yet")
        NO_ACCESS = "no_access", _("no licence or access to the replacement")
        COMMITMENT = "commitment", _("a delivery or a promise to a customer")
        OBSTACLE = "obstacle", _("a technical obstacle")
        ABSENCE = "absence", _("a long absence")
        OTHER = "other", _("something else")

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="waivers")
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="waivers")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="waivers")
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    #: The lead in whose place a substitute has asked on behalf of the person.
    requested_for = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    requested_at = models.DateTimeField()
    reason = models.CharField(_("reason"), max_length=16, choices=Reason)
    words = models.TextField(_("reason in words"))
    #: What keeps the risk small meanwhile.
    control = models.TextField(_("compensating control"))
    #: For everything, or for `steps` alone.
    for_all = models.BooleanField()
    steps = models.ManyToManyField(Step, related_name="+", blank=True)

    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    #: Who decides next; the levels it has to pass are those of the ban when it was asked for.
    level = models.CharField(max_length=8, choices=Level)
    levels = models.PositiveSmallIntegerField()
    #: The last day, on the person's calendar, and the instant at which it is over. `asked_until` is what was asked for.
    asked_until = models.DateField()
    until = models.DateField()
    until_at = models.DateTimeField()
    #: The end that the ban's rules allow at most, as they were when it was asked for.
    latest_at = models.DateTimeField()
    #: How many waivers this checklist was granted before; the one in force then, if there was one.
    extension = models.PositiveSmallIntegerField(default=0)
    extends = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="extended_by")
    granted_at = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = WaiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checklist"], condition=Q(state__in=PENDING), name="one_request_for_a_waiver_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["checklist"], condition=Q(state="granted"), name="one_waiver_in_force_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["id", "person", "requested_by"], name="waivers_name_their_person_and_asker"
            ),
            models.CheckConstraint(condition=Q(until_at__gt=F("requested_at")), name="waivers_end_after_they_begin"),
            models.CheckConstraint(
                condition=Q(until_at__lte=F("latest_at")), name="no_waiver_is_longer_than_its_ban_allows"
            ),
            models.CheckConstraint(
                condition=Q(until__lte=F("asked_until")), name="no_waiver_is_longer_than_it_was_asked_for"
            ),
            models.CheckConstraint(condition=Q(levels__range=(1, 3)), name="waivers_pass_one_to_three_levels"),
            models.CheckConstraint(condition=~Q(words="") & ~Q(control=""), name="waivers_say_why_and_what_is_done"),
            models.CheckConstraint(
                condition=Q(state__in=["granted", "revoked", "extended", "expired"], granted_at__isnull=False)
                | Q(state__in=["requested", "questioned", "refused", "taken_back", "lapsed"], granted_at__isnull=True),
                name="waivers_say_when_they_were_granted",
            ),
            models.CheckConstraint(
                condition=Q(granted_at__isnull=True, granted_by__isnull=True)
                | Q(granted_at__isnull=False, granted_by__isnull=False),
                name="waivers_say_who_granted_them",
            ),
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("person")) & ~Q(granted_by=F("requested_by")),
                name="nobody_grants_their_own_waiver",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "questioned", "granted"], ended_at__isnull=True)
                | Q(~Q(state__in=["requested", "questioned", "granted"]), ended_at__isnull=False),
                name="waivers_that_are_over_say_when",
            ),
        ]
        indexes = [
            models.Index(fields=["ban", "state", "until_at"], name="waivers_of_a_ban"),
            models.Index(
                fields=["until_at"], condition=Q(state__in=["requested", "questioned", "granted"]), name="waivers_to_end"
            ),
            models.Index(fields=["level", "ban"], condition=Q(state="requested"), name="waivers_to_decide"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"waiver of {self.person_id} for {self.ban_id} until {self.until}"

    @property
    def requested_by_names(self) -> str:
        return behalf.names(self.requested_by.name, self.requested_for.name if self.requested_for else None)

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING

    @property
    def is_in_force(self) -> bool:
        return self.state == self.State.GRANTED

    @property
    def is_on_behalf(self) -> bool:
        return self.requested_by_id != self.person_id

    def chain(self) -> "list[Waiver.Level]":
        """The levels it has to pass, in their order."""
        return chain(self.levels)

    def in_history(self) -> dict[str, Any]:
        return {"ban_id": self.ban_id, "checklist_id": self.checklist_id, "person_id": self.person_id}


def chain(levels: int) -> list[Waiver.Level]:
    """Owners are always last: one level is theirs alone, two begin with a lead, three have the line manager in between."""
    before = [Waiver.Level.LEAD, Waiver.Level.MANAGER][: levels - 1]
    return [*before, Waiver.Level.OWNER]


class WaiverDecision(models.Model):
    """One word that was said about a waiver: an approval, a question and its answer, a refusal, a revocation."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", _("approved")
        QUESTIONED = "questioned", _("asked")
        ANSWERED = "answered", _("answered")
        REFUSED = "refused", _("refused")
        REVOKED = "revoked", _("revoked")
        TAKEN_BACK = "taken_back", _("took it back")
        PASSED = "passed", _("passed on: nobody could decide")

    waiver = models.ForeignKey(Waiver, on_delete=models.PROTECT, related_name="decisions")
    #: Copied from the waiver (a foreign key over all three holds them true), so that the database can refuse one's own.
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=Waiver.Level)
    verdict = models.CharField(max_length=10, choices=Verdict)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: The lead in whose place a substitute has decided.
    acted_for = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    words = models.TextField(blank=True)
    #: The last day it was approved for, when that is shorter than before.
    until = models.DateField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["waiver", "level"], condition=Q(verdict="approved"), name="each_level_approves_once"
            ),
            models.UniqueConstraint(
                fields=["waiver", "by"], condition=Q(verdict="approved"), name="nobody_approves_at_two_levels"
            ),
            models.CheckConstraint(
                condition=~Q(verdict__in=BY_OTHERS) | ~Q(by=F("person")) & ~Q(by=F("asker")),
                name="nobody_decides_about_their_own_waiver",
            ),
            models.CheckConstraint(
                condition=Q(verdict="passed", by__isnull=True) | ~Q(verdict="passed") & Q(by__isnull=False),
                name="decisions_say_who_decided",
            ),
            models.CheckConstraint(
                condition=~Q(verdict__in=["questioned", "answered", "refused", "revoked"]) | ~Q(words=""),
                name="decisions_against_a_waiver_say_why",
            ),
            models.CheckConstraint(
                condition=Q(acted_for__isnull=True) | ~Q(acted_for=F("by")) & ~Q(acted_for=F("person")),
                name="nobody_decides_in_their_own_place",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="decisions_by_time")]

    def __str__(self) -> str:
        return f"{self.verdict} {self.waiver_id}"

    @property
    def by_names(self) -> str:
        """Who has said it; a substitute with the lead's name, and nothing when nobody could."""
        return behalf.names(self.by.name if self.by else "", self.acted_for.name if self.acted_for else None)


def last_moment(now: datetime, deadline: datetime, days: int) -> datetime:
    """The latest end of a waiver asked for `now`: so many days beyond the deadline, or beyond today when that has passed."""
    return max(now, deadline) + timedelta(days=days)
