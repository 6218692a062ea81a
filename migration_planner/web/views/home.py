"""My work: everything that asks something of the reader."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from migration_planner.planning import work
from migration_planner.planning.permissions import can_draft
from migration_planner.reminders import glance
from migration_planner.web.http import Request


@require_GET
def home(request: Request) -> HttpResponse:
    drafts, own = can_draft(request.user), work.of_person(request.user, to_decide=0)
    glanced = glance.of_person(request.user)  # after the work, which knows the teams that are led
    context = {
        "work": replace(own, to_decide=glanced.to_decide),
        "escalated": glanced.escalated,
        "can_draft": drafts,
        "reads_bans": drafts or request.user.sees_everything,
    }
    return render(request, "home.html", context)
