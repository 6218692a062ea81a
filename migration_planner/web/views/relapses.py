"""Who has used the old tool after the cutoff, or after being done, and how long it has to be quiet."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.paging import keyset
from migration_planner.planning import relapses, using
from migration_planner.planning.models.bans import MOST_QUIET_DAYS
from migration_planner.planning.permissions import can_run, can_see_figures
from migration_planner.web.forms.signals import QuietDaysForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import own_ban, visible_ban

ROWS = 25


@require_GET
def of_ban(request: Request, pk: int) -> HttpResponse:
    ban, now = visible_ban(request, pk), timezone.now()
    require(can_see_figures(request.user, ban))
    standing = request.GET.get("of") != "everybody"
    shown = relapses.standing(ban, now=now) if standing else relapses.relapsed(ban, now=now)
    shown = shown.select_related("person", "migration").only("ban", "state", "person__name", "migration__path")
    page = keyset(shown, relapses.LATEST, request.GET.get("cursor"), size=ROWS)
    context = {
        "ban": ban,
        "heading": _("Relapse watch"),
        "page": page,
        "rows": [(row, relapses.quiet_on(row, ban)) for row in page.rows],
        "standing": standing,
        "ages": using.ages(ban, using.data(ban), now=now),
        "can_run": ban.is_live and can_run(request.user, ban),
        "most_days": MOST_QUIET_DAYS,
    }
    return render(request, "relapses/of_ban.html", context)


@require_POST
def quiet_days(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    form = QuietDaysForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose 1 to %(most)d quiet days.") % {"most": MOST_QUIET_DAYS})
    elif relapses.set_quiet_days(ban, form.cleaned_data["days"], by=request.user, now=timezone.now()):
        messages.success(request, _("Saved."))
    return see_other(reverse("ban-relapses", args=[ban.pk]))
