from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from migration_planner.people.models import User
from migration_planner.planning.models.bans import Ban
from migration_planner.planning.models.checklists import Checklist
from migration_planner.planning.models.events import Event
from migration_planner.planning.models.steps import Step

#: A comment is short: what needs more room is linked to.
TEXT_LENGTH = 1000
#: For so long its author can withdraw it.
WITHIN = timedelta(minutes=1)


class CommentQuerySet(models.QuerySet["Comment"]):
    def standing(self) -> "CommentQuerySet":
        return self.filter(withdrawn_at__isnull=True)

    def newest_first(self) -> "CommentQuerySet":
        """With the names that are shown of their authors, and of the lead in whose place one wrote."""
        shown = ["checklist", "step__title", "author__name", "acted_for__name", "text", "at", "withdrawn_at"]
        return self.select_related("step", "author", "acted_for").only(*shown).order_by("-id")


class Comment(models.Model):
    """A short word about somebody's checklist, or one step of it: by the person, their leads, or the owners of the ban.

    Who wrote when is a line of history; the words stand here alone, so that withdrawing one within the minute takes them away.
    Rows are added; a trigger refuses any other change, and to remove one.
    """

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="comment")
    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="comments")
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="comments", db_index=False)
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="comments")
    #: The lead in whose place a substitute wrote.
    acted_for = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, text__regex=r"\S") | Q(withdrawn_at__isnull=False, text=""),
                name="comments_say_something_until_withdrawn",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("text"), TEXT_LENGTH),
                name="comments_are_short",
            ),
            models.CheckConstraint(
                condition=Q(acted_for__isnull=True) | ~Q(acted_for=F("author")), name="nobody_comments_for_themselves"
            ),
        ]
        indexes = [models.Index(fields=["checklist", "-id"], name="comments_of_a_checklist")]

    def __str__(self) -> str:
        return f"comment {self.pk} on {self.checklist_id}"
