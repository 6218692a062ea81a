"""The figures of a whole ban, for those who answer for it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.copying import Cell
from migration_planner.planning import progress, using
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_run, can_see_figures
from migration_planner.reminders import nudging
from migration_planner.reminders.glance import OfBan
from migration_planner.web import exports, history, people
from migration_planner.web.charts import burn_up
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import own_ban, visible_ban

#: How many lines of history, and how many teams that are behind, the page shows before it links to the rest.
LATEST, BEHIND, BLOCKED = 5, 6, 6
TEAMS = [
    _("Team"), _("People"), _("Done"), _("Started"), _("Blocked"), _("Not started"), _("Team steps done"), _("Waived"),
    _("Deadline"), _("Done, verified"), _("Done, claimed"), _("Team steps verified"), _("Team steps claimed"),
]  # fmt: skip


def figures(ban: Ban, seen: OfBan, *, now: datetime) -> dict[str, Any]:
    """What the ban's page shows of its progress to those who may see it; nothing of a draft."""
    if ban.published_at is None:
        return {}
    overview = progress.of_audience(ban)
    return {
        "overview": overview,
        "chart": burn_up(ban, progress.burn_up(ban, None), overview.total, now=now),
        "behind": list(progress.furthest_behind(ban, most=BEHIND)),
        "blocked": progress.blocked(ban, most=BLOCKED) if overview.total.blocked else [],
        "sides": using.sides(ban, using.data(ban, known=seen.signals), now=now),
        "at_cutoff": ban.at_cutoffs.order_by("-cutoff_at").first() if ban.cutoff_at and ban.cutoff_at <= now else None,
        "latest": [history.line(event) for event in ban.events.newest_first().decisions()[:LATEST]],
    }


def _ban(request: Request, pk: int) -> Ban:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    return ban


@require_GET
def everybody(request: Request, pk: int) -> HttpResponse:
    """The people of the whole audience: who needs help, filtered and sorted."""
    ban = _ban(request, pk)
    context = {
        "ban": ban,
        "overview": progress.total(ban),
        "can_nudge": ban.is_live and can_run(request.user, ban),
        "now": timezone.now(),
        **people.listing(request, ban.checklists.counted(), ban, using.data(ban)),
    }
    return render(request, "bans/everybody.html", context)


@require_POST
def nudge(request: Request, pk: int) -> HttpResponse:
    """A polite mail to everybody unfinished in the audience."""
    ban = own_ban(request, pk)
    for sentence in people.told(nudging.nudge(ban.checklists.all(), by=request.user, now=timezone.now())):
        messages.info(request, sentence)
    return see_other(reverse("ban-everybody", args=[ban.pk]))


@require_GET
def people_csv(request: Request, pk: int) -> HttpResponseBase:
    """Everybody in the audience with the state of their checklist, or those whom the page lists with the same filter."""
    ban = _ban(request, pk)
    return exports.people_file(request, f"{ban} people", ban, people.in_asked_state(request, ban.checklists.counted()))


@require_GET
def teams_csv(request: Request, pk: int) -> HttpResponseBase:
    """Every team of the audience with the figures of its own people."""
    ban = _ban(request, pk)
    cells: list[Cell] = [
        *("path", "people", "done", "started", "blocked"),
        F("people") - F("started") - F("blocked") - F("waived") - F("done"),
        *("finished_team_steps", "waived", "deadline_at"),
        *("verified", F("done") - F("verified")),
        *("verified_team_steps", F("finished_team_steps") - F("verified_team_steps")),
    ]
    return exports.file(request, f"{ban} teams", TEAMS, ban.migrations.order_by("path"), cells)
