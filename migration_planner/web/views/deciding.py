"""Waivers to decide: all that waits for the reader's word, one by one or many with one reason."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.planning import deciding
from migration_planner.planning.models import Waiver
from migration_planner.web.forms.waivers import BulkForm
from migration_planner.web.http import Request
from migration_planner.web.lookups import number

#: How many stand on a page.
SHOWN = 25


@require_GET
def index(request: Request) -> HttpResponse:
    return _page(request, BulkForm())


@require_POST
def decide_many(request: Request) -> HttpResponse:
    """Decide about all that are ticked, and show of each what became of it."""
    form, chosen = BulkForm(request.POST), _chosen(request)
    if not chosen:
        form.add_error(None, _("Tick at least one waiver."))
        return _page(request, form, status=422)
    if not form.is_valid():
        return _page(request, form, ticked={waiver.pk for waiver in chosen}, status=422)
    verdict, words = form.cleaned_data["verdict"], form.cleaned_data["words"]
    if verdict != deciding.Verdict.APPROVED and not words.strip():
        form.add_error("words", _("Say why; the people read it."))
        return _page(request, form, ticked={waiver.pk for waiver in chosen}, status=422)
    outcomes = deciding.decide_many(chosen, verdict, by=request.user, now=timezone.now(), words=words)
    context = {"outcomes": outcomes, "decided": sum(not outcome.error for outcome in outcomes)}
    return render(request, "waivers/decided.html", context)


def _chosen(request: Request) -> list[Waiver]:
    """Those ticked that the reader may see; whether they may decide is said of each."""
    keys = [key for text in request.POST.getlist("waiver") if (key := number(text)) is not None]
    if len(keys) > deciding.MOST_AT_ONCE:
        raise DomainError(_("Decide about %(most)d waivers at a time at most.") % {"most": deciding.MOST_AT_ONCE})
    return list(Waiver.objects.visible_to(request.user).filter(pk__in=keys).shown().order_by("pk"))


def _page(request: Request, form: BulkForm, *, ticked: set[int] | None = None, status: int = 200) -> HttpResponse:
    waiting = Waiver.objects.to_decide_by(request.user)
    page = keyset(waiting.shown(), ("requested_at", "pk"), request.GET.get("cursor"), size=SHOWN)
    context: dict[str, Any] = {
        "page": page,
        "count": waiting.count(),
        "form": form,
        "ticked": ticked or set(),
        "now": timezone.now(),
    }
    return render(request, "waivers/list.html", context, status=status)
