from django.contrib.postgres.indexes import BrinIndex
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.models.bans import Ban
from migration_planner.planning.models.migrations import Migration
from migration_planner.planning.models.tools import Tool

#: Two who bring in or forget signals at once wait for each other: their rows overlap.
LOCK = 0x6D72


def hold_signals() -> None:
    """Write signals alone. Ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


class Signal(models.Model):
    """That a person used a tool on a day, so many times, as a source reported it. Nothing else is kept of it."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="signals", db_index=False)
    tool = models.ForeignKey(Tool, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    #: How often; 0 says that the source knows of no use on that day.
    count = models.PositiveIntegerField()
    source = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "tool", "day", "source"], name="one_signal_per_person_tool_day_and_source"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="signals_say_where_they_come_from"),
        ]
        indexes = [BrinIndex(fields=["day"], name="signals_by_day")]  # rows come in about the order of their days

    def __str__(self) -> str:
        return f"{self.person_id} used {self.tool_id} on {self.day}"


class Use(models.Model):
    """The last day on which a person used a tool, by the signals there are: kept beside them, and gone with them."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="uses", db_index=False)
    tool = models.ForeignKey(Tool, on_delete=models.PROTECT, related_name="+", db_index=False)
    last_day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "tool"], name="one_last_use_per_person_and_tool")]
        # With the person, so that those who used it last are paged by it: see relapses.py.
        indexes = [models.Index(fields=["tool", "last_day", "person"], name="last_uses_of_a_tool")]

    def __str__(self) -> str:
        return f"{self.person_id} last used {self.tool_id} on {self.last_day}"


class Side(models.TextChoices):
    """How one tool stands with one person."""

    IN_USE = "in_use", _("in use")
    STOPPED = "stopped", _("not used any more")
    NEVER = "never", _("no use known")

    @property
    def look_old(self) -> str:
        """Its look for the old tool, where use is what should end; see web/shapes.py."""
        return {"in_use": "old_in_use", "stopped": "old_stopped"}.get(self.value, "no_use")

    @property
    def look_new(self) -> str:
        return {"in_use": "new_in_use", "stopped": "new_stopped"}.get(self.value, "no_use")


class UseCount(models.Model):
    """How many people of a team (of no team: of all) stand so with the old tool and so with the new one: see use_counts.py."""

    ban = models.ForeignKey(Ban, on_delete=models.CASCADE, related_name="use_counts", db_index=False)
    migration = models.ForeignKey(Migration, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    old = models.CharField(max_length=8, choices=Side)
    new = models.CharField(max_length=8, choices=Side)
    people = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ban", "migration", "old", "new"], nulls_distinct=False, name="one_use_count_per_team_and_sides"
            ),
            models.CheckConstraint(condition=Q(people__gt=0), name="use_counts_are_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.people} of {self.migration_id} under {self.ban_id}: {self.old}, {self.new}"


class SignalSource(models.Model):
    """How far a source has reported of a tool. It holds nothing of any person."""

    tool = models.ForeignKey(Tool, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(_("source"), max_length=80)
    newest_day = models.DateField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tool", "source"], name="one_row_per_tool_and_source")]

    def __str__(self) -> str:
        return f"{self.source} of {self.tool_id}"
