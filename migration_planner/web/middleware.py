"""What every request needs to know of its reader, and what every refusal looks like."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from migration_planner.lib.errors import DomainError
from migration_planner.lib.languages import spoken
from migration_planner.web import clock
from migration_planner.web.http import refuse

NUL = "\0"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class TextMiddleware:
    """Answers 400 to the one character that no text of the database can hold, before it reaches a query anywhere.

    Stands first among those that ask the database. Forms are read by then only where the CSRF check has done so.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if any(NUL in value for value in (request.path, *request.COOKIES.values(), *_values(request.GET))):
            if request.path.startswith("/api/"):
                return JsonResponse({"detail": "A NUL character in the address"}, status=400)
            return HttpResponse("Bad Request\n", status=400, content_type="text/plain; charset=utf-8")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method == "POST" and any(NUL in value for value in _values(request.POST)):
            raise SuspiciousOperation("A NUL character in a form")


def _values(data: QueryDict) -> list[str]:
    return [word for name, values in data.lists() for word in (name, *map(str, values))]


class ReaderMiddleware:
    """Pages speak the reader's language, show the reader's clock, count by the reader's calendar, and are kept nowhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.get_response(request)
        translation.activate(spoken(request.user.language))
        request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(request.user.zone_info), clock.at_site(request.user.site):
            answer = self.get_response(request)
        patch_cache_control(answer, private=True, no_store=True)  # personal data stays on no shared disk
        return answer


class DomainErrorMiddleware:
    """A DomainError that no view has answered becomes a page (or a part) with its sentence, and status 409."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refuse(request, exception) if isinstance(exception, DomainError) else None
