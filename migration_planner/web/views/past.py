"""How a ban stood on a past day, or at its cutoff: figures, teams, and the people as a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

from migration_planner.lib.copying import Cell, Statement, either, in_words, word_of
from migration_planner.people.models import Team, below
from migration_planner.planning import past, progress
from migration_planner.planning.models import AtCutoff, Ban, Checklist, ProgressDay, TeamAtCutoff
from migration_planner.planning.permissions import can_see_figures
from migration_planner.planning.progress import Figures
from migration_planner.web import exports
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import visible_ban

#: What the address says instead of a day.
CUTOFF = "cutoff"
COLUMNS = [
    _l("Name"), _l("Address"), _l("Team"), _l("State"), _l("Steps finished"), _l("Steps asked"), _l("Verified"), _l("Since then"),
]  # fmt: skip
COUNTS = ("people", "done", "started", "blocked", "waived")


@dataclass(frozen=True)
class TeamThen:
    """One team with all below it; without a `team`, the people counted in the team above the list itself."""

    team: Team | None
    figures: Figures


@require_GET
def as_of(request: Request, pk: int) -> HttpResponse:
    """The figures at the end of a day, or at the cutoff, of the audience or of the team that the address names."""
    ban = _ban(request, pk)
    asked, now = request.GET.get("day", ""), timezone.now()
    context = {"ban": ban, "asked": asked, "yesterday": now.astimezone(UTC).date() - timedelta(days=1)}
    context |= {"frozen": _frozen(ban), **(_at_cutoff(request, ban) if asked == CUTOFF else _on_day(request, ban, now))}
    return render(request, "bans/as_of.html", context, status=422 if context.get("error") else 200)


def _on_day(request: Request, ban: Ban, now: datetime) -> dict[str, Any]:
    asked = request.GET.get("day", "")
    day = _day(asked)
    if not asked:
        return {}
    if day is None or day >= now.astimezone(UTC).date():
        return {"error": _("Choose a day that is over (UTC).")}
    rows = ban.progress_days.filter(day=day)
    total = rows.filter(team__isnull=True).first()
    if total is None:
        return {"error": _("No figures were kept for this day: the ban was not in force, or the clock did not run.")}
    return {"day": day, "total": _figures(total), **_teams(request, ban, rows.exclude(team__isnull=True))}


def _at_cutoff(request: Request, ban: Ban) -> dict[str, Any]:
    kept = _frozen(ban)
    if kept is None:
        return {"error": _("The cutoff has not passed yet. How it stands then is written down by itself.")}
    return {"kept": kept, "total": _figures(kept), **_teams(request, ban, kept.teams.all())}


def _teams(request: Request, ban: Ban, rows: Any) -> dict[str, Any]:
    """The teams right below the one that the address names; else the audience, or those below it when it is one team."""
    named, tops = _path(request), progress.audience_tops(ban)
    above = named or (tops[0] if len(tops) == 1 else "")
    level = Q(team__path=above) | Q(team__parent__path=above) if above else Q(team__path__in=tops)
    found = list(rows.filter(level, people__gt=0).select_related("team"))
    top = next((row for row in found if row.team.path == above), None)
    if named and top is None:
        raise Http404
    below = [TeamThen(row.team, _figures(row)) for row in found if row is not top]
    own = [_own(top, below)] if top else []
    rows_shown = sorted(below, key=lambda row: (-row.figures.unfinished, row.team.path if row.team else ""))
    return {"above": top.team if top else None, "teams": [row for row in own if row.figures.people] + rows_shown}


def _own(top: ProgressDay | TeamAtCutoff, below: Iterable[TeamThen]) -> TeamThen:
    spent = sum((row.figures for row in below), Figures())
    return TeamThen(None, Figures(*(getattr(top, name) - getattr(spent, name) for name in COUNTS)))


def _figures(row: ProgressDay | AtCutoff | TeamAtCutoff) -> Figures:
    """Kept days do not say how much was verified, so nothing here does."""
    return Figures(*(getattr(row, name) for name in COUNTS))


@require_GET
def people(request: Request, pk: int) -> HttpResponseBase:
    """Everybody as they stood at the end of a day (UTC), or at a time of it, derived from history; or at the cutoff, as it was
    written down."""
    ban = _ban(request, pk)
    asked, at = request.GET.get("day", ""), request.GET.get("time", "")
    if asked == CUTOFF:
        kept = _frozen(ban)
        if kept is None:
            raise Http404
        return _frozen_file(request, ban, kept)
    instant = _instant(asked, at)
    if instant is None or instant > timezone.now():
        raise Http404
    name = f"{ban} people {asked} {at}"
    return exports.statement_file(request, name, COLUMNS, _told(*past.people_statement(ban, instant, _path(request))))


def _instant(day: str, at: str) -> datetime | None:
    """The time of that day, by UTC; its end without one. None where that is no moment."""
    on = _day(day)
    if on is None or not at:
        return past.end_of(on) if on else None
    try:
        clock = time.fromisoformat(at)
    except ValueError:
        return None
    return datetime.combine(on, clock, UTC) if clock.tzinfo is None else None


def _told(statement: str, parameters: dict[str, Any]) -> Statement:
    """The rows of `past.people`, with words in the place of states."""
    state = word_of("state", Checklist.State.choices, parameters)
    verified = word_of("is_verified", [("true", _("yes")), ("false", _("no"))], parameters)
    stopped = word_of("stopped_why", Checklist.Stopped.choices, parameters)
    cells = f"name, email, path, {state}, finished, asked, {verified}, {stopped}"
    return Statement(f"SELECT {cells} FROM ({statement}) AS was", parameters)  # noqa: S608 - constants, and names of parameters


def _frozen_file(request: Request, ban: Ban, kept: AtCutoff) -> HttpResponseBase:
    path = _path(request)
    rows = kept.people_rows.filter(below(path)) if path else kept.people_rows.all()
    cells: list[Cell] = [
        *("checklist__person__name", "checklist__person__email", "path"),
        *(in_words("state", Checklist.State.choices), "finished_steps", "asked_steps"),
        either("is_verified", _("yes"), _("no")),
    ]
    rows = rows.order_by("path", "checklist__person__name", "pk")
    return exports.file(request, f"{ban} people at the cutoff", COLUMNS[:-1], rows, cells)


def _ban(request: Request, pk: int) -> Ban:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    if ban.published_at is None:
        raise Http404
    return ban


def _frozen(ban: Ban) -> AtCutoff | None:
    return ban.at_cutoffs.order_by("-cutoff_at").first()


def _path(request: Request) -> str | None:
    """The team that the address names."""
    named = request.GET.get("team", "")
    return named if named and "\0" not in named else None


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
