"""Addresses of our pages as they stand in mail and in calendars. They carry no authority: whoever opens one has to sign in."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse


def url(name: str, *args: int | str) -> str:
    return settings.BASE_URL + reverse(name, args=args)


def host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "localhost"
