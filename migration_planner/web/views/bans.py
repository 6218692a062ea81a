"""The list of bans, the page of one, and its history."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from migration_planner.lib.paging import keyset
from migration_planner.people.models import User
from migration_planner.planning import playbooks, progress
from migration_planner.planning.models import Ban, Proposal
from migration_planner.planning.permissions import can_draft, can_name_owners, can_see_figures
from migration_planner.planning.scans import reading
from migration_planner.reminders import glance
from migration_planner.web import history, scanning
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import visible_ban
from migration_planner.web.views import dashboards

STATES = [Ban.State.DRAFT, Ban.State.PUBLISHED, Ban.State.CLOSED, Ban.State.WITHDRAWN]


@require_GET
def index(request: Request) -> HttpResponse:
    """Bans the reader may see, newest first."""
    state = request.GET.get("state", "")
    rows = Ban.objects.visible_to(request.user).select_related("tool", "replacement")
    if state in STATES:
        rows = rows.filter(state=state)
    page = keyset(rows, ("-pk",), request.GET.get("cursor"))
    context = {
        "page": page,
        "rows": _with_figures(request.user, page.rows),
        "state": state,
        "states": STATES,
        "can_draft": can_draft(request.user),
        "now": timezone.now(),
    }
    return render(request, "bans/list.html", context)


def _with_figures(user: User, bans: list[Ban]) -> list[dict[str, Any]]:
    """Each ban with the figures the reader may see (of the whole audience), or the state of the reader's own checklist."""
    ids = [ban.pk for ban in bans]
    mine = dict(user.checklists.filter(ban__in=ids).values_list("ban", "state"))
    run = (
        set(ids)
        if user.sees_everything
        else set(Ban.objects.run_by(user).filter(pk__in=ids).values_list("pk", flat=True))
    )
    figures = progress.of_bans(run)
    return [
        {"ban": ban, "figures": figures.get(ban.pk), "own": mine.get(ban.pk), "runs": can_open_draft(user, ban, run)}
        for ban in bans
    ]


def can_open_draft(user: User, ban: Ban, run: set[int]) -> bool:
    return ban.is_draft and ban.pk in run and not user.sees_everything


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    """The announcement, as everybody reads it who has a part in the ban; for those who answer for it, the figures first."""
    ban, now = visible_ban(request, pk), timezone.now()
    seen = glance.of_ban(ban)
    is_scanned = not ban.is_draft and seen.scans
    owners = list(ban.owners.active().order_by("name").only("name"))
    runs = request.user in owners
    sees_figures = runs or can_see_figures(request.user, ban)
    context = {
        "ban": ban,
        "scope": ban.scope,
        "ended": history.end_of(ban),
        "checklist": request.user.checklists.filter(ban=ban).counted().only("person").first(),
        "owners": owners,
        "can_run": runs,
        "is_orphan": ban.is_live and not runs and can_name_owners(request.user, ban),
        "can_see_history": sees_figures,
        "has_dead_hooks": runs and seen.dead_hooks,
        "pending": _pending(ban) if sees_figures and ban.is_live and seen.proposals else (),
        "newer": playbooks.newer_than(ban.playbook, ban.playbook_version) if runs and _can_take(ban) else None,
        "can_reopen": runs and ban.can_be_reopened(now=now),
        "now": now,
        "how_to": scanning.how_to(ban) if is_scanned else None,
        "scans": reading.of_ban(ban) if is_scanned and sees_figures else None,
        **(dashboards.figures(ban, seen, now=now) if sees_figures else {}),
    }
    return render(request, "bans/detail.html", context)


def _pending(ban: Ban) -> Iterable[Proposal]:
    """Changes that wait for another owner, oldest first."""
    return ban.proposals.waiting().select_related("proposed_by").order_by("pk")


def _can_take(ban: Ban) -> bool:
    """Whether a newer version of the playbook can still do anything for this ban."""
    return ban.is_draft or ban.is_live


@require_GET
def events(request: Request, pk: int) -> HttpResponse:
    """Who did what, when and why: decisions alone, or (asked for) every mark as well."""
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    everything = request.GET.get("of") == "everything"
    rows = ban.events.newest_first() if everything else ban.events.newest_first().decisions()
    page = keyset(rows, ("-id",), request.GET.get("cursor"))
    context = {
        "ban": ban,
        "page": page,
        "lines": [history.line(event) for event in page.rows],
        "everything": everything,
    }
    return render(request, "bans/history.html", context)
