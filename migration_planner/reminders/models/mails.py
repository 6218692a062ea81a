from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.models import Ban


class Reason(models.TextChoices):
    """Why a reminder, or the mail that would have carried it, was not sent."""

    # cancelled: it was owed, and then it was not
    DONE = "done", _("the checklist was finished")
    STOPPED = "stopped", _("the person left, or is outside the audience")
    ENDED = "ended", _("the ban has ended")
    REOPENED = "reopened", _("the ban was taken up again")
    CUTOFF_MOVED = "cutoff_moved", _("the cutoff has moved")
    LADDER_CHANGED = "ladder_changed", _("the ladder has changed")
    MOVED = "moved", _("it comes on another day: the person's zone, hour or calendar changed")
    NOT_MEANT = "not_meant", _("nobody was left in the state it was for")
    WAIVER_CHANGED = "waiver_changed", _("the waiver was decided otherwise, or is over")
    NOTHING_LEFT = "nothing_left", _("nothing was left to say")
    ANSWERED = "answered", _("the question was answered, or does not arise any more")
    TAKEN_BACK = "taken_back", _("whoever asked for it took it back at once")
    # suppressed: it fell due, and we held our tongue
    UNREACHABLE = "unreachable", _("no address that takes mail")
    ON_LEAVE = "on_leave", _("the person was on leave")
    SUPERSEDED = "superseded", _("a newer one had fallen due")
    TOO_LATE = "too_late", _("the cutoff had passed before it could go")
    BUNDLES_PAUSED = "bundles_paused", _("the person had paused the weekly figures")
    SNOOZED = "snoozed", _("the person had snoozed the reminders")
    WAIVED = "waived", _("a waiver stood")
    WEEK_IS_FULL = "week_is_full", _("the mails of seven days had reached the limit for one person")
    COVERED = "covered", _("the mail of that day had gone, or said it already")
    # dead: it will never go
    ADDRESS_REFUSED = "address_refused", _("the mail server refuses the address")
    MESSAGE_REFUSED = "message_refused", _("the mail server refuses the message")
    BROKEN = "broken", _("it could not be composed")
    GIVEN_UP = "given_up", _("it was held, and somebody gave it up")
    # held: a person decides
    NO_ANSWER = "no_answer", _("the mail server gave no answer, so it may have arrived")
    RESTORED = "restored", _("the database was restored, so it may have been sent before")


#: What freezing sets, all or nothing.
FROZEN = ["message_id", "date", "subject", "raw", "carries"]
FROZEN_IS_NULL = [f"{field}__isnull" for field in FROZEN]


#: Why a mail may have ended, or be held.
OF_DEAD = ["address_refused", "message_refused", "broken", "given_up"]
OF_HELD = ["no_answer", "restored"]


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> "MailQuerySet":
        return self.filter(state=Mail.State.WAITING)

    def held(self) -> "MailQuerySet":
        return self.filter(state=Mail.State.HELD)

    def due(self, now: datetime) -> "MailQuerySet":
        """Those to be sent now; a deferred one is due again at the end of its delay."""
        return self.waiting().filter(not_before__lte=now)


class Mail(models.Model):
    """One message to one person for one of their days, carrying all that is due to them that day.

    Composed once, and frozen: a retry sends the same bytes, so that a receiver can tell a copy for what it is. A mail that
    is deferred is waiting, with `not_before` later than `due_at` and the answer it got.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")
        DEAD = "dead", _("dead")
        HELD = "held", _("held")

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mails")
    #: The person's own date on which it goes.
    day = models.DateField()
    due_at = models.DateTimeField()
    not_before = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    sent_at = models.DateTimeField(null=True)

    #: Who is sending it now, and until when; on the database's clock.
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    #: The database session of whoever claimed it: when that is gone, nobody need wait for the lease to end.
    lease_pid = models.IntegerField(null=True)
    #: Written before it is handed over, where a copy must never go: whoever finds it after the lease knows of the doubt.
    in_hand_since = models.DateTimeField(null=True)
    #: Attempts without success, and how many of those ended without an answer: the message may have arrived.
    tries = models.PositiveSmallIntegerField(default=0)
    unsure = models.PositiveSmallIntegerField(default=0)
    last_code = models.PositiveSmallIntegerField(null=True)
    last_text = models.TextField(blank=True)

    message_id = models.CharField(max_length=255, null=True, unique=True)
    date = models.DateTimeField(null=True)
    subject = models.TextField(null=True)
    raw = models.BinaryField(null=True)
    #: The reminders the frozen words speak for.
    carries = ArrayField(models.BigIntegerField(), null=True)
    #: The checklists of other people whom the frozen words name: they do not go once one of these is finished.
    names = ArrayField(models.BigIntegerField(), null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "day"], name="one_mail_per_person_and_day"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False, raw__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="sent_mail_says_when_and_what",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["waiting", "sent"]) & Q(reason=""))
                | (Q(state__in=["cancelled", "dead", "held"]) & ~Q(reason="")),
                name="mail_that_does_not_go_says_why",
            ),
            models.CheckConstraint(
                condition=Q(**dict.fromkeys(FROZEN_IS_NULL, True)) | Q(**dict.fromkeys(FROZEN_IS_NULL, False)),
                name="mail_is_frozen_whole",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True, lease_until__isnull=True)
                | Q(lease_token__isnull=False, lease_until__isnull=False, state="waiting"),
                name="only_waiting_mail_is_leased",
            ),
            models.CheckConstraint(
                condition=Q(in_hand_since__isnull=True) | Q(lease_until__isnull=False), name="mail_in_hand_is_leased"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent", "cancelled"])
                | Q(state="dead", reason__in=OF_DEAD)
                | Q(state="held", reason__in=OF_HELD),
                name="mail_is_in_a_known_state_for_a_reason_that_fits",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(state="waiting"), name="mail_waiting_to_go"),
        ]

    def __str__(self) -> str:
        return f"mail to {self.person_id} for {self.day}"

    def bans(self) -> models.QuerySet[Ban]:
        """The bans it speaks of, or was to speak of."""
        return Ban.objects.filter(pk__in=self.reminders.values("ban")).order_by("pk")


class Attempt(models.Model):
    """One try to hand a mail over, and the answer. Rows are added; a trigger refuses to change or remove one."""

    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    worker = models.CharField(max_length=120)
    #: The mail server's answer; no code when there was none, or when the mail could not be composed.
    code = models.PositiveSmallIntegerField(null=True)
    text = models.TextField(blank=True)
    queue_id = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(queue_id="") | Q(code__gte=200, code__lt=300),
                name="only_a_mail_that_was_taken_has_a_queue_id",
            ),
        ]
        indexes = [
            models.Index(fields=["mail", "id"], name="attempts_of_a_mail"),
            BrinIndex(fields=["at"], name="attempts_by_time"),  # rows come in the order of their times
        ]

    def __str__(self) -> str:
        return f"attempt at {self.mail_id}: {self.code}"
