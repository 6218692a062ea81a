"""Where the work is: what is open or blocked, teams by workflows."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from migration_planner.planning import heat
from migration_planner.planning.permissions import can_see_figures
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import number, visible_ban


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    """The teams at the top, or with `team` those right below it."""
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    asked = number(request.GET.get("team", ""))
    team = get_object_or_404(ban.migrations.all(), team=asked) if asked else None
    path = team.path if team else heat.top(ban)
    context = {
        "ban": ban,
        "team": team,
        "above": _above(path) if team else "",
        "heat": heat.of_team(ban, path) if ban.published_at else None,
    }
    return render(request, "bans/heat.html", context)


def _above(path: str) -> str:
    return path.rpartition("/")[0].replace("/", " / ")
