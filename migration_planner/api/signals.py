"""Signals of use, as programs send them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view, authentication_classes
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from migration_planner.api.tokens import SignalsToken
from migration_planner.api.views import me
from migration_planner.planning import signals
from migration_planner.planning.permissions import can_import_signals
from migration_planner.planning.signal_files import from_data

#: More than so many rows are several requests, or a file.
MOST = 50_000


class SignalSerializer(serializers.Serializer[object]):
    """That a person (by address) used a tool (by name) on a day, `count` times, as `source` reports it."""

    person = serializers.CharField(allow_blank=True)
    tool = serializers.CharField(allow_blank=True)
    day = serializers.CharField(allow_blank=True, help_text="2026-11-23")
    count = serializers.IntegerField(min_value=0, max_value=999_999_999)
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment] # the field, not where a field comes from


class SignalsSerializer(serializers.Serializer[object]):
    """Rows to take in. The same person, tool, day and source replaces what was there."""

    signals = SignalSerializer(many=True, max_length=MOST)  # type: ignore[call-arg] # of the list
    skip_bad = serializers.BooleanField(default=False, help_text="Go on without rows that cannot be taken.")


class BadRowSerializer(serializers.Serializer[object]):
    line = serializers.IntegerField(help_text="The first row is 1.")
    reason = serializers.CharField()


class TakenSerializer(serializers.Serializer[object]):
    """What became of the rows. With bad ones, and without `skip_bad`, nothing was taken (409)."""

    rows = serializers.IntegerField()
    added = serializers.IntegerField()
    replaced = serializers.IntegerField()
    same = serializers.IntegerField()
    bad = serializers.IntegerField()
    problems = BadRowSerializer(many=True)
    detail = serializers.CharField(required=False)


@extend_schema(
    operation_id="send_signals", request=SignalsSerializer, responses={200: TakenSerializer, 409: TakenSerializer}
)
@api_view(["PUT"])
@authentication_classes([SignalsToken, SessionAuthentication])
def put_signals(request: Request) -> Response:
    """Send signals of use. With a token for it, or signed in as an owner or administrator. Repeating it changes nothing."""
    if not can_import_signals(me(request)):
        raise PermissionDenied
    form = SignalsSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    rows, skip = from_data(form.validated_data["signals"]), form.validated_data["skip_bad"]
    try:
        taken = signals.take(rows, by=me(request), now=timezone.now(), apply=True, skip_bad=skip, most=MOST)
    except signals.BadRows as error:
        return Response({**_data(error.taken), "detail": str(error)}, status=status.HTTP_409_CONFLICT)
    return Response(_data(taken))


def _data(taken: signals.Taken) -> dict[str, object]:
    problems = [{"line": each.line, "reason": each.reason} for each in taken.problems]
    return {**taken.counts(), "problems": problems}
