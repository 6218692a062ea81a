"""My work: everything that asks something of the reader."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from migration_planner.planning import work
from migration_planner.planning.permissions import can_draft
from migration_planner.web.http import Request


@require_GET
def home(request: Request) -> HttpResponse:
    drafts = can_draft(request.user)
    context = {
        "work": work.of_person(request.user),
        "can_draft": drafts,
        "reads_bans": drafts or request.user.sees_everything,
    }
    return render(request, "home.html", context)
