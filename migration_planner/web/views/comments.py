"""Comments on a checklist: all of them, writing one, and withdrawing one's own within the minute."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.planning import commenting
from migration_planner.planning.models import Checklist
from migration_planner.planning.permissions import can_comment
from migration_planner.reminders import comments
from migration_planner.web.forms.comments import CommentForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.talking import may_comment, shown
from migration_planner.web.views.checklists import find

PAGE = "checklists/comments.html"


@require_http_methods(["GET", "HEAD", "POST"])
def of_checklist(request: Request, pk: int) -> HttpResponse:
    checklist = find(request, pk)
    if request.method != "POST":
        return _page(request, checklist, CommentForm(checklist=checklist))
    require(can_comment(request.user, checklist))
    form = CommentForm(request.POST, checklist=checklist)
    if not form.is_valid():
        return _page(request, checklist, form, status=422)
    said = form.cleaned_data
    [outcome] = comments.write([checklist], said["text"], by=request.user, now=timezone.now(), step=said["step"])
    if outcome.error:
        raise DomainError(outcome.error)
    return see_other(f"{reverse('checklist', args=[pk])}#comments")


@require_POST
def withdraw(request: Request, pk: int, comment_id: int) -> HttpResponse:
    """Take one's own words back. Others' can be read here, but not withdrawn."""
    checklist = find(request, pk)
    comment = get_object_or_404(checklist.comments, pk=comment_id)
    require(comment.author_id == request.user.pk)
    commenting.withdraw_one(comment, by=request.user, now=timezone.now())
    messages.success(request, _("The comment is withdrawn."))
    return see_other(f"{reverse('checklist', args=[pk])}#comments")


def _page(request: Request, checklist: Checklist, form: CommentForm, *, status: int = 200) -> HttpResponse:
    page = keyset(checklist.comments.newest_first(), ["-id"], request.GET.get("cursor"))
    context = {
        "checklist": checklist,
        "ban": checklist.ban,
        "page": page,
        "comments": shown(page.rows, request.user, now=timezone.now()),
        "form": form,
        "may_comment": may_comment(request.user, checklist),
    }
    return render(request, PAGE, context, status=status)
