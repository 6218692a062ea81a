"""Will we make it? What is promised of a ban, the teams that decide it, and how good such promises were."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from migration_planner.planning import progress
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_see_figures
from migration_planner.steering.estimating import CONFIDENCES
from migration_planner.steering.models import Backtest, Forecast
from migration_planner.steering.risks import at_risk
from migration_planner.web import risks
from migration_planner.web.charts import fan
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import visible_ban


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    return render(request, "bans/outlook.html", {"ban": ban, **_page(ban)})


def _page(ban: Ban) -> dict[str, Any]:
    if not ban.is_live:
        return {}
    now, found = timezone.now(), Forecast.objects.latest_of(ban)
    return {
        "forecast": found,
        "rows": _rows(found),
        "fan_rows": [(date.fromisoformat(day), promised) for day, promised in found.fan] if found else [],
        "chart": fan(progress.burn_up(ban, None), found) if found and found.fan else None,
        "is_over": bool(ban.cutoff_at and ban.cutoff_at <= now),
        "risks": risks.told(at_risk(ban, now=now)) if found and not found.silent else [],
        "record": _record(),
    }


def _rows(found: Forecast | None) -> list[tuple[int, int | None, date | None]]:
    """(confidence, at least so many by the cutoff, everybody done by); the middle is empty after the cutoff."""
    if found is None or found.silent:
        return []
    promised: Sequence[int | None] = found.by_cutoff or [None] * len(CONFIDENCES)
    return list(zip(CONFIDENCES, promised, found.all_by, strict=True))


def _record() -> dict[str, Any] | None:
    """The newest record over finished bans, in whole per cent; until there is one, that over simulated ones."""
    newest = Backtest.objects.order_by("-made_at")
    record = newest.filter(over=Backtest.Over.FINISHED).first() or newest.first()
    if record is None:
        return None
    shares = {
        "held_85": record.held[1],
        "ours": record.error,
        "line": record.error_of_line,
        "pace": record.error_of_pace,
    }
    whole = {name: round(share * 100) for name, share in shares.items()}
    return {"over": record.over, "bans": record.bans, "cases": record.cases, **whole}
