"""What if: another cutoff, another date of a wave, waivers granted. Looked at here, changed nowhere."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_run, can_see_figures
from migration_planner.reminders import foretelling
from migration_planner.web.forms.what_if import ProposeForm, WhatIfForm
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import visible_ban


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    form = WhatIfForm(ban, request.GET if "look" in request.GET else None)
    found, status = {}, 200
    if form.is_bound and (ban.is_live or ban.is_draft):
        found = _look(ban, form)
        status = 200 if not form.errors else 422
    return page(request, ban, form, status=status, **found)


def _look(ban: Ban, form: WhatIfForm) -> dict[str, Any]:
    """What it comes to; nothing when the form says why not."""
    if not form.is_valid():
        return {}
    wish = form.wish
    if not wish:
        form.add_error(None, _("This changes nothing. Choose another date, or waivers to grant."))
        return {}
    try:
        return {"parts": foretelling.parts(ban, wish, now=timezone.now()), "wish": wish}
    except DomainError as error:
        form.add_error(None, str(error))
        return {}


def page(request: Request, ban: Ban, form: WhatIfForm, *, status: int = 200, **found: Any) -> HttpResponse:
    kept = [(name, form.data.get(name, "")) for name in WhatIfForm.base_fields if form.data.get(name)]
    context = {
        "ban": ban,
        "heading": _("What if?"),
        "form": form,
        "kept": kept,
        "can_propose": ban.is_live and can_run(request.user, ban),
        "propose_form": ProposeForm(ban)["why"],
        **found,
    }
    return render(request, "bans/what_if.html", context, status=status)
