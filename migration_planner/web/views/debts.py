"""The debt of a ban: who goes on with the banned tool, for how long and why; and the rules for waivers."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.copying import Cell, either, in_words
from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.planning import debt, waiving
from migration_planner.planning.models import Ban, Waiver
from migration_planner.planning.permissions import can_run, can_see_debt
from migration_planner.web import exports
from migration_planner.web.forms.waivers import RulesForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import own_ban, visible_ban

COLUMNS = [
    _l("Name"), _l("Address"), _l("Team"), _l("State"), _l("Reason"), _l("In words"), _l("Compensating control"),
    _l("For all steps"), _l("Asked by"), _l("Asked at"), _l("Asked until"), _l("Until"), _l("Granted at"), _l("Granted by"),
    _l("Ended at"), _l("Extension"),
]  # fmt: skip


def _ban(request: Request, pk: int) -> Ban:
    ban = visible_ban(request, pk)
    require(can_see_debt(request.user, ban))
    return ban


@require_GET
def of_ban(request: Request, pk: int) -> HttpResponse:
    return _page(request, _ban(request, pk))


@require_GET
def file(request: Request, pk: int) -> HttpResponseBase:
    """Every waiver of the ban, or those in the state the page lists."""
    ban = _ban(request, pk)
    rows = debt.listed(ban, request.GET.get("state", "")).order_by("pk")
    cells: list[Cell] = [
        *("person__name", "person__email", "checklist__migration__path"),
        *(in_words("state", Waiver.State.choices), in_words("reason", Waiver.Reason.choices), "words", "control"),
        *(either("for_all", _("yes"), _("no")), "requested_by__name", "requested_at", "asked_until", "until"),
        *("granted_at", "granted_by__name", "ended_at", "extension"),
    ]
    return exports.file(request, f"{ban} waivers", COLUMNS, rows, cells)


@require_POST
def rules(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _page(request, ban, form, status=422)
    try:
        waiving.set_rules(ban, form.rules, by=request.user, now=timezone.now())
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, ban, form, status=409)
    messages.success(request, _("Saved. Waivers that were asked for before keep the rules they were asked under."))
    return see_other(f"{reverse('ban-waivers', args=[ban.pk])}#rules")


def _page(request: Request, ban: Ban, form: RulesForm | None = None, *, status: int = 200) -> HttpResponse:
    now, state = timezone.now(), request.GET.get("state", "")
    context = {
        "ban": ban,
        "heading": _("Waivers"),
        "debt": debt.of_ban(ban, now=now),
        "page": keyset(debt.listed(ban, state), ("-pk",), request.GET.get("cursor"), size=25),
        "state": state,
        "states": Waiver.State,
        "form": (form or RulesForm.of(ban)) if can_run(request.user, ban) and (ban.is_live or ban.is_draft) else None,
        "now": now,
    }
    return render(request, "bans/waivers.html", context, status=status)
