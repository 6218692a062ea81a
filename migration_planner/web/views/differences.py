"""Since last week: the part that the pages of a ban fetch, and a page of its own. Asked so, it begins with how the ban fares."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from migration_planner.planning import explaining, progress
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_see_figures
from migration_planner.steering.health import health
from migration_planner.steering.models import Forecast
from migration_planner.web import differences, healths
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import visible_ban


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    now = timezone.now()
    found = explaining.last_week(ban, now=now) if ban.is_live else None
    context = {
        "ban": ban,
        "difference": found,
        "sentence": differences.sentence(found) if found else "",
        "balances": differences.balances(found) if found else [],
    }
    if ban.is_live and request.GET.get("with") == "health":
        context |= _health(ban, now)
    answer = render(request, "bans/difference.html#part" if request.htmx else "bans/difference.html", context)
    answer["Vary"] = "HX-Request"
    return answer


def _health(ban: Ban, now: datetime) -> dict[str, Any]:
    """The word of the portfolio and its reason."""
    figures, forecasts = progress.of_bans([ban.pk]), Forecast.objects.latest_of_audiences([ban.pk])
    assert ban.cutoff_at is not None  # noqa: S101 - it is in force
    fares = health(figures[ban.pk], forecasts.get(ban.pk), cutoff_at=ban.cutoff_at, now=now)
    return {"health": fares, "why": healths.why(fares)}
