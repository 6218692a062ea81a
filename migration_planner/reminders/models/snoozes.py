from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from migration_planner.planning.models import Checklist, Event

#: So often one checklist can be snoozed, taken back or not.
MOST = 3


class SnoozeQuerySet(models.QuerySet["Snooze"]):
    def running(self, now: datetime) -> "SnoozeQuerySet":
        """Those that keep reminders back now: not over, not taken back, and nothing they were reckoned by has changed."""
        later = Event.objects.filter(
            ban=OuterRef("checklist__ban"), verb=Event.Verb.LADDER_CHANGED, at__gt=OuterRef("made_at")
        )
        same = {
            "reckoned_from": F("checklist__migration__deadline_at"),
            "zone": F("checklist__person__zone"),
            "hour": F("checklist__person__reminder_hour"),
        }
        return self.filter(~Exists(later), taken_back_at__isnull=True, ends_at__gt=now, **same)


class Snooze(models.Model):
    """A person's wish to hear nothing of one ban for some days. The last reminder before the cutoff always comes.

    That promise was reckoned with a cutoff, a ladder, a zone and an hour: when one of them changes, the snooze is over.
    """

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="snoozes")
    number = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    #: What falls due before this instant is kept back.
    ends_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    reckoned_from = models.DateTimeField()
    zone = models.CharField(max_length=64)
    hour = models.PositiveSmallIntegerField()

    objects = SnoozeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checklist", "number"], name="snoozes_of_a_checklist_are_counted"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MOST), name="a_checklist_is_snoozed_three_times_at_most"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("made_at")), name="snoozes_end_after_they_begin"),
            models.CheckConstraint(condition=Q(ends_at__lt=F("reckoned_from")), name="no_snooze_reaches_the_cutoff"),
        ]

    def __str__(self) -> str:
        return f"snooze {self.number} of {self.checklist_id}"
