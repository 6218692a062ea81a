"""Whether what somebody read is still what stands there."""

import json
from hashlib import sha256
from typing import Any


def fingerprint(*values: Any) -> str:
    """A short text that differs as soon as one of the values does. Not a secret, and no protection against intent."""
    return sha256(json.dumps(values, default=str, ensure_ascii=False).encode()).hexdigest()[:16]
