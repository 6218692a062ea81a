"""The mail of a ban: the balance of everything due, what is coming, what was sent."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from migration_planner.lib.paging import keyset
from migration_planner.planning.permissions import can_see_figures
from migration_planner.reminders import reports
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import visible_ban

PAGE = "bans/mail.html"
LISTS = {"coming": (reports.coming, ("due_at", "pk")), "sent": (reports.sent, ("-sent_at", "-pk"))}


@require_GET
def of_ban(request: Request, pk: int) -> HttpResponse:
    """The page; for htmx its balance alone, which the ban's page asks for after it has been shown."""
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    context = {"ban": ban, "mail": reports.counts(ban)}
    if request.htmx:
        answer = render(request, f"{PAGE}#balance", context)
    else:
        which = "sent" if request.GET.get("list") == "sent" else "coming"
        rows, order = LISTS[which]
        page = keyset(rows(ban), order, request.GET.get("cursor"))
        answer = render(request, PAGE, {**context, "which": which, "page": page})
    patch_vary_headers(answer, ["HX-Request"])
    return answer
