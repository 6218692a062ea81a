"""One field over people, teams, bans, gaps, workflows, tools and pages: what the reader may see of them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from migration_planner.lib.paging import keyset
from migration_planner.people.finding import LONGEST, words_of
from migration_planner.planning import finding
from migration_planner.web import seeking
from migration_planner.web.http import Request

#: How many people or teams a page of all of them has.
SHOWN = 25


@require_GET
def search(request: Request) -> HttpResponse:
    """The page; for the palette and for htmx its results alone, and with `in` all people or all teams found, page by page."""
    typed = " ".join(request.GET.get("q", "").split())[:LONGEST]
    words, kind = words_of(typed), request.GET.get("in", "")
    context: dict[str, Any] = {
        "q": typed,
        "words": words,
        "longest": LONGEST,
        "in_palette": request.GET.get("at") == "palette",
    }
    if words and kind in ALL:
        return render(request, "search/all.html", context | ALL[kind](request, words))
    context["groups"] = seeking.groups(request.user, words, typed) if words else []
    if not typed and context["in_palette"]:
        context["groups"] = seeking.fixed(request.user)
    context["count"] = sum(len(group.hits) for group in context["groups"])
    template = "search/page.html#results" if request.htmx else "search/page.html"
    answer = render(request, template, context)
    answer["Vary"] = "HX-Request"
    return answer


def _all_people(request: Request, words: list[str]) -> dict[str, Any]:
    rows = finding.people(request.user, words)
    page = keyset(rows, ("name", "pk"), request.GET.get("cursor"), size=SHOWN)
    return {"page": page, "hits": seeking.people_hits(request.user, page.rows), "kind": "people"}


def _all_teams(request: Request, words: list[str]) -> dict[str, Any]:
    rows = finding.teams(request.user, words)
    page = keyset(rows, finding.NEAREST, request.GET.get("cursor"), size=SHOWN)
    return {"page": page, "hits": seeking.teams_hits(request.user, page.rows), "kind": "teams"}


ALL = {"people": _all_people, "teams": _all_teams}
