"""How a ban stood on a past day, or at its cutoff: figures, teams, and the people as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET

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
    """Everybody as they stood at the end of a day (UTC), derived from history; or at the cutoff, as it was written down."""
    ban = _ban(request, pk)
    asked = request.GET.get("day", "")
    if asked == CUTOFF:
        kept = _frozen(ban)
        if kept is None:
            raise Http404
        return exports.file(request, f"{ban} people at the cutoff", COLUMNS[:-1], _frozen_lines(kept, _path(request)))
    day = _day(asked)
    if day is None or past.end_of(day) > timezone.now():
        raise Http404
    return exports.file(
        request, f"{ban} people {day}", COLUMNS, _lines(past.people(ban, past.end_of(day), _path(request)))
    )


def _lines(rows: Iterable[past.Was]) -> Iterable[Sequence[Any]]:
    states = dict(Checklist.State.choices)
    stopped = dict(Checklist.Stopped.choices)
    for was in rows:
        yes = _("yes") if was.is_verified else _("no")
        counts = was.finished, was.asked
        yield was.name, was.email, was.path, states[was.state], *counts, yes, stopped.get(was.stopped, "")


def _frozen_lines(kept: AtCutoff, path: str | None) -> Iterable[Sequence[Any]]:
    rows = kept.people_rows.filter(below(path)) if path else kept.people_rows.all()
    rows = rows.select_related("checklist__person").order_by("path", "checklist__person__name", "pk")
    for row in rows.iterator(2000):
        person = row.checklist.person
        yes = _("yes") if row.is_verified else _("no")
        counts = row.finished_steps, row.asked_steps
        yield person.name, person.email, row.path, row.get_state_display(), *counts, yes


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
