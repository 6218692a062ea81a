from datetime import date, datetime, time, timedelta

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Membership, Team, User, below_any
from migration_planner.planning import locks
from migration_planner.planning.models.events import Event
from migration_planner.planning.models.steps import Step
from migration_planner.planning.models.tools import Tool

#: A ban that was ended by mistake can be taken up again for this long.
REOPEN_WITHIN = timedelta(days=1)
#: The longest snooze an owner can allow.
MOST_SNOOZE_DAYS = 7
#: How many days without use can be asked for, at most.
MOST_QUIET_DAYS = 90
#: The longest waiver, in days beyond the deadline, and the most extensions that the rules of a ban can allow.
MOST_WAIVER_DAYS, MOST_EXTENSIONS = 365, 6
#: Cutoffs beyond these are typing mistakes.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)
#: The fields that `Ban.set_cutoff` sets.
CUTOFF = ["cutoff_date", "cutoff_time", "cutoff_zone", "cutoff_at"]


class BanQuerySet(models.QuerySet["Ban"]):
    def live(self) -> "BanQuerySet":
        return self.filter(state=Ban.State.PUBLISHED)

    def drafts(self) -> "BanQuerySet":
        return self.filter(state=Ban.State.DRAFT)

    def run_by(self, user: User) -> "BanQuerySet":
        return self.filter(Exists(Ban.owners.through.objects.filter(ban=OuterRef("pk"), user=user)))

    def visible_to(self, user: User) -> "BanQuerySet":
        """Bans one runs or audits, in every state; else those, past the draft, that ask something of oneself or one's teams."""
        if user.sees_everything:
            return self.kept()
        mine = Q(migrations__team__in=Membership.objects.filter(user=user).values("team"))
        led = below_any(user.led_paths, field="migrations__path")
        touches = Q(pk__in=user.checklists.values("ban")) | Q(pk__in=Ban.objects.filter(mine | led).values("pk"))
        runs = Q(pk__in=Ban.owners.through.objects.filter(user=user).values("ban"))
        return self.kept().filter(runs | (~Q(state=Ban.State.DRAFT) & touches))

    def kept(self) -> "BanQuerySet":
        """All but discarded drafts, which stay for history alone."""
        return self.exclude(state=Ban.State.DISCARDED)


class Ban(models.Model):
    """The decision that a tool may no longer be used, and the organisation's move to its replacement."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        CLOSED = "closed", _("closed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        DISCARDED = "discarded", _("discarded")

    class RiskClass(models.TextChoices):
        LOW = "low", _("low")
        MEDIUM = "medium", _("medium")
        HIGH = "high", _("high")
        CRITICAL = "critical", _("critical")

    tool = models.ForeignKey(Tool, on_delete=models.PROTECT, related_name="bans", verbose_name=_("tool"))
    replacement = models.ForeignKey(Tool, on_delete=models.PROTECT, related_name="+", verbose_name=_("replacement"))
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    reason = models.TextField(_("stated reason"), blank=True)
    reason_source = models.CharField(_("source of the reason"), max_length=500, blank=True)
    risk_class = models.CharField(_("risk class"), max_length=12, choices=RiskClass, default=RiskClass.HIGH)
    help = models.TextField(_("who helps"), blank=True)
    playbook = models.CharField(max_length=80)
    playbook_version = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    owners = models.ManyToManyField(User, related_name="bans", verbose_name=_("owners"))

    # The cutoff is what the clocks in its zone show; the instant is kept beside it for every comparison.
    cutoff_date = models.DateField(_("cutoff date"), null=True, blank=True)
    cutoff_time = models.TimeField(_("cutoff time"), null=True, blank=True)
    cutoff_zone = models.CharField(_("time zone of the cutoff"), max_length=64, default="UTC")
    cutoff_at = models.DateTimeField(null=True, editable=False)

    #: How many required steps each person, and each team, has to finish; kept by `count_steps`.
    required_steps = models.PositiveSmallIntegerField(default=0)
    required_team_steps = models.PositiveSmallIntegerField(default=0)
    #: How many of the required steps of each person a clean scan verifies.
    verifiable_steps = models.PositiveSmallIntegerField(default=0)

    #: For how many days people may put their own reminders off at a time; 0 for not at all.
    snooze_days = models.PositiveSmallIntegerField(_("days of a snooze"), default=3)

    #: So many days without use of the old tool end a relapse.
    quiet_days = models.PositiveSmallIntegerField(_("quiet days"), default=14)
    #: Waivers: how many levels decide, how many days beyond the deadline they may last, how often they may be extended.
    waiver_levels = models.PositiveSmallIntegerField(_("levels that decide"), default=1, db_default=1)
    waiver_days = models.PositiveSmallIntegerField(_("days beyond the deadline"), default=30, db_default=30)
    waiver_extensions = models.PositiveSmallIntegerField(_("extensions"), default=2, db_default=2)

    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = BanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "discarded"], published_at__isnull=True)
                | Q(~Q(state__in=["draft", "discarded"]), published_at__isnull=False, cutoff_at__isnull=False),
                name="published_bans_have_a_cutoff",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published"], ended_at__isnull=True)
                | Q(state__in=["closed", "withdrawn", "discarded"], ended_at__isnull=False),
                name="ended_bans_say_when",
            ),
            models.CheckConstraint(
                condition=Q(cutoff_at__isnull=True) | Q(cutoff_date__isnull=False, cutoff_time__isnull=False),
                name="the_cutoff_is_a_local_date_and_time",
            ),
            models.CheckConstraint(condition=Q(snooze_days__lte=MOST_SNOOZE_DAYS), name="snoozes_last_a_week_at_most"),
            models.CheckConstraint(condition=Q(quiet_days__range=(1, 90)), name="quiet_days_are_one_to_ninety"),
            models.CheckConstraint(
                condition=Q(waiver_levels__range=(1, 3))
                & Q(waiver_days__range=(1, MOST_WAIVER_DAYS))
                & Q(waiver_extensions__lte=MOST_EXTENSIONS),
                name="waivers_are_capped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tool} → {self.replacement}"

    @property
    def is_live(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def standing(self) -> str:
        """The state it is in and what can be done in it, in a sentence: for whoever wanted something that does not fit."""
        again = _t("It can be reopened within a day of its end; after that, draft a new ban.")
        return {
            self.State.DRAFT: _t(
                "This ban is still a draft. Change it there and publish it; nobody is bound by it yet."
            ),
            self.State.PUBLISHED: _t("This ban is in force. Change it with a reason, close it, or withdraw it."),
            self.State.CLOSED: _t("This ban was closed, so nothing of it changes any more.") + f" {again}",
            self.State.WITHDRAWN: _t("This ban was withdrawn, so nothing of it changes any more.") + f" {again}",
            self.State.DISCARDED: _t("This draft was discarded. Draft a new ban."),
        }[self.State(self.state)]

    @property
    def minutes(self) -> int:
        """How long the required steps of one person take together."""
        asked = self.steps.live().per_person().filter(required=True)
        return int(asked.aggregate(sum=Sum("minutes"))["sum"] or 0)

    @property
    def scope(self) -> "ScopeStatement | None":
        """The scope statement in force: its newest version."""
        return self.scope_statements.order_by("-version").first()

    def set_cutoff(self, day: date, at: time, zone: str) -> None:
        """Set what the clocks show, and the instant with it. The caller saves `CUTOFF`.

        Raises DomainError for a zone that does not exist and for a day too far away to be meant.
        """
        if zone not in zones.known_zones():
            raise DomainError(
                _t("“%(zone)s” is not a time zone. Write one like Europe/Berlin or Asia/Shanghai.") % {"zone": zone}
            )
        if not FIRST_DAY <= day <= LAST_DAY:
            raise DomainError(_t("The year of the cutoff cannot be meant. Check the date."))
        self.cutoff_date, self.cutoff_time, self.cutoff_zone = day, at, zone
        self.cutoff_at = zones.instant(day, at, zone)

    def keep_waves_in_zone(self) -> None:
        """What the clocks show at the end of a wave stays; its instant follows the zone of the cutoff."""
        for wave in self.waves.all():
            wave.ban = self
            wave.set_cutoff(wave.cutoff_date, wave.cutoff_time)
            wave.save(update_fields=["cutoff_at"])

    def audience(self) -> Q:
        """Teams of the audience as a condition over `Team`: the chosen ones with all below, minus the excluded with all below."""
        rows = list(self.audience_teams.values_list("team__path", "excluded"))
        chosen = below_any([path for path, excluded in rows if not excluded])
        left_out = [path for path, excluded in rows if excluded]
        return chosen & ~below_any(left_out) if left_out else chosen

    def count_steps(self) -> None:
        """Bring the numbers of required steps up to date with the steps as they stand."""
        live = self.steps.live().filter(required=True)
        self.required_steps = live.filter(per=Step.Per.PERSON).count()
        self.required_team_steps = live.filter(per=Step.Per.TEAM).count()
        self.verifiable_steps = live.filter(per=Step.Per.PERSON, scan=Step.Scan.CLEAN).count()
        self.save(update_fields=["required_steps", "required_team_steps", "verifiable_steps"])

    def write_scope(self, text: str, *, by: User, now: datetime) -> "ScopeStatement | None":
        """Put a new version of the scope statement in force; None when the words are the same as before."""
        clean, current = text.strip(), self.scope
        if current and current.text == clean:
            return None
        return self.scope_statements.create(
            version=current.version + 1 if current else 1, text=clean, written_by=by, written_at=now
        )

    @transaction.atomic
    def close(self, *, by: User, now: datetime, why: str = "") -> None:
        """End the ban as carried out: checklists freeze and mail stops."""
        self._end(Ban.State.CLOSED, Event.Verb.CLOSED, by=by, now=now, why=why)

    @transaction.atomic
    def withdraw(self, *, by: User, now: datetime, why: str) -> None:
        """Lift the ban: checklists freeze, mail stops, and everybody who had a checklist is told once."""
        if not why.strip():
            raise DomainError(_t("Say why the ban is withdrawn; everybody will read it."))
        self._end(Ban.State.WITHDRAWN, Event.Verb.WITHDRAWN, by=by, now=now, why=why.strip())

    def _end(self, state: "Ban.State", verb: Event.Verb, *, by: User, now: datetime, why: str) -> None:
        locks.hold_ban_alone(self.pk)
        changed = Ban.objects.filter(pk=self.pk, state=Ban.State.PUBLISHED).update(state=state, ended_at=now)
        if not changed:
            self.refresh_from_db(fields=["state"])
            raise DomainError(self.standing)
        self.state, self.ended_at = state, now
        Event.record(verb, by=by, now=now, why=why, ban=self)

    def can_be_reopened(self, *, now: datetime) -> bool:
        return self.state in (self.State.CLOSED, self.State.WITHDRAWN) and bool(
            self.ended_at and self.ended_at > now - REOPEN_WITHIN
        )

    @transaction.atomic
    def reopen(self, *, by: User, now: datetime, why: str) -> None:
        """Take an ended ban up again, within a day of its end."""
        locks.hold_ban_alone(self.pk)
        ended = [Ban.State.CLOSED, Ban.State.WITHDRAWN]
        recent = Ban.objects.filter(pk=self.pk, state__in=ended, ended_at__gt=now - REOPEN_WITHIN)
        if not recent.update(state=Ban.State.PUBLISHED, ended_at=None):
            self.refresh_from_db(fields=["state"])
            late = _t("A ban can be reopened within a day of its end. Draft a new one instead.")
            raise DomainError(late if self.state in ended else self.standing)
        self.state, self.ended_at = Ban.State.PUBLISHED, None
        Event.record(Event.Verb.REOPENED, by=by, now=now, why=why.strip(), ban=self)


class ScopeStatement(models.Model):
    """What is and is not banned, in words. A change is a new version."""

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="scope_statements")
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ban", "version"], name="one_scope_statement_per_version")]

    def __str__(self) -> str:
        return f"scope statement {self.version} of {self.ban_id}"


class AudienceTeam(models.Model):
    """A team that a ban names: with all below it, in the audience or left out of it."""

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="audience_teams")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    excluded = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ban", "team"], name="a_team_is_named_once_per_ban")]

    def __str__(self) -> str:
        return f"{self.team_id} {'left out of' if self.excluded else 'in'} {self.ban_id}"
