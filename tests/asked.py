"""Which names of an address or a form a page reads at all: only those can break it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.http import QueryDict


class NamesRead:
    """Notes the names that are looked up in addresses and forms, but for the looking up that parsing them does."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._parsing = False

    def noting(self, look_up: Any) -> Any:
        def noted(data: QueryDict, name: Any, *more: Any, **options: Any) -> Any:
            if not self._parsing:
                self.names.add(name)
            return look_up(data, name, *more, **options)

        return noted

    def parsing(self, add: Any) -> Any:
        def added(data: QueryDict, *more: Any) -> None:
            self._parsing = True
            try:
                add(data, *more)
            finally:
                self._parsing = False

        return added


@contextmanager
def names_read() -> Iterator[set[str]]:
    """The names that requests made meanwhile look up, by whatever way."""
    seen = NamesRead()
    ways = {name: seen.noting(getattr(QueryDict, name)) for name in ("__getitem__", "_getlist", "__contains__")}
    with patch.multiple(QueryDict, **ways, appendlist=seen.parsing(QueryDict.appendlist)):
        yield seen.names
