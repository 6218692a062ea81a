"""Addresses of our pages as they stand in mail and in calendars. They carry no authority: whoever opens one has to sign in."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse


def url(name: str, *args: int | str) -> str:
    """A page's address. Of a page with one number it is worked out once: a wave of mails asks for very many."""
    if len(args) == 1 and isinstance(args[0], int):
        before, after = _around(name)
        return f"{settings.BASE_URL}{before}/{args[0]}/{after}"
    return settings.BASE_URL + reverse(name, args=args)


@cache
def _around(name: str) -> tuple[str, str]:
    before, _zero, after = reverse(name, args=[0]).partition("/0/")
    return before, after


def host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "localhost"
