"""The few answers that every view gives."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User


class Request(HttpRequest):
    """A request behind the sign-in: somebody real, and whether htmx asks."""

    user: User
    htmx: HtmxDetails


def require(allowed: bool) -> None:
    """Stop with 403 what the person may see but not do."""
    if not allowed:
        raise PermissionDenied


def see_other(url: str) -> HttpResponse:
    """Where to look after a form was taken: 303, so that a reload does not send it again."""
    answer = HttpResponseRedirect(url)
    answer.status_code = 303
    return answer


def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Say the product's no: for htmx as a toast, so that the page keeps what was typed, else as a page."""
    context = {"message": str(error)}
    if not cast(Request, request).htmx:
        return render(request, "errors/refusal.html", context, status=409)
    answer = render(request, "errors/refusal.html#message", context, status=409)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#toasts", "innerHTML"
    return answer
