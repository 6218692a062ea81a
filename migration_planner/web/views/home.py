"""My work: everything that asks something of the reader."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from migration_planner.planning import work
from migration_planner.web.http import Request


@require_GET
def home(request: Request) -> HttpResponse:
    return render(request, "home.html", {"work": work.of_person(request.user)})
