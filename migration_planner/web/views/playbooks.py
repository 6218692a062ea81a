"""What a playbook covers, to be read before a ban is drafted from it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from migration_planner.planning import playbooks
from migration_planner.planning.permissions import can_draft, can_read_playbooks
from migration_planner.web.http import Request, require


@require_GET
def index(request: Request) -> HttpResponse:
    require(can_read_playbooks(request.user))
    context = {"playbooks": playbooks.all_playbooks(), "can_draft": can_draft(request.user)}
    return render(request, "playbooks/list.html", context)


@require_GET
def detail(request: Request, slug: str) -> HttpResponse:
    require(can_read_playbooks(request.user))
    found = {playbook.slug: playbook for playbook in playbooks.all_playbooks()}.get(slug)
    if found is None:
        raise Http404
    chosen = {key: request.GET[key] for key in (parameter.key for parameter in found.parameters) if key in request.GET}
    context = {
        "playbook": found.fitted(chosen),
        "chosen": found.choose(chosen),
        "can_draft": can_draft(request.user),
    }
    return render(request, "playbooks/detail.html", context)
