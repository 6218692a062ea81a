from datetime import datetime, timedelta

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import Team, User
from migration_planner.planning.models import Ban


class RoomQuerySet(models.QuerySet["Room"]):
    def in_use(self) -> "RoomQuerySet":
        return self.filter(removed_at__isnull=True)

    def visible_to(self, user: User) -> "RoomQuerySet":
        """Rooms are for those who run or audit the installation."""
        return self if user.sees_everything else self.none()


class Room(models.Model):
    """Where a team talks: a room of a chat service, reached by a webhook. Whoever has its address can write there, so it is a
    secret: sealed (lib/encryption.py), never shown again, and gone once the room is removed."""

    class Service(models.TextChoices):
        DINGTALK = "dingtalk", _("DingTalk")
        FEISHU = "feishu", _("Feishu or Lark")
        WECOM = "wecom", _("WeCom")
        SLACK = "slack", "Slack"
        TEAMS = "teams", "Microsoft Teams"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="rooms")
    service = models.CharField(max_length=8, choices=Service)
    address = models.BinaryField()
    #: What a signing robot signs with (DingTalk, Feishu); sealed, empty where there is none.
    secret = models.BinaryField(default=b"")
    #: The name of the key both are sealed with.
    sealed_with = models.CharField(max_length=8)
    #: What people may see of the address: its host and its end.
    hint = models.CharField(max_length=120)
    #: The language and the clock of what is written there.
    language = models.CharField(max_length=16)
    zone = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team"], condition=Q(removed_at__isnull=True), name="one_room_in_use_per_team"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) & ~Q(address=b"")
                | Q(removed_at__isnull=False, address=b"", secret=b""),
                name="a_removed_room_has_no_address",
            ),
        ]

    def __str__(self) -> str:
        return f"room {self.pk} of {self.team_id}"


class RoomMessageQuerySet(models.QuerySet["RoomMessage"]):
    def waiting(self) -> "RoomMessageQuerySet":
        return self.filter(state=RoomMessage.State.WAITING)

    def dead(self) -> "RoomMessageQuerySet":
        return self.filter(state=RoomMessage.State.DEAD)


class RoomMessage(models.Model):
    """What is written into a room about one ban: its announcement once, and the figures of the team once a week.

    Derived by the clock, days ahead; its words are made in the moment it goes, and it names nobody.
    """

    class Kind(models.TextChoices):
        ANNOUNCEMENT = "announcement", _("announcement")
        FIGURES = "figures", _("figures of the week")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        DEAD = "dead", _("dead")
        CANCELLED = "cancelled", _("cancelled")

    class Reason(models.TextChoices):
        # cancelled: nobody is to read it any more
        ENDED = "ended", _("the ban has ended")
        REMOVED = "removed", _("the room was removed")
        NOT_MEANT = "not_meant", _("nobody of the team is asked for anything any more")
        TOO_LATE = "too_late", _("it could not go in time")
        # dead: it will not go unless somebody has it tried again
        REFUSED = "refused", _("the chat service refuses it")
        GIVEN_UP = "given_up", _("it was tried for hours")
        FORBIDDEN = "forbidden", _("the address is none that may be called")
        UNREADABLE = "unreadable", _("the address cannot be read with this SECRET_KEY")

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="messages")
    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="room_messages")
    kind = models.CharField(max_length=12, choices=Kind)
    #: The Monday of its week; none for the announcement, which comes once.
    week = models.DateField(null=True)
    due_at = models.DateTimeField()
    not_before = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    sent_at = models.DateTimeField(null=True)
    #: Attempts without success, since it was last asked for.
    tries = models.PositiveSmallIntegerField(default=0)
    #: Who is sending it, and until when; on the database's clock.
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    objects = RoomMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "ban", "kind", "week"],
                nulls_distinct=False,
                name="one_message_per_room_ban_kind_and_week",
            ),
            models.CheckConstraint(
                condition=Q(kind="announcement", week__isnull=True) | Q(kind="figures", week__isnull=False),
                name="figures_are_of_a_week",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="a_sent_message_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent"], reason="")
                | Q(state="cancelled", reason__in=["ended", "removed", "not_meant", "too_late"])
                | Q(state="dead", reason__in=["refused", "given_up", "forbidden", "unreadable"]),
                name="a_message_that_does_not_go_says_why",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(lease_token__isnull=False, lease_until__isnull=False, state="waiting"),
                name="only_a_waiting_message_is_leased",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(state="waiting"), name="messages_waiting_to_go"),
            models.Index(fields=["-id"], condition=Q(state="dead"), name="messages_that_are_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.ban_id} for room {self.room_id}"


class RoomAttempt(models.Model):
    """One try to write into a room, and what the service answered. Rows are added; a trigger refuses to change or remove one."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="attempts")
    #: None for a test.
    message = models.ForeignKey(RoomMessage, on_delete=models.PROTECT, null=True, related_name="attempts")
    at = models.DateTimeField()
    worker = models.CharField(max_length=120)
    #: Whether the service took it, by its own words.
    taken = models.BooleanField()
    #: The code of HTTP; none when there was no answer.
    status = models.PositiveSmallIntegerField(null=True)
    #: The answer itself, or why there was none.
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(taken=False) | Q(status__gte=200, status__lt=300), name="what_was_taken_was_answered"
            )
        ]
        indexes = [
            models.Index(fields=["room", "id"], name="attempts_of_a_room"),
            BrinIndex(fields=["at"], name="room_attempts_by_time"),
        ]

    def __str__(self) -> str:
        return f"attempt at room {self.room_id}: {self.status}"

    @classmethod
    def last(cls) -> "RoomAttempt | None":
        return cls.objects.select_related("room__team").order_by("-id").first()


#: A message that could not go within so long says nothing of use any more.
STALE_AFTER = timedelta(days=3)


def is_stale(message: RoomMessage, *, now: datetime) -> bool:
    """Figures of some days ago; an announcement after the cutoff."""
    if message.kind == RoomMessage.Kind.FIGURES:
        return now - message.due_at > STALE_AFTER
    return bool(message.ban.cutoff_at and now > message.ban.cutoff_at)
