"""Which language we speak to somebody."""

from django.conf import settings
from django.utils.translation import get_supported_language_variant


def spoken(language: str) -> str:
    """`language`, or the nearest that there is, or else English."""
    try:
        return str(get_supported_language_variant(language))
    except LookupError:
        return str(settings.LANGUAGE_CODE)
