"""All bans that somebody answers for, side by side: how each fares, where they meet, and how much they write."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from migration_planner.people.models import User
from migration_planner.planning import overlap, progress
from migration_planner.planning.models import Ban
from migration_planner.planning.models.bans import BanQuerySet
from migration_planner.planning.permissions import can_see_portfolio
from migration_planner.planning.progress import Figures
from migration_planner.reminders import coming
from migration_planner.steering.health import SURE, Health, Word, health
from migration_planner.steering.models import Forecast
from migration_planner.web import healths
from migration_planner.web.http import Request, require

#: More bans in force, or more that have ended, are a list for `bans`.
MOST, ENDED = 100, 20


@dataclass(frozen=True)
class Row:
    """A ban in force with its figures, what is promised of it, and how it fares."""

    ban: Ban
    figures: Figures
    forecast: Forecast | None
    health: Health

    @property
    def why(self) -> str:
        return healths.why(self.health)

    @property
    def promised(self) -> int | None:
        """At least so many are done by the cutoff, at 85 %; None while nothing can be said."""
        return self.forecast.by_cutoff[SURE] if self.forecast and self.forecast.by_cutoff else None


@require_GET
def index(request: Request) -> HttpResponse:
    bans, now = _bans(request.user), timezone.now()
    live = list(bans.live().order_by("cutoff_at", "pk")[:MOST])
    ended = bans.filter(state__in=[Ban.State.CLOSED, Ban.State.WITHDRAWN]).order_by("-ended_at", "-pk")
    context = {"rows": _rows(live, now=now), "ended": list(ended[:ENDED]), "now": now}
    return render(request, "portfolio/index.html", context)


@require_GET
def teams(request: Request) -> HttpResponse:
    """Teams under several bans; the part that the portfolio fetches, or a page of its own."""
    names = {ban.pk: ban for ban in _bans(request.user).live().order_by("cutoff_at", "pk")[:MOST]}
    meeting = overlap.of_bans(names)
    context = {"overlap": meeting, "teams": [(row, [names[pk] for pk in row.bans]) for row in meeting.rows]}
    return _part(request, "portfolio/teams.html", context)


@require_GET
def mail(request: Request) -> HttpResponse:
    """How many mails a person gets in the coming week; the part that the portfolio fetches, or a page of its own."""
    live, now = _bans(request.user).live().order_by("cutoff_at", "pk")[:MOST], timezone.now()
    weeks = coming.week([ban.pk for ban in live], now=now)
    context = {"weeks": weeks, "mails": sum(each.mails * each.people for each in weeks)}
    return _part(request, "portfolio/mail.html", context)


def _part(request: Request, template: str, context: dict[str, Any]) -> HttpResponse:
    answer = render(request, f"{template}#part" if request.htmx else template, context)
    answer["Vary"] = "HX-Request"
    return answer


def _bans(user: User) -> BanQuerySet:
    """The bans one runs; all of them for those who see everything."""
    require(can_see_portfolio(user))
    kept = Ban.objects.kept().select_related("tool", "replacement")
    return kept if user.sees_everything else kept.run_by(user)


def _rows(bans: list[Ban], *, now: datetime) -> list[Row]:
    """Worst first; of the same word, the next cutoff first."""
    ids = [ban.pk for ban in bans]
    figures, forecasts = progress.of_bans(ids), Forecast.objects.latest_of_audiences(ids)
    rows = [_row(ban, figures.get(ban.pk, Figures()), forecasts.get(ban.pk), now=now) for ban in bans]
    order = list(Word)
    return sorted(rows, key=lambda row: order.index(row.health.word))


def _row(ban: Ban, figures: Figures, forecast: Forecast | None, *, now: datetime) -> Row:
    assert ban.cutoff_at is not None  # noqa: S101 - a ban in force has one
    return Row(ban, figures, forecast, health(figures, forecast, cutoff_at=ban.cutoff_at, now=now))
