"""Since last week: the part that the pages of a ban fetch, and a page of its own."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from migration_planner.planning import explaining
from migration_planner.planning.permissions import can_see_figures
from migration_planner.web import differences
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import visible_ban


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    found = explaining.last_week(ban, now=timezone.now()) if ban.is_live else None
    context = {
        "ban": ban,
        "difference": found,
        "sentence": differences.sentence(found) if found else "",
        "balances": differences.balances(found) if found else [],
    }
    answer = render(request, "bans/difference.html#part" if request.htmx else "bans/difference.html", context)
    answer["Vary"] = "HX-Request"
    return answer
