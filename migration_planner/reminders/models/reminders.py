from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User, below_any
from migration_planner.planning import behalf
from migration_planner.planning.models import Ban, Checklist, Event, Waiver
from migration_planner.reminders.models.mails import Mail, Reason

#: Kinds that go because somebody wanted them to.
BY_SOMEBODY = ["nudge", "question", "return", "comment"]


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def waiting(self) -> "ReminderQuerySet":
        return self.filter(state=Reminder.State.WAITING)

    def sent(self) -> "ReminderQuerySet":
        return self.filter(state=Reminder.State.SENT)

    def overdue(self, now: datetime) -> "ReminderQuerySet":
        return self.waiting().filter(due_at__lte=now)

    def visible_to(self, user: User) -> "ReminderQuerySet":
        """One's own, those of people one leads about their bans, and all about bans one runs or audits."""
        if user.sees_everything:
            return self
        runs = Exists(Ban.owners.through.objects.filter(ban=OuterRef("ban"), user=user))
        theirs = Checklist.objects.filter(ban=OuterRef("ban"), person=OuterRef("person"))
        led = Exists(theirs.filter(below_any(user.led_paths, field="migration__path")))
        return self.filter(Q(person=user) | runs | led)


class Reminder(models.Model):
    """Why somebody should hear from us: a person, a ban, a rung of its ladder, and the person's own day.

    Every row that was ever due ends in exactly one state, and says why when it was not sent.
    """

    class Kind(models.TextChoices):
        ANNOUNCEMENT = "announcement", _("announcement")
        RUNG = "rung", _("reminder")
        CHANGE = "change", _("notice of a change")
        WITHDRAWAL = "withdrawal", _("notice of the withdrawal")
        NUDGE = "nudge", _("nudge")
        QUESTION = "question", _("question about a contradiction")
        RETURN = "return", _("word about a returned mark")
        COMMENT = "comment", _("word about comments")
        THANKS = "thanks", _("thanks to a lead whose team is done")
        BUNDLE = "bundle", _("weekly figures for a lead")
        THEIRS = "theirs", _("word to a lead or manager about their people")
        WAIVER = "waiver", _("word about a waiver")
        ESCALATION = "escalation", _("escalation to a manager")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")
        SUPPRESSED = "suppressed", _("suppressed")
        DEAD = "dead", _("dead")
        HELD = "held", _("held")

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reminders")
    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="reminders")
    kind = models.CharField(max_length=12, choices=Kind)
    rung = models.CharField(max_length=40)
    #: The person's own date on which it falls due, and the instant. It may travel in the mail of a later day.
    day = models.DateField()
    due_at = models.DateTimeField()
    #: The cutoff (or publishing) the rung was reckoned from: with a moved cutoff the same rung comes again, and else never.
    reckoned_from = models.DateTimeField(null=True)
    #: Which time it is of a rung that comes every week; a day that moves does not make it another one.
    occurrence = models.PositiveSmallIntegerField(default=0, db_default=0)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, null=True, related_name="reminders")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="+")
    waiver = models.ForeignKey(Waiver, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: The lead in whose place a substitute wanted it.
    asked_for = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "ban", "rung", "day"], name="one_reminder_per_person_ban_rung_and_day"
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["waiting", "sent"]) & Q(reason=""))
                | (Q(state__in=["cancelled", "suppressed", "dead", "held"]) & ~Q(reason="")),
                name="reminders_that_do_not_go_say_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent", "cancelled", "suppressed", "dead", "held"]),
                name="reminders_are_in_a_known_state",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "held", "dead"]) | Q(mail__isnull=False),
                name="sent_reminders_have_a_mail",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["change", "withdrawal", "thanks"]) | Q(event__isnull=False),
                name="notices_have_an_event",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=BY_SOMEBODY, asked_by__isnull=False)
                | (~Q(kind__in=BY_SOMEBODY) & Q(asked_by__isnull=True)),
                name="nudges_say_who_asked",
            ),
            models.CheckConstraint(
                condition=Q(asked_for__isnull=True) | ~Q(asked_for=F("asked_by")), name="nobody_asks_in_their_own_place"
            ),
            models.CheckConstraint(
                condition=Q(kind="waiver", waiver__isnull=False) | (~Q(kind="waiver") & Q(waiver__isnull=True)),
                name="words_about_a_waiver_say_which",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="reminders_waiting"),
            models.Index(
                fields=["person"], condition=Q(state="waiting", mail__isnull=True), name="reminders_without_mail"
            ),
            models.Index(fields=["ban", "state", "due_at", "id"], include=["day"], name="reminders_of_a_ban"),
        ]

    def __str__(self) -> str:
        return f"{self.rung} for {self.person_id} on {self.day}"

    @property
    def asked_by_names(self) -> str:
        """Who wanted it; a substitute with the lead's name, and nothing when the ladder did."""
        return behalf.names(
            self.asked_by.name if self.asked_by else "", self.asked_for.name if self.asked_for else None
        )
