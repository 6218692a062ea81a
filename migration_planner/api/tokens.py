"""Programs show a token: good for one purpose, and until a day."""

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _t
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from migration_planner.people.models import User
from migration_planner.planning import tokens
from migration_planner.planning.models import AccessToken, ReportToken
from migration_planner.planning.scans import tokens as team_tokens


class TeamToken(BaseAuthentication):
    """`Authorization: Bearer …`. The user is whoever made the token; the token says for which team."""

    def authenticate(self, request: Request) -> tuple[User, ReportToken] | None:
        token = _shown(request)
        if token is None:
            return None
        found = team_tokens.find(token, now=timezone.now())
        if found is None:
            raise AuthenticationFailed(
                _t("This token is unknown, revoked or expired. Make a new one on the page of the team.")
            )
        return found.made_by, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="reports"'


class SignalsToken(BaseAuthentication):
    """`Authorization: Bearer …` with a token that may send signals. It acts in the name of whoever made it."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        token = _shown(request)
        if token is None:
            return None
        found = tokens.find(token, AccessToken.Scope.SIGNALS, now=timezone.now())
        if found is None:
            raise AuthenticationFailed(_t("This token is unknown, revoked, ended, or made for something else."))
        return found.made_by, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="signals"'


def _shown(request: Request) -> str | None:
    """What stands after `Bearer`, whatever it is; None when the request shows no token."""
    scheme, _space, token = get_authorization_header(request).partition(b" ")
    return token.decode("ascii", "replace").strip() if scheme.lower() == b"bearer" else None


class TeamTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the published description names it."""

    target_class = TeamToken
    name = "teamToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of a team, made on its page."}


class SignalsTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the published description names it."""

    target_class = SignalsToken
    name = "signalsToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token for signals of use, made by an administrator.",
        }


def token_of(request: Request) -> ReportToken:
    return cast(ReportToken, request.auth)
