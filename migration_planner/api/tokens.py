"""Who sends a report: a scanner with the token of a team."""

from typing import cast

from django.utils import timezone
from django.utils.translation import gettext as _t
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from migration_planner.people.models import User
from migration_planner.planning.models import ReportToken
from migration_planner.planning.scans import tokens


class TeamToken(BaseAuthentication):
    """`Authorization: Bearer …`. The user is whoever made the token; the token says for which team."""

    def authenticate(self, request: Request) -> tuple[User, ReportToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        token = tokens.find(words[1].decode("ascii", "replace"), now=timezone.now()) if len(words) == 2 else None
        if token is None:
            raise AuthenticationFailed(
                _t("This token is unknown, revoked or expired. Make a new one on the page of the team.")
            )
        return token.made_by, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="reports"'


class TeamTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TeamToken
    name = "teamToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of a team, made on its page."}


def token_of(request: Request) -> ReportToken:
    return cast(ReportToken, request.auth)
