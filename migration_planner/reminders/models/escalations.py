from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _t

from migration_planner.planning.models import Ban

#: No word goes higher than this many line managers, and none is waited with for longer than twelve weeks.
MOST_LEVELS, MOST_GRACE = 5, 60


class Escalation(models.Model):
    """Whose line managers hear when somebody is unfinished after their team's deadline, and when. Without a row nobody does.

    Working days by level: [3, 2] tells the line manager on the third working day after it, and theirs two later.
    """

    ban = models.OneToOneField(Ban, on_delete=models.CASCADE, primary_key=True, related_name="escalation")
    graces = ArrayField(models.PositiveSmallIntegerField())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(graces__len__gte=1, graces__len__lte=MOST_LEVELS),
                name="an_escalation_has_one_to_five_levels",
            ),
            models.CheckConstraint(
                condition=Q(graces__contained_by=list(range(1, MOST_GRACE + 1))),
                name="each_level_of_an_escalation_waits_some_working_days",
            ),
        ]

    def __str__(self) -> str:
        return f"escalation of {self.ban_id}: {self.graces}"


#: What a reminder of an escalation calls its rung, before the number of the level.
KEY = "escalation/unfinished/manager-"


def key_of(level: int) -> str:
    return f"{KEY}{level}"


def level_of(key: str) -> int | None:
    """The level that a reminder with this rung tells; None for every other rung."""
    number = key.removeprefix(KEY)
    return int(number) if key.startswith(KEY) and number.isdecimal() else None


def level_in(role: str) -> int | None:
    """The level in the role of such a rung: that of "unfinished/manager-2"."""
    _before, dash, number = role.partition("/manager-")
    return int(number) if dash and number.isdecimal() else None


def words_of(level: int) -> str:
    """A level as people say it."""
    return (
        _t("escalation to the line manager")
        if level == 1
        else _t("escalation to the line manager %(number)d levels up") % {"number": level}
    )
