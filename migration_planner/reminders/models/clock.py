from django.db import models
from django.db.models import Q

from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Event


class Heartbeat(models.Model):
    """The last sign of life of the planner and of the sender."""

    class Of(models.TextChoices):
        PLANNER = "planner"
        SENDER = "sender"

    of = models.CharField(max_length=8, choices=Of, primary_key=True)
    #: When it beat, on the database's clock.
    at = models.DateTimeField()
    #: Up to which instant its work is done, on the clock it was given.
    up_to = models.DateTimeField()
    #: What stops it, in words; empty when nothing does.
    trouble = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.of} at {self.at}"


class Notice(models.Model):
    """A change of a ban whose reminders have been planned: each change is told once, to those it affected then."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="+")
    people = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"notice of {self.event_id}"


class PauseQuerySet(models.QuerySet["Pause"]):
    def in_force(self) -> "PauseQuerySet":
        return self.filter(ended_at__isnull=True)

    def of_all_mail(self) -> "PauseQuerySet":
        return self.filter(ban__isnull=True)


class Pause(models.Model):
    """Mail stands still from `since` on, until somebody ends it: that about one ban, or all of it. Nothing is lost meanwhile."""

    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, null=True, related_name="pauses")
    since = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = PauseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ban"], condition=Q(ended_at__isnull=True), nulls_distinct=False, name="one_pause_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="an_ended_pause_says_who",
            ),
        ]

    def __str__(self) -> str:
        return f"pause since {self.since}"


class Check(models.Model):
    """What the nightly look over all mail and all kept counters found: one row a day (UTC)."""

    day = models.DateField(primary_key=True)
    at = models.DateTimeField()
    #: What does not add up, each as {"what": …, "count": …, "ban": …}; see checking.py. Empty when everything does.
    found = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"check of {self.day}"


class Rest(models.Model):
    """A recipient's domain that defers our mail, or the whole lane (`*`) when the server takes none: left alone a while."""

    scope = models.CharField(max_length=255, primary_key=True)
    #: Refusals in a row. It is forgotten with the first message that is taken.
    refusals = models.PositiveIntegerField()
    #: On the database's clock; null while there were too few refusals to rest.
    until = models.DateTimeField(null=True)
    text = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(refusals__gte=1), name="a_rest_was_earned")]

    def __str__(self) -> str:
        return f"{self.scope} until {self.until}"


class Origin(models.Model):
    """A database this outbox has lived in. Each but the first is a restore: nothing goes until somebody ends it."""

    identity = models.TextField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(ended_at__isnull=True), name="one_restore_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(ended_by__isnull=True, why=""),
                name="a_restore_says_who_ended_it",
            ),
            models.CheckConstraint(condition=Q(ended_by__isnull=True) | ~Q(why=""), name="a_restore_says_why_it_ended"),
        ]

    def __str__(self) -> str:
        return f"origin {self.identity}"
