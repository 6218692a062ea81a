"""Pages for when something went wrong."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is older than the session. htmx is told to load the page again, so that nobody looks at a dead button."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    return render(request, "errors/csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_program(request):
        return JsonResponse({"detail": _("This could not be read.")}, status=400)
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also what is hidden from the reader: a page does not tell whether there is something behind the door."""
    if _is_program(request):
        return JsonResponse({"detail": _("There is nothing at this address.")}, status=404)
    return render(request, "errors/404.html", status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """What was asked for too often, as signing in or a new password (ACCOUNT_RATE_LIMITS)."""
    return render(request, "errors/429.html", status=429)


def broken(request: HttpRequest) -> HttpResponse:
    """Printed without request, session or database, since any of them may be what broke."""
    if _is_program(request):
        return JsonResponse({"detail": "Something went wrong here. It is written down; try again later."}, status=500)
    return HttpResponse(loader.render_to_string("errors/500.html"), status=500)


def _is_program(request: HttpRequest) -> bool:
    """Programs read JSON, also where no door of the interface was reached."""
    return request.path.startswith("/api/")
