"""Which names of an address or a form a page reads at all: only those can break it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict


@contextmanager
def names_read() -> Iterator[set[str]]:
    """The names that are looked up, by whatever way, in the addresses and forms of requests made meanwhile."""
    read: set[str] = set()
    with (
        patch.object(QueryDict, "__getitem__", _noting(read, MultiValueDict.__getitem__), create=True),
        patch.object(QueryDict, "_getlist", _noting(read, MultiValueDict._getlist), create=True),  # type: ignore[attr-defined]
        patch.object(QueryDict, "__contains__", _noting(read, dict.__contains__), create=True),
    ):
        yield read


def _noting(read: set[str], look_up: Any) -> Any:
    def noted(data: QueryDict, name: Any, *more: Any, **options: Any) -> Any:
        read.add(name)
        return look_up(data, name, *more, **options)

    return noted
