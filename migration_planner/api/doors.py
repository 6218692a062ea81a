"""One address of the interface, and what each method does there.

A function that carries something out gets a `Call` (who asks, when, with which parameters and body) and returns what is to be
answered. `act` says with which scope, which serializers, and in which words of the description; `door` puts the functions of
one address together. Reading, refusing and describing are done here, once for all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _t
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from migration_planner.api.errors import RefusalSerializer, UnreadableSerializer
from migration_planner.api.parsers import FlatJSONParser
from migration_planner.api.throttles import Reader
from migration_planner.api.tokens import Bearer
from migration_planner.lib.languages import spoken
from migration_planner.people.models import User
from migration_planner.planning.models import AccessToken

READ, MARKS, MANAGE = AccessToken.Scope.READ, AccessToken.Scope.MARKS, AccessToken.Scope.MANAGE
REPORTS, SIGNALS = AccessToken.Scope.REPORTS, AccessToken.Scope.SIGNALS
Serializer = serializers.Serializer[Any]
View = Callable[..., HttpResponseBase]
#: What any door may answer besides what it does.
REFUSALS = {
    400: OpenApiResponse(UnreadableSerializer, "A parameter or field is wrong, or unknown; it is named."),
    401: OpenApiResponse(RefusalSerializer, "No token, and not signed in; or the token opens nothing (any more)."),
    403: OpenApiResponse(RefusalSerializer, "You may see it, but not do this; or the token lacks the scope."),
    404: OpenApiResponse(RefusalSerializer, "There is no such thing, or you may not see it."),
    409: OpenApiResponse(RefusalSerializer, "The product says no; the sentence says what to do."),
    429: OpenApiResponse(RefusalSerializer, "Too many requests; `Retry-After` says in how many seconds to go on."),
}


@dataclass(frozen=True)
class Call:
    """Who asks for something, when, and with what: `asked` are the parameters, `said` is the body, both as they were checked."""

    user: User
    now: datetime
    asked: Mapping[str, Any]
    said: Mapping[str, Any]
    request: Request


@dataclass(frozen=True)
class Act:
    """What is done at an address with one method."""

    does: Callable[..., Any]
    name: str
    scope: str
    query: type[Serializer]
    body: type[Serializer] | None
    answer: Any
    status: int
    parsers: tuple[type[BaseParser], ...]

    def call(self, request: Request) -> Call:
        """Raises ValidationError for parameters and fields that are wrong or unknown."""
        asked = read_query(self.query, request)
        said: dict[str, Any] = {}
        if self.body is not None:
            form = self.body(data=request.data)
            form.is_valid(raise_exception=True)
            said = form.validated_data
        return Call(cast(User, request.user), timezone.now(), asked, said, request)

    def carry_out(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        call = self.call(request)
        found = self.does(call, *args, **kwargs)
        if isinstance(found, HttpResponseBase):
            return found
        if not isinstance(self.answer, type):
            return Response(status=204)
        return Response(self.answer(found, context={"call": call}).data, status=self.status)


class NoQuery(Serializer):
    """No parameters."""


def read_query(query: type[Serializer], request: Request) -> Mapping[str, Any]:
    """The parameters of the address, by an allow-list: one that is not in it is a mistake, and not passed over."""
    given, form = request.query_params.dict(), query(data=request.query_params.dict())
    if unknown := sorted(set(given) - set(form.fields)):
        known = ", ".join(sorted(form.fields)) or _t("none")
        words = _t("There is no such parameter here. There are: %(known)s.") % {"known": known}
        raise ValidationError({name: [words] for name in unknown})
    form.is_valid(raise_exception=True)
    return cast(Mapping[str, Any], form.validated_data)


def act(
    name: str,
    scope: str,
    tag: str,
    *,
    query: type[Serializer] = NoQuery,
    body: type[Serializer] | None = None,
    takes: Any = None,
    answer: Any = None,
    status: int = 200,
    media: str = "application/json",
    parsers: tuple[type[BaseParser], ...] = (FlatJSONParser,),
    also: Mapping[int, Any] | None = None,
    example: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`name` is that of the operation in the description; the docstring of the function are its words.

    `takes` describes a body that the function reads by itself. Without an `answer` it is 204, unless the function returns a
    response of its own.
    """

    def decorate(does: Callable[..., Any]) -> Callable[..., Any]:
        done = Act(does, name, scope, query, body, answer, status, parsers)

        def method(self: "Door", request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return done.carry_out(request, *args, **kwargs)

        words = " ".join((does.__doc__ or "").split())
        answers: dict[Any, Any] = {(status if answer is not None else 204, media): answer, **REFUSALS, **(also or {})}
        sent = [OpenApiExample("For example", value=example, request_only=True)] if example else None
        method.act = done  # type: ignore[attr-defined]
        return extend_schema(
            operation_id=name, tags=[tag], summary=words.partition(". ")[0].rstrip("."), description=words,
            parameters=[query] if query is not NoQuery else None, request=body or takes or OpenApiTypes.NONE,
            responses=answers, examples=sent,
        )(method)  # fmt: skip

    return decorate


class Door(APIView):
    """The view behind an address: who comes in, by what, and how often."""

    authentication_classes = [Bearer, SessionAuthentication]
    permission_classes = []
    throttle_classes = [Reader]
    metadata_class = None
    acts: ClassVar[dict[str, Act]] = {}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Instants are written in UTC, whoever asks; nothing of it is kept on any shared disk."""
        with timezone.override(UTC):
            answer = super().dispatch(request, *args, **kwargs)
        patch_cache_control(answer, private=True, no_store=True)
        return answer

    def check_permissions(self, request: Request) -> None:
        """Somebody we know, whose token (if it is one) is for this. What they may see and do, the act itself asks."""
        if not request.user or not request.user.is_authenticated:
            raise NotAuthenticated
        translation.activate(spoken(request.user.language))
        act = self._act(request)
        if act and isinstance(request.auth, AccessToken) and act.scope not in request.auth.scopes:
            raise PermissionDenied(
                _t("This token is not for that: it lacks the scope “%(scope)s”.") % {"scope": act.scope}
            )

    def get_parsers(self) -> list[BaseParser]:
        act = self._act(self.request) if getattr(self, "request", None) else None
        return [parser() for parser in act.parsers] if act else [FlatJSONParser()]

    def _act(self, request: Any) -> Act | None:
        method = (request.method or "").lower()
        return self.acts.get("get" if method == "head" else method)


def door(**acts: Callable[..., Any]) -> View:
    """A view that does these things, by method: door(get=read, post=write)."""
    known = {method: cast(Any, does).act for method, does in acts.items()}
    methods = [method for method in ("get", "post", "put", "patch", "delete") if method in acts]
    names = [*methods, *(["head"] if "get" in acts else [])]
    view = type("Door", (Door,), {**acts, "acts": known, "http_method_names": names})
    return cast(View, cast(Any, view).as_view())


def require(allowed: bool) -> None:
    """Stop with 403 what the person may see but not do."""
    if not allowed:
        raise PermissionDenied
