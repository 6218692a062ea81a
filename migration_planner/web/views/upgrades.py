"""What a newer version of its playbook would change about a ban, and taking it."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from migration_planner.lib.errors import DomainError
from migration_planner.planning import upgrading
from migration_planner.planning.models import Ban
from migration_planner.planning.playbooks.differences import Difference
from migration_planner.web.forms.bans import WhyForm
from migration_planner.web.history import FIELDS, WORKFLOW_FIELDS
from migration_planner.web.http import Request, see_other
from migration_planner.web.lookups import own_ban


@require_http_methods(["GET", "POST"])
def detail(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    if not (ban.is_draft or ban.is_live):
        messages.info(request, ban.standing)
        return redirect("ban", pk=ban.pk)
    form = (Form if ban.is_draft else WhyForm)(request.POST or None)
    if request.method == "GET":
        return _page(request, ban, form)
    if not (ban.is_draft or form.is_valid()):
        return _page(request, ban, form, status=422)
    try:
        reopened = upgrading.take(
            ban,
            request.POST.get("version", ""),
            by=request.user,
            now=timezone.now(),
            why="" if ban.is_draft else form.cleaned_data["why"],
        )
    except DomainError as error:
        return _page(request, ban, form, refusal=str(error), status=409)
    messages.success(request, _done(reopened))
    return see_other(reverse("ban-steps" if ban.is_draft else "ban", args=[ban.pk]))


def _done(reopened: int) -> str:
    words = ngettext(
        "The newer version was taken; %(count)d finished step is open again.",
        "The newer version was taken; %(count)d finished steps are open again.",
        reopened,
    )
    return words % {"count": reopened}


def _page(request: Request, ban: Ban, form: Form, *, refusal: str = "", status: int = 200) -> HttpResponse:
    ban.refresh_from_db()
    difference = upgrading.offered(ban)
    context = {
        "ban": ban,
        "heading": _("A newer version of the playbook"),
        "difference": difference,
        "form": form,
        "refusal": refusal,
        **(_rows(ban, difference) if difference else {}),
    }
    return render(request, "bans/playbook.html", context, status=status)


def _rows(ban: Ban, difference: Difference) -> dict[str, object]:
    counts = upgrading.finished_marks(difference) if ban.is_live else {}
    touched = [{"step": step, "count": counts.get(pk, 0)} for pk, step in difference.touched.items()]
    return {
        "version": difference.playbook.version,
        "steps": [
            {
                "change": change,
                "fields": [FIELDS.get(name, name) for name in change.fields],
                "own": [FIELDS.get(name, name) for name in change.own],
            }
            for change in difference.steps
        ],
        "workflows": [
            {"change": change, "fields": [WORKFLOW_FIELDS.get(name, name) for name in change.fields]}
            for change in difference.workflows
        ],
        "touched": [row for row in touched if row["count"]],
        "reopened": sum(counts.values()),
    }
