"""Several things and large numbers in a sentence, as the reader's language writes them."""

from collections.abc import Iterable

from django.utils.formats import number_format
from django.utils.translation import pgettext


def listed(things: Iterable[object]) -> str:
    return str(pgettext("between things of a list", ", ")).join(map(str, things))


def grouped(number: int) -> str:
    """1,512: only for numbers that count something, never for one that names something."""
    if -1000 < number < 1000:
        return str(number)  # most are, and a page has hundreds
    return str(number_format(number, force_grouping=True))
