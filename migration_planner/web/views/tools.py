"""The catalogue of tools: everybody asks "May I use it?", administrators decide."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.planning import catalogue
from migration_planner.planning.models import Tool
from migration_planner.planning.permissions import can_edit_tools
from migration_planner.web import history
from migration_planner.web.forms.tools import ToolForm
from migration_planner.web.http import Request, require, see_other

#: As many decisions about a tool are shown.
SHOWN = 20


@require_GET
def index(request: Request) -> HttpResponse:
    """Search, and for each tool found what holds for the reader."""
    words, now = request.GET.get("q", "").strip()[:100], timezone.now()
    found = catalogue.known_to(request.user).prefetch_related("alternatives")
    page = keyset(found.named_like(words), ("name", "pk"), request.GET.get("cursor"), size=30)
    context = {
        "q": words,
        "page": page,
        "answers": catalogue.answers(page.rows, request.user, now=now),
        "can_edit": can_edit_tools(request.user),
        "now": now,
    }
    return render(request, "tools/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require(can_edit_tools(request.user))
    form = ToolForm(request.POST or None, initial={"name": request.GET.get("name", "")[:120]})
    return _page(request, None, form)


@require_http_methods(["GET", "POST"])
def detail(request: Request, pk: int) -> HttpResponse:
    tool = get_object_or_404(catalogue.known_to(request.user), pk=pk)
    require(can_edit_tools(request.user))
    return _page(request, tool, ToolForm.of(tool, request.POST or None))


def _page(request: Request, tool: Tool | None, form: ToolForm) -> HttpResponse:
    """The form of one tool: shown, sent back with what is wrong, or carried out."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                decided = catalogue.decide(tool, by=request.user, now=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
                status = 409
            else:
                messages.success(request, _("The catalogue says so from now on."))
                return see_other(f"{reverse('tools')}?q={decided.name}")
    lines = [history.line(event) for event in catalogue.history(tool)[:SHOWN]] if tool else []
    return render(request, "tools/detail.html", {"tool": tool, "form": form, "lines": lines}, status=status)
