"""Shapes that many doors share: pages, reasons, people and teams in short."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from migration_planner.api.doors import Call, Serializer
from migration_planner.lib.paging import Page, keyset

Row = TypeVar("Row", bound=Model)
#: How many rows a page has, and how many it has at most.
SIZE, MOST = 50, 200
#: The largest number of any row.
LARGEST = 2**62


class Paged(Serializer):
    """Parameters of every list."""

    cursor = serializers.CharField(required=False, help_text="What the page before gave as `next`.")
    size = serializers.IntegerField(
        required=False, default=SIZE, min_value=1, max_value=MOST, help_text="How many rows a page has."
    )


@cache
def paged(row: type[Serializer]) -> type[Serializer]:
    """A page of such rows. `next` is the cursor of the page after it; without one it is the last."""
    name = row.__name__.removesuffix("Shape").removesuffix("Row")
    fields = {
        "__doc__": "A page of a list. `next` is the cursor of the page after it; without one it is the last.",
        "__module__": row.__module__,
        "results": row(source="rows", many=True),
        "next": serializers.CharField(source="after", allow_null=True),
    }
    return type(f"{name}Page", (serializers.Serializer,), fields)


def page(call: Call, rows: "QuerySet[Row]", order: Sequence[str] = ("-pk",)) -> Page[Row]:
    """The page of `rows` that was asked for by `Paged`."""
    return keyset(rows, order, call.asked.get("cursor"), size=call.asked["size"])


class Why(Serializer):
    """Why something in force is changed: the people affected read it, and it stands in the history."""

    why = serializers.CharField(max_length=2000)


class OptionalWhy(Serializer):
    """A reason: needed once the ban is in force, and read by the people affected."""

    why = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class Words(Serializer):
    """What is said, in words that the other side reads."""

    words = serializers.CharField(max_length=2000)


class Nothing(Serializer):
    """Nothing is to be said."""


class Changed(Serializer):
    """Whether this changed anything: `false` when it stood so already."""

    changed = serializers.BooleanField()


class PersonInShort(Serializer):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    email = serializers.CharField(allow_blank=True, help_text="Empty where the roster knows none.")


class TeamInShort(Serializer):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    path = serializers.CharField(help_text="The names from the root, joined by slashes.")


@extend_schema_field({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$", "example": "18:00"})
class LocalTime(serializers.TimeField):
    """What clocks show, without a zone; JSON Schema knows times with one alone."""

    def __init__(self, **more: Any) -> None:
        super().__init__(format="%H:%M", **more)


class Number(serializers.IntegerField):
    """The number of a row, as a client sends it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST, **more})
