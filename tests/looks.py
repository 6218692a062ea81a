"""Changes of what is in force are looked at first: a POST shows what it would do, and the same once more carries it out."""

from typing import Any


def confirm(client: Any, address: str, said: dict[str, Any], **options: Any) -> Any:
    """Look, and confirm what was seen. Returns the answer to the second POST."""
    look = client.post(address, said)
    assert look.status_code == 200, look.status_code
    return client.post(address, {**said, "seen": dict(look.context["kept"])["seen"]}, **options)
