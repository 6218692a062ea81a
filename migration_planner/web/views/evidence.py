"""What proves how a ban went: the chain over its history, and packs to hand over."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from migration_planner.evidence import building
from migration_planner.evidence.models import Pack
from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_run
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import visible_ban

PAGE = "evidence/detail.html"


def _ban(request: Request, pk: int) -> Ban:
    """Owners of the ban and those who see everything; others of its people are refused."""
    ban = visible_ban(request, pk)
    require(request.user.sees_everything or can_run(request.user, ban))
    return ban


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    """The chain and the packs; htmx asks for the packs alone while one is built."""
    ban = _ban(request, pk)
    answer = render(request, f"{PAGE}#packs" if request.htmx else PAGE, _page(ban))
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _page(ban: Ban) -> dict[str, Any]:
    packs = list(ban.packs.select_related("asked_by").order_by("-pk")[: building.KEPT])
    return {
        "ban": ban,
        "packs": packs,
        "at_work": any(pack.is_at_work for pack in packs),
        "last": ban.seals.order_by("-position").first(),
    }


@require_POST
def ask(request: Request, pk: int) -> HttpResponse:
    ban = _ban(request, pk)
    try:
        building.ask(ban, by=request.user, now=timezone.now())
    except DomainError as error:
        messages.warning(request, str(error))
    return see_other(f"{reverse('ban-evidence', args=[ban.pk])}#packs")


@require_GET
def download(request: Request, pk: int, pack_id: int) -> HttpResponseBase:
    ban = _ban(request, pk)
    pack = get_object_or_404(ban.packs, pk=pack_id, state=Pack.State.READY)
    answer = StreamingHttpResponse(building.content(pack), content_type="application/zip")
    answer["Content-Length"] = str(pack.size)
    answer["Content-Disposition"] = f'attachment; filename="evidence-{slugify(str(ban)) or pk}-{pack.pk}.zip"'
    return answer
