"""Objects out of the rows of a statement that is written out: what the ORM does, without building the query each time.

For the few requests that people make most: building the query of one row took longer than its answer.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, models

M = TypeVar("M", bound=models.Model)


class Part(Generic[M]):
    """Some fields of one model in such a statement: `columns` to select, `of` to build. All others are read when asked for."""

    def __init__(self, model: type[M], alias: str, *names: str) -> None:
        fields = [field for field in model._meta.concrete_fields if not names or field.attname in names]
        if any(hasattr(field, "from_db_value") for field in fields):
            raise TypeError(f"A field of {model.__name__} wants to be converted, which is not done here.")
        self.model, self.names = model, [field.attname for field in fields]
        self.columns = ", ".join(f"{alias}.{field.column}" for field in fields)

    def of(self, values: Iterator[Any]) -> M:
        """The object whose values come next."""
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, tuple(islice(values, len(self.names))))
