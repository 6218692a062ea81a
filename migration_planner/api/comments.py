"""Comments on checklists, between their people and those who help them."""

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from migration_planner.api.doors import MARKS, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import visible_checklist
from migration_planner.api.shapes import Number, Paged, page, paged
from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import Page
from migration_planner.planning import commenting
from migration_planner.planning.models import Comment
from migration_planner.planning.models.comments import TEXT_LENGTH
from migration_planner.planning.permissions import can_comment
from migration_planner.reminders import comments


class CommentRow(Serializer):
    """A short word about a checklist. `step` is 0 where it is about all of it; `text` is empty once it was withdrawn."""

    id = serializers.IntegerField(source="pk")
    at = serializers.DateTimeField()
    author = serializers.CharField(source="author.name")
    acted_for = serializers.CharField(
        source="acted_for.name", default="", help_text="The lead in whose place a substitute wrote it."
    )
    step = serializers.IntegerField(source="step.pk", default=0)
    text = serializers.CharField(allow_blank=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class Commenting(Serializer):
    text = serializers.CharField(max_length=TEXT_LENGTH)
    step = Number(required=False, allow_null=True, default=None, help_text="The step it is about, if it is about one.")


@act("checklist_comments", READ, "checklists", query=Paged, answer=paged(CommentRow))
def list_comments(call: Call, pk: int) -> Page[Comment]:
    """What was said about a checklist you may see, newest first."""
    return page(call, visible_checklist(call.user, pk).comments.newest_first(), ("-id",))


@act("comment", MARKS, "checklists", body=Commenting, answer=CommentRow, status=201,
     example={"text": "Which version do you use?"})  # fmt: skip
def write(call: Call, pk: int) -> Comment:
    """Say something about your own checklist, or one of somebody you lead or whose ban you run.

    They hear once, in a mail of their day. The same words within a minute are no second comment.
    """
    found = visible_checklist(call.user, pk)
    require(can_comment(call.user, found))
    step = get_object_or_404(found.steps(), pk=call.said["step"]) if call.said["step"] else None
    [outcome] = comments.write([found], call.said["text"], by=call.user, now=call.now, step=step)
    if outcome.error:
        raise DomainError(outcome.error)
    return Comment.objects.newest_first().get(pk=outcome.undo)


@act("withdraw_comment", MARKS, "checklists", answer=CommentRow)
def withdraw(call: Call, pk: int, comment_id: int) -> Comment:
    """Take back what you have written less than a minute ago. Afterwards it stays."""
    comment = get_object_or_404(visible_checklist(call.user, pk).comments, pk=comment_id)
    require(comment.author_id == call.user.pk)
    commenting.withdraw_one(comment, by=call.user, now=call.now)
    return Comment.objects.newest_first().get(pk=comment.pk)


checklist_comments, comment_withdrawal = door(get=list_comments, post=write), door(post=withdraw)
