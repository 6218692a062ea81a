"""Texts that stand in the database sealed: whoever reads a copy of it without SECRET_KEY learns nothing of them.

The key is derived from SECRET_KEY, for this use alone (HKDF, RFC 5869); what it seals cannot be changed unnoticed (Fernet).
After a change of SECRET_KEY the older ones in SECRET_KEY_FALLBACKS still open.
"""

from base64 import urlsafe_b64encode
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

#: What the keys are for: a key derived for something else opens nothing here.
SEALING, NAMING = b"migration_planner.lib.encryption.seal", b"migration_planner.lib.encryption.name"


class UnreadableError(Exception):
    """Sealed with a key that is known no more, or damaged."""


def seal(text: str) -> bytes:
    return _keys().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """Raises UnreadableError."""
    try:
        return _keys().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise UnreadableError from None


def key_name() -> str:
    """A short name of the key that seals now, which tells nothing of it: beside what is sealed it tells what to seal anew."""
    return _derive(settings.SECRET_KEY, NAMING).hex()[:8]


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(_derive(secret, SEALING))) for secret in secrets])


@cache
def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
