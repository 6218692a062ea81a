"""Users, teams, and who belongs to what."""

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.statements import rows

if TYPE_CHECKING:
    from datetime import date, datetime

#: In the C collation "0" is the character right after "/", so a path's descendants are one range of the index.
AFTER_SLASH = "0"


def below(path: str, *, field: str = "path") -> Q:
    """The team at `path` and every team below it, as one condition over `field`."""
    return Q(**{field: path}) | Q(**{f"{field}__gte": f"{path}/", f"{field}__lt": f"{path}{AFTER_SLASH}"})


def below_any(paths: list[str], *, field: str = "path") -> Q:
    """The teams at `paths` and all below them; nothing at all when there are no paths."""
    return reduce(or_, (below(path, field=field) for path in paths), Q(pk__in=[]))


#: Teams somebody leads, in their own right or for somebody else at this very moment, by the database's clock: begun, not over,
#: not ended early, of a lead who is here and still leads the team. Nothing has to be written when a period ends or somebody
#: leaves. Asked with nearly every page, so it is written out.
LEADERSHIPS = """
    SELECT team.path, team.id, NULL::bigint, '', NULL::timestamptz
    FROM people_membership AS membership JOIN people_team AS team ON team.id = membership.team_id
    WHERE membership.user_id = %(user)s AND membership.role = 'lead'
    UNION ALL
    SELECT team.path, team.id, lead.id, lead.name, standing_in.until_at
    FROM people_substitution AS standing_in
    JOIN people_team AS team ON team.id = standing_in.team_id
    JOIN people_user AS lead ON lead.id = standing_in.lead_id AND lead.is_active
    JOIN people_user AS substitute ON substitute.id = standing_in.substitute_id AND substitute.is_active
    JOIN people_membership AS led ON led.user_id = lead.id AND led.team_id = team.id AND led.role = 'lead'
    WHERE standing_in.substitute_id = %(user)s AND standing_in.ended_at IS NULL
      AND standing_in.from_at <= statement_timestamp() AND standing_in.until_at > statement_timestamp()
"""


@dataclass(frozen=True)
class Leadership:
    """A team that somebody leads with all below it: in their own right, or (with `lead_id`) for a lead, until `until_at`."""

    path: str
    team_id: int
    lead_id: int | None = None
    lead_name: str = ""
    until_at: "datetime | None" = None

    def covers(self, path: str) -> bool:
        return path == self.path or path.startswith(f"{self.path}/")


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def unreachable(self) -> "UserQuerySet":
        """Active people to whom no mail can go: no address, or one that a mail server has refused for good."""
        return self.active().filter(Q(email="") | Q(address_refused_at__isnull=False))


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_administrator=True, **fields)


class User(AbstractBaseUser):
    """A person of the organisation. Everybody is an employee; the other roles come on top of that."""

    email = models.EmailField(_("email address"), blank=True)
    name = models.CharField(_("name"), max_length=200)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=16, default="en")
    #: What the roster said last. People may choose another zone or language; it stands until the roster says something new.
    roster_zone = models.CharField(max_length=64, blank=True, editable=False)
    roster_language = models.CharField(max_length=16, blank=True, editable=False)
    site = models.CharField(_("site"), max_length=120, blank=True)
    line_manager = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("line manager")
    )
    external_id = models.CharField(_("external id"), max_length=120, null=True, blank=True)
    leave_from = models.DateField(_("on leave from"), null=True, blank=True)
    leave_until = models.DateField(_("on leave until"), null=True, blank=True)
    reminder_hour = models.PositiveSmallIntegerField(
        _("reminder hour"), default=9, validators=[MinValueValidator(0), MaxValueValidator(23)]
    )
    address_refused_at = models.DateTimeField(null=True, blank=True)
    #: Since when the weekly figures of the teams one leads are kept back; the person's own choice.
    bundles_paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Whether keys of one letter do anything on pages; the person's own choice.
    single_keys = models.BooleanField(default=True, db_default=True, editable=False)
    is_active = models.BooleanField(default=True)
    is_owner = models.BooleanField(_("may draft bans"), default=False)
    is_auditor = models.BooleanField(_("auditor"), default=False)
    is_administrator = models.BooleanField(_("administrator"), default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="one_person_per_address"),
            models.UniqueConstraint(fields=["external_id"], name="one_person_per_external_id"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="addresses_are_lower_case"),
            models.CheckConstraint(condition=Q(reminder_hour__lte=23), name="reminder_hour_is_an_hour"),
            models.CheckConstraint(
                condition=Q(leave_from__isnull=True, leave_until__isnull=True) | Q(leave_from__lte=F("leave_until")),
                name="leave_begins_before_it_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(is_active=True) & (Q(email="") | Q(address_refused_at__isnull=False)),
                name="people_no_mail_reaches",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def leaderships(self) -> list[Leadership]:
        """What this person leads now, in their own right first: the one answer to "is a lead of". One query."""
        found = [Leadership(*row) for row in rows(LEADERSHIPS, user=self.pk)]
        return sorted(found, key=lambda each: (each.lead_id is not None, each.path, each.lead_id or 0))

    @property
    def led_paths(self) -> list[str]:
        """Paths of the teams this person leads, also for somebody else; everything below them is in the lead's sight too."""
        return [each.path for each in self.leaderships]

    @property
    def own_led_paths(self) -> list[str]:
        """The same without those in which they only stand in for a lead."""
        return [each.path for each in self.leaderships if each.lead_id is None]

    @property
    def is_known_to_stand_in(self) -> bool:
        """Whether they stand in for somebody, as far as it has been asked; asks nothing."""
        return any(each.lead_id is not None for each in vars(self).get("leaderships", ()))

    def leads_for(self, path: str) -> Leadership | None:
        """In whose place this person leads the team at `path`; None when they lead it themselves, or not at all."""
        covering = [each for each in self.leaderships if each.covers(path)]
        return covering[0] if covering and covering[0].lead_id is not None else None

    @cached_property
    def sees_everything(self) -> bool:
        return self.is_auditor or self.is_administrator

    def on_leave(self, day: "date") -> bool:
        return (
            self.leave_from is not None and self.leave_until is not None and self.leave_from <= day <= self.leave_until
        )


class TeamQuerySet(models.QuerySet["Team"]):
    def below(self, path: str) -> "TeamQuerySet":
        """The team at `path` with all teams below it."""
        return self.filter(below(path))

    def visible_to(self, user: User) -> "TeamQuerySet":
        """Every team for owners, auditors and administrators; else the teams one belongs to, and all below those one leads."""
        if user.sees_everything or user.is_owner:
            return self
        return self.filter(Q(pk__in=Membership.objects.filter(user=user).values("team")) | below_any(user.led_paths))


class Team(models.Model):
    """A node of the organisation. `path` is the names from the root, joined by slashes: "Acme/Engineering/Search"."""

    name = models.CharField(max_length=200)
    path = models.TextField(unique=True, db_collation="C")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    depth = models.PositiveSmallIntegerField()

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(depth=0, parent__isnull=True) | Q(depth__gt=0, parent__isnull=False),
                name="only_roots_have_no_parent",
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(name__contains="/"), name="team_names_have_no_slash"),
        ]

    def __str__(self) -> str:
        return self.name

    def leads(self) -> "UserQuerySet":
        return (
            User.objects.active()
            .filter(memberships__team=self, memberships__role=Membership.Role.LEAD)
            .order_by("name")
        )


class Membership(models.Model):
    """A person's place in a team. People may belong to many teams; they are counted in their home team."""

    class Role(models.TextChoices):
        MEMBER = "member", _("member")
        LEAD = "lead", _("lead")

    # The unique pair below begins with the user; an index of its own would only be kept up.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    is_home = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="one_membership_per_person_and_team"),
            models.UniqueConstraint(fields=["user"], condition=Q(is_home=True), name="one_home_team_per_person"),
        ]
        indexes = [models.Index(fields=["team"], condition=Q(role="lead"), name="leads_of_a_team")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"
