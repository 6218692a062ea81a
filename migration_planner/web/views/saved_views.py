"""Views that somebody saved: kept, renamed, deleted, and shared by a link with whoever may see the page anyway."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.people.models import SavedView
from migration_planner.planning.models import Ban, Migration
from migration_planner.planning.permissions import can_see_contradictions, can_see_figures, can_see_portfolio
from migration_planner.reminders.links import url
from migration_planner.web import saving
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import visible_ban
from migration_planner.web.saving import LISTS, Readers
from migration_planner.web.views.teams import visible_migration


@dataclass(frozen=True)
class Row:
    """A view with the title of its page, what that is about, where it leads ("" when it does not any more), and its link."""

    view: SavedView
    title: "str | Promise"
    about: str
    url: str
    link: str


def _figures(request: Request, pk: int) -> None:
    require(can_see_figures(request.user, visible_ban(request, pk)))


def _questions(request: Request, pk: int) -> None:
    require(can_see_contradictions(request.user, visible_ban(request, pk)))


READ: dict[Readers, Callable[..., Any]] = {
    Readers.EVERYBODY: lambda request: None,
    Readers.OF_PORTFOLIO: lambda request: require(can_see_portfolio(request.user)),
    Readers.OF_BAN: visible_ban,
    Readers.OF_FIGURES: _figures,
    Readers.OF_QUESTIONS: _questions,
    Readers.OF_TEAM: visible_migration,
}


def _require_seen(request: Request, page: str, about: dict[str, int]) -> None:
    """404 unless the reader may open that page: a link says nothing about what one may not see, not even that it exists."""
    try:
        READ[LISTS[page].readers](request, **about)
    except PermissionDenied:
        raise Http404 from None


@require_http_methods(["GET", "POST"])
def index(request: Request) -> HttpResponse:
    """One's own views; a POST saves another one, of the page at `at`."""
    if request.method == "POST":
        place = saving.place_of(request.POST.get("at", ""))
        _require_seen(request, place.page, place.about)
        return _save(request, request.POST.get("name", ""), place)
    return render(request, "views/list.html", {"rows": _rows(request, list(_own(request).order_by("name", "pk")))})


def _own(request: Request) -> Any:
    return SavedView.objects.of(request.user)


def _save(request: Request, name: str, place: saving.Place) -> HttpResponse:
    page, about, query = place.page, place.about, place.query
    view = SavedView.save_as(name, page=page, about=about, query=query, by=request.user, now=timezone.now())
    messages.success(request, _("Saved as “%(name)s”. It stands under My views.") % {"name": view.name})
    return see_other(saving.address_of(view) or reverse("views"))


@require_POST
def rename(request: Request, pk: int) -> HttpResponse:
    view = get_object_or_404(_own(request).select_related("user"), pk=pk)
    view.rename(request.POST.get("name", ""))
    messages.success(request, _("The view is now called “%(name)s”.") % {"name": view.name})
    return see_other(reverse("views"))


@require_http_methods(["GET", "POST"])
def removal(request: Request, pk: int) -> HttpResponse:
    """Ask, then delete. Whoever kept a copy keeps it."""
    view = get_object_or_404(_own(request), pk=pk)
    if request.method == "GET":
        return render(request, "views/removal.html", {"view": view})
    view.delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": view.name})
    return see_other(reverse("views"))


def _shared(request: Request, token: str) -> SavedView:
    view = get_object_or_404(SavedView.objects.select_related("user"), token=token)
    if saving.address_of(view) is None:
        raise Http404
    _require_seen(request, view.page, view.about)
    return view


@require_GET
def shared(request: Request, token: str) -> HttpResponse:
    """What somebody shares: for whoever may open the page that it leads to."""
    view = _shared(request, token)
    context = {"row": _rows(request, [view])[0], "is_mine": view.user_id == request.user.pk}
    return render(request, "views/shared.html", context)


@require_POST
def copy(request: Request, token: str) -> HttpResponse:
    """Keep a copy among one's own, under a name of one's own."""
    view = _shared(request, token)
    place = saving.Place(view.page, view.about, view.query)
    return _save(request, request.POST.get("name", view.name), place)


def _rows(request: Request, views: list[SavedView]) -> list[Row]:
    """Two queries: which of their bans and teams the reader still sees, and what they are called."""
    bans = {view.about.get("ban_id") or view.about.get("pk") for view in views}
    seen = Ban.objects.visible_to(request.user).filter(pk__in=[pk for pk in bans if pk])
    names = {ban.pk: str(ban) for ban in seen.select_related("tool", "replacement")}
    teams = [view.about["team_id"] for view in views if "team_id" in view.about]
    migrations = Migration.objects.visible_to(request.user).filter(team__in=teams)
    paths = {(row.ban_id, row.team_id): row.team_name for row in migrations.only("ban", "team", "path")}
    return [_row(view, names, paths) for view in views]


def _row(view: SavedView, bans: dict[int, str], teams: dict[tuple[int, int], str]) -> Row:
    address, about = saving.address_of(view) or "", ""
    title = LISTS[view.page].title if address else view.page
    if ban := view.about.get("ban_id") or view.about.get("pk"):
        about = bans.get(ban, "")
    if team := view.about.get("team_id"):
        name = teams.get((ban, team), "")
        about = f"{name} · {about}" if name else ""
    is_gone = bool(view.about) and not about
    return Row(view, title, about, "" if is_gone else address, url("view-shared", view.token))
