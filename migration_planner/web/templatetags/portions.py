"""Rows that were summed up for a page already, shown a portion at a time: their number grows with the company."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template

register = template.Library()
#: How many rows of such a list a page shows.
SHOWN = 100


@dataclass(frozen=True)
class Portion:
    """Some rows, the names of the rows that the portions before and after begin with ("" at either end), and whether this is
    the first portion."""

    rows: Sequence[Any]
    before: str
    after: str
    is_first: bool


@register.simple_tag(takes_context=True)
def portion(context: template.Context, rows: Sequence[Any], key: str, parameter: str) -> Portion:
    """From the row on that the address names by `parameter`, so that a link stays right when rows before it come or go."""
    request = context.get("request")
    return portion_of(rows, key, request.GET.get(parameter, "") if request is not None else "")


def portion_of(rows: Sequence[Any], key: str, asked: str) -> Portion:
    """The same for a view that has more to find out about the rows it shows."""
    names = [_name(row, key) for row in rows]
    at = names.index(asked) if asked in names else 0
    after = names[at + SHOWN] if at + SHOWN < len(names) else ""
    before = names[max(at - SHOWN, 0)] if at else ""
    return Portion(rows[at : at + SHOWN], before, after, at == 0)


def _name(row: Any, key: str) -> str:
    """By attributes, as "team.pk"; in rows that are tuples by places, as "0.name"."""
    for part in key.split("."):
        row = row[int(part)] if part.isdecimal() else getattr(row, part, None)
    return str(row)
