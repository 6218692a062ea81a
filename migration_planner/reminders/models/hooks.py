from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event


class HookQuerySet(models.QuerySet["Hook"]):
    def in_use(self) -> "HookQuerySet":
        return self.filter(removed_at__isnull=True)

    def visible_to(self, user: User) -> "HookQuerySet":
        """Those of bans one runs; all of them for who runs or audits the installation."""
        return self if user.sees_everything else self.filter(ban__in=Ban.objects.run_by(user))


class Hook(models.Model):
    """A program elsewhere that is told of events: an address, which kinds of them, and what its words are signed with.

    Of one ban, or (without one) of all. The database itself writes a delivery for each event that fits, in the transaction of
    the event: see the migration `deliveries_are_written_with_their_event`.
    """

    class Off(models.TextChoices):
        SWITCHED = "switched", _("somebody switched it off")
        GONE = "gone", _("its address answered that it is gone (410)")
        FAILING = "failing", _("nothing could be delivered for days")

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, null=True, related_name="hooks")
    name = models.CharField(max_length=120)
    #: Verbs of history that are told.
    verbs = ArrayField(models.CharField(max_length=32))
    #: Whether people are named (number and address) and reasons are repeated.
    with_people = models.BooleanField(default=False)
    #: Sealed (lib/encryption.py), as the secrets are: many addresses carry a key of their own.
    address = models.BinaryField()
    secret = models.BinaryField()
    #: The secret before it; signs along until `old_until`.
    old_secret = models.BinaryField(default=b"")
    old_until = models.DateTimeField(null=True)
    sealed_with = models.CharField(max_length=8)
    #: What people may see of the address: its host and its end.
    hint = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    off = models.CharField(max_length=8, choices=Off, blank=True)
    off_at = models.DateTimeField(null=True)
    #: Deliveries given up since the last that arrived.
    given_up = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)

    objects = HookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) & ~Q(address=b"") & ~Q(secret=b"")
                | Q(removed_at__isnull=False, address=b"", secret=b"", old_secret=b""),
                name="a_removed_hook_has_no_address",
            ),
            models.CheckConstraint(
                condition=Q(off="", off_at__isnull=True) | (~Q(off="") & Q(off_at__isnull=False)),
                name="a_hook_that_is_off_says_why_and_when",
            ),
            models.CheckConstraint(
                condition=Q(old_secret=b"", old_until__isnull=True) | (~Q(old_secret=b"") & Q(old_until__isnull=False)),
                name="an_old_secret_ends",
            ),
            models.CheckConstraint(condition=~Q(verbs=[]), name="hooks_ask_for_something"),
        ]
        indexes = [models.Index(fields=["ban"], condition=Q(removed_at__isnull=True), name="hooks_of_a_ban")]

    def __str__(self) -> str:
        return f"hook {self.pk}"

    @property
    def is_on(self) -> bool:
        return not self.off and self.removed_at is None


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.WAITING)


class Delivery(models.Model):
    """One event, or a test, on its way to one hook."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        DEAD = "dead", _("dead")
        CANCELLED = "cancelled", _("cancelled")

    class Reason(models.TextChoices):
        OFF = "off", _("the webhook was switched off or removed")
        REFUSED = "refused", _("the address leads elsewhere, which is not followed")
        GONE = "gone", _("the address is gone (410)")
        GIVEN_UP = "given_up", _("it was tried for a day")
        TEST = "test", _("the test was not taken")
        FORBIDDEN = "forbidden", _("the address is none that may be called")
        UNREADABLE = "unreadable", _("the address cannot be read with this SECRET_KEY")

    hook = models.ForeignKey(Hook, on_delete=models.PROTECT, related_name="deliveries")
    #: None for a test.
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="+")
    #: What the receiver knows it by, however often it comes.
    key = models.UUIDField(unique=True)
    made_at = models.DateTimeField()
    not_before = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    #: When it arrived, or was given up.
    ended_at = models.DateTimeField(null=True)
    #: Attempts without success, since it was last asked for.
    tries = models.PositiveSmallIntegerField(default=0)
    #: Who is sending it, and until when; on the database's clock.
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hook", "event"], name="one_delivery_per_hook_and_event"),
            models.CheckConstraint(
                condition=Q(state="waiting", reason="", ended_at__isnull=True)
                | Q(state="sent", reason="", ended_at__isnull=False)
                | (Q(state__in=["dead", "cancelled"], ended_at__isnull=False) & ~Q(reason="")),
                name="a_delivery_that_has_ended_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(lease_token__isnull=False, lease_until__isnull=False, state="waiting"),
                name="only_a_waiting_delivery_is_leased",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="waiting"), name="deliveries_waiting_to_go"),
            models.Index(fields=["hook", "-id"], name="deliveries_of_a_hook"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="deliveries_that_have_ended"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.key} to {self.hook_id}"


class DeliveryAttempt(models.Model):
    """One try to deliver, and the beginning of what was answered."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    #: The code of HTTP; none when there was no answer.
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    text = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"attempt at {self.delivery_id}: {self.status}"
