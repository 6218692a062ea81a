"""The product's no, as JSON: a sentence, and for what cannot be read also which fields it is about."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _t
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from migration_planner.lib.errors import DomainError

#: So many fields are named at most: a file of rows may be wrong in every one of them.
NAMED = 100


class RefusalSerializer(serializers.Serializer[Any]):
    """Why not: a sentence for people, in their language."""

    detail = serializers.CharField()


class UnreadableSerializer(serializers.Serializer[Any]):
    """What was sent cannot be read. `fields` says of each field what is wrong with it; `signals.3.day` is one of a list."""

    detail = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment] # of the answer, not of the serializer
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        return Response({"detail": str(error), **error.more}, status=status.HTTP_409_CONFLICT)
    answer = exception_handler(error, context)
    if answer is not None and isinstance(error, ValidationError):
        found = list(_wrong(answer.data, ""))[:NAMED]
        answer.data = {"detail": _detail(found), "fields": _by_field(found)}
    return answer


def _detail(found: list[tuple[str, str]]) -> str:
    if len(found) == 1:
        place, words = found[0]
        return f"{place}: {words}" if place else words
    return _t("Some of what was sent cannot be taken; see the fields.")


def _by_field(found: list[tuple[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for place, words in found:
        fields.setdefault(place, []).append(words)
    return fields


def _wrong(data: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every sentence, with the place it is about: names and numbers from the outside in, joined by dots."""
    if isinstance(data, dict):
        for name, inner in data.items():
            outer = place if name == "non_field_errors" else f"{place}.{name}" if place else str(name)
            yield from _wrong(inner, outer)
    elif isinstance(data, list) and any(isinstance(each, dict | list) for each in data):
        for number, inner in enumerate(data):
            yield from _wrong(inner, f"{place}.{number}" if place else str(number))
    elif isinstance(data, list):
        for words in data:
            yield place, str(words)
    else:
        yield place, str(data)
