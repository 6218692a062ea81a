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

#: Fewer replayed forecasts say little about the next one.
ENOUGH_CASES = 20
#: How many of the latest proposals the page lists.
PROPOSALS = 10


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    proposals = ban.proposals.select_related("proposed_by").order_by("-pk")[:PROPOSALS] if not ban.is_draft else []
    return render(request, "bans/outlook.html", {"ban": ban, "proposals": proposals, **_page(ban)})


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
        "records": _records(),
    }


def _rows(found: Forecast | None) -> list[tuple[int, int | None, date | None]]:
    """(confidence, at least so many by the cutoff, everybody done by); the middle is empty after the cutoff."""
    if found is None or found.silent:
        return []
    promised: Sequence[int | None] = found.by_cutoff or [None] * len(CONFIDENCES)
    return list(zip(CONFIDENCES, promised, found.all_by, strict=True))


def _records() -> list[dict[str, Any]]:
    """The newest record over finished bans, and while those are few, the newest over simulated ones."""
    newest = {row.over: row for row in Backtest.objects.order_by("over", "-made_at").distinct("over")}
    own, simulated = (newest.get(over) for over in (Backtest.Over.FINISHED, Backtest.Over.SIMULATED))
    shown = [own] if own and own.cases >= ENOUGH_CASES else [own, simulated]
    return [_in_per_cent(record) for record in shown if record]


def _in_per_cent(record: Backtest) -> dict[str, Any]:
    shares = {
        "held_85": record.held[1],
        "ours": record.error,
        "line": record.error_of_line,
        "pace": record.error_of_pace,
    }
    whole = {name: round(share * 100) for name, share in shares.items()}
    return {"over": record.over, "bans": record.bans, "cases": record.cases, **whole}
