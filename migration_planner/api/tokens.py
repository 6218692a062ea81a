"""Programs show a token: good for one purpose, and until a day."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from migration_planner.people.models import User
from migration_planner.planning import tokens
from migration_planner.planning.models import AccessToken


class SignalsToken(BaseAuthentication):
    """`Authorization: Bearer …` with a token that may send signals. It acts in the name of whoever made it."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = tokens.find(token.strip(), AccessToken.Scope.SIGNALS, now=timezone.now())
        if found is None:
            raise AuthenticationFailed(_t("This token is unknown, revoked, ended, or made for something else."))
        return found.made_by, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SignalsTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the published description names it."""

    target_class = SignalsToken
    name = "signalsToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
