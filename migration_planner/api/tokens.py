"""Programs show a token: an access token acts for its person within its scopes, a team's token sends reports of scans."""

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _t
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from migration_planner.api.throttles import Stranger
from migration_planner.people.models import User
from migration_planner.planning import tokens
from migration_planner.planning.models import AccessToken, ReportToken
from migration_planner.planning.scans import tokens as team_tokens


class Bearer(BaseAuthentication):
    """`Authorization: Bearer mplan_…`. It acts in the name of whoever made it."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        token = _shown(request)
        if token is None:
            return None
        found = tokens.find(token, now=timezone.now())
        if found is None:
            _count(request)
            raise AuthenticationFailed(
                _t("This token is unknown, revoked or ended. Make a new one under Access tokens.")
            )
        return found.made_by, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class TeamToken(BaseAuthentication):
    """`Authorization: Bearer mpr_…`. The user is whoever made the token; the token says for which team."""

    def authenticate(self, request: Request) -> tuple[User, ReportToken] | None:
        token = _shown(request)
        if token is None:
            return None
        found = team_tokens.find(token, now=timezone.now())
        if found is None:
            _count(request)
            raise AuthenticationFailed(
                _t("This token is unknown, revoked or expired. Make a new one on the page of the team.")
            )
        return found.made_by, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="reports"'


def _shown(request: Request) -> str | None:
    """What stands after `Bearer`, whatever it is; None when the request shows no token."""
    scheme, _space, token = get_authorization_header(request).partition(b" ")
    return token.decode("ascii", "replace").strip() if scheme.lower() == b"bearer" else None


def _count(request: Request) -> None:
    """One more that opened nothing. Raises Throttled once an address has shown too many."""
    stranger = Stranger()
    if not stranger.allow_request(request, None):  # type: ignore[arg-type] # it asks nothing of the view
        raise Throttled(stranger.wait())


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the published description names it, with the scope that each door asks for."""

    target_class = Bearer
    name = "accessToken"

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        act = getattr(auto_schema.view, "acts", {}).get(auto_schema.method.lower())
        return {self.name: [act.scope] if act else []}

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        words = "An access token, made under Preferences, Access tokens. The scope it needs stands with each operation."
        return {"type": "http", "scheme": "bearer", "description": words}


class TeamTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the published description names it."""

    target_class = TeamToken
    name = "teamToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of a team, made on its page."}


def token_of(request: Request) -> ReportToken:
    return cast(ReportToken, request.auth)
