"""Keyset pages: the cost of a page does not depend on how far into the list it lies."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext as _

from migration_planner.lib.errors import DomainError

Row = TypeVar("Row", bound=Model)
FORWARD, BACK = "n", "p"
#: What Django, the driver or the database says to a value that is not of the kind of the field it is compared with.
UNFIT = (ValueError, TypeError, OverflowError, ValidationError, DataError)


class ExactEncoder(DjangoJSONEncoder):
    """Instants to the microsecond: cut to thousandths, as Django does it, rows of one thousandth are skipped or come twice."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page, and the cursors of the pages before and after it (None at either end)."""

    rows: list[Row]
    before: str | None
    after: str | None


def keyset(rows: QuerySet[Row], order: Sequence[str], cursor: str | None = None, *, size: int = 50) -> Page[Row]:
    """One page of `rows` in `order` ("name", "-at", …; the last field must be unique, no field may be null).

    `cursor` is what an earlier page gave as `before` or `after`. Raises DomainError when it is not of this list.
    """
    direction, values = _read(cursor, len(order)) if cursor else (FORWARD, None)
    keys = [_reversed(key) for key in order] if direction == BACK else list(order)
    if values is not None:
        rows = _after(rows, keys, values)
    found = _fetch(rows.order_by(*keys)[: size + 1], by_cursor=values is not None)
    more, found = len(found) > size, found[:size]
    if direction == BACK:
        found.reverse()
    more_before, more_after = (more, True) if direction == BACK else (values is not None, more)
    return Page(
        rows=found,
        before=_write(BACK, found[0], order) if found and more_before else None,
        after=_write(FORWARD, found[-1], order) if found and more_after else None,
    )


def _after(rows: QuerySet[Row], keys: Sequence[str], values: Sequence[Any]) -> QuerySet[Row]:
    """The rows beyond `values`, which came from outside: each must be of the kind of its key."""
    try:
        return rows.filter(_beyond(keys, values))
    except UNFIT as error:
        raise _not_of_this_list() from error


def _fetch(rows: QuerySet[Row], *, by_cursor: bool) -> list[Row]:
    try:
        return list(rows)
    except UNFIT as error:
        if not by_cursor:
            raise
        raise _not_of_this_list() from error


def _reversed(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _beyond(keys: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows after the one with `values`: larger in the first key, or equal there and larger in the second, …

    Where all keys go one way that is a comparison of tuples, at which an index begins; over alternatives it would be read from
    its beginning, and a page would cost the more the farther it lies.
    """
    downwards = [key.startswith("-") for key in keys]
    if len(keys) > 1 and len(set(downwards)) == 1:
        beyond = TupleLessThan if downwards[0] else TupleGreaterThan
        return Q(beyond(Tuple(*(F(key.lstrip("-")) for key in keys)), tuple(values)))
    condition, equal = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        field, compare = (key[1:], "lt") if key.startswith("-") else (key, "gt")
        condition |= equal & Q(**{f"{field}__{compare}": value})
        equal &= Q(**{field: value})
    return condition


def _write(direction: str, row: Model, order: Sequence[str]) -> str:
    text = json.dumps([direction, *(_value(row, key.lstrip("-")) for key in order)], cls=ExactEncoder)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _value(row: Any, field: str) -> Any:
    for name in field.split("__"):
        row = getattr(row, name)
    return row


def _read(cursor: str, length: int) -> tuple[str, list[Any]]:
    try:
        direction, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError, RecursionError):
        direction, values = "", []
    plain = all(isinstance(value, str | int | float | bool) for value in values)
    if direction not in (FORWARD, BACK) or len(values) != length or not plain:
        raise _not_of_this_list()
    return direction, values


def _not_of_this_list() -> DomainError:
    return DomainError(_("This link to a page of the list is not valid any more. Go back to its first page."))
