"""How often one token, one person, or a stranger at one address may ask. Counted in the cache that all web processes share."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from migration_planner.planning.models import AccessToken


class Reader(SimpleRateThrottle):
    """Requests of one token, or of one person who is signed in. Who is over it hears how long to wait (`Retry-After`)."""

    scope = "reader"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        token = request.auth
        ident = f"token-{token.pk}" if isinstance(token, AccessToken) else f"person-{request.user.pk}"
        return self.cache_format % {"scope": self.scope, "ident": ident}


class Stranger(SimpleRateThrottle):
    """Tokens that open nothing, from one address. Tokens that do are never kept out by it, whoever else sits there."""

    scope = "stranger"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
