"""Who has acknowledged the scope statement: one's own word, and the list for those who answer for the ban."""

from typing import Any

from django.contrib import messages
from django.db.models import Value
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.copying import Cell
from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.planning import acknowledging
from migration_planner.planning.models import Ban, Checklist, ScopeStatement
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.planning.permissions import can_mark, can_see_figures
from migration_planner.web import exports
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number, visible_ban

PAGE = "bans/acknowledgements.html"
#: How many people a page shows.
SHOWN = 25
COLUMNS = [_l("Name"), _l("Address"), _l("Team"), _l("Version"), _l("Acknowledged at")]


@require_POST
def acknowledge(request: Request, pk: int) -> HttpResponse:
    """Say that one has read the version that the page showed."""
    checklist = get_object_or_404(Checklist.objects.visible_to(request.user), pk=pk)
    require(can_mark(request.user, checklist))
    version = number(request.POST.get("version", "")) or 0
    try:
        acknowledging.acknowledge(checklist, version, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Thank you. It is noted that you have read what is and is not banned."))
    return see_other(reverse("checklist", args=[checklist.pk]))


@require_GET
def of_ban(request: Request, pk: int) -> HttpResponse:
    """The people by whether they have acknowledged a version; for htmx the one line of figures on the ban's page."""
    ban, statement = _asked(request, pk)
    read = acknowledging.count(ban, statement)
    if request.htmx:
        answer = render(request, f"{PAGE}#figure", {"ban": ban, "read": read})
    else:
        answer = render(request, PAGE, {"ban": ban, "read": read, **_page(request, ban, statement)})
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _page(request: Request, ban: Ban, statement: ScopeStatement) -> dict[str, Any]:
    return {
        "statement": statement,
        "versions": acknowledging.versions(ban),
        "state": _state(request),
        "page": keyset(_people(request, ban, statement), ("pk",), request.GET.get("cursor"), size=SHOWN),
    }


@require_GET
def file(request: Request, pk: int) -> HttpResponseBase:
    """Everybody whom the page lists with the same filters."""
    ban, statement = _asked(request, pk)
    rows = _people(request, ban, statement).order_by("migration__path", "person__name", "pk")
    cells: list[Cell] = [
        "person__name",
        "person__email",
        "migration__path",
        Value(statement.version),
        "acknowledged_at",
    ]
    return exports.file(request, f"{ban} acknowledgements", COLUMNS, rows, cells)


def _people(request: Request, ban: Ban, statement: ScopeStatement) -> ChecklistQuerySet:
    rows = acknowledging.people(ban, statement, _state(request))
    return rows.only("ban", "person__name", "person__email", "migration__path")


def _state(request: Request) -> str:
    state = request.GET.get("state", "")
    return state if state in (acknowledging.YES, acknowledging.NO) else ""


def _asked(request: Request, pk: int) -> tuple[Ban, ScopeStatement]:
    """The ban, and the version that the address asks for: the one in force unless it says otherwise."""
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    version = number(request.GET.get("version", ""))
    statement = ban.scope_statements.filter(version=version).first() if version else ban.scope
    if statement is None:
        raise Http404
    return ban, statement
