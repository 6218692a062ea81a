"""Secrets that programs show: random, shown once, kept as a digest that tells nothing without the pepper.

The digest is HMAC-SHA-256 (RFC 2104) over the SHA-256 of the secret, keyed with the pepper, which stands in the settings and
not in the database: whoever has the database alone can neither check a guess nor put a token of their own there. The first
pepper signs; the older ones in TOKEN_PEPPER_FALLBACKS still verify, until their tokens were used once more or have ended.
"""

import hmac
import secrets
from hashlib import sha256

from django.conf import settings

#: Of the random part of a token, so many characters may be shown in lists: enough to tell tokens apart, too little to guess.
SHOWN = 6


def new(prefix: str) -> str:
    """A token of 256 random bits. Scanners for secrets recognise one that lies around by its prefix."""
    return prefix + secrets.token_urlsafe(32)


def beginning(token: str, prefix: str) -> str:
    return token[: len(prefix) + SHOWN]


def digest_of(token: str) -> str:
    """What is kept of a token: its digest under the pepper in force."""
    return under(settings.TOKEN_PEPPER, plain_digest(token))


def digests_of(token: str) -> list[str]:
    """The digests under which a token may stand, that under the pepper in force first."""
    peppers, plain = [settings.TOKEN_PEPPER, *settings.TOKEN_PEPPER_FALLBACKS], plain_digest(token)
    return [under(pepper, plain) for pepper in peppers]


def plain_digest(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def under(pepper: str, plain: str) -> str:
    """A plain digest (hexadecimal) under a pepper."""
    return hmac.digest(pepper.encode(), plain.encode(), "sha256").hex()
