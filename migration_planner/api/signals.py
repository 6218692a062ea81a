"""Signals of use, as programs send them."""

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers, status
from rest_framework.response import Response

from migration_planner.api.doors import SIGNALS, Call, act, door, require
from migration_planner.planning import signals as planning
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
    """What became of the rows."""

    rows = serializers.IntegerField()
    added = serializers.IntegerField()
    replaced = serializers.IntegerField()
    same = serializers.IntegerField()
    bad = serializers.IntegerField()
    problems = BadRowSerializer(many=True)


class NotTakenSerializer(TakenSerializer):
    """Why nothing was taken; where rows are the reason, with what would have become of them."""

    detail = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[object, object, object, object]]:
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name == "detail"
        return fields


@act("send_signals", SIGNALS, "use", body=SignalsSerializer, answer=TakenSerializer, also={
    409: OpenApiResponse(NotTakenSerializer, "Some rows cannot be taken; they are named, and nothing was taken."),
})  # fmt: skip
def put_signals(call: Call) -> object:
    """Send signals of use, as an owner or administrator. Repeating it changes nothing."""
    require(can_import_signals(call.user))
    rows, skip = from_data(call.said["signals"]), call.said["skip_bad"]
    try:
        taken = planning.take(rows, by=call.user, now=call.now, apply=True, skip_bad=skip, most=MOST)
    except planning.BadRows as error:
        return Response({**_data(error.taken), "detail": str(error)}, status=status.HTTP_409_CONFLICT)
    return _data(taken)


def _data(taken: planning.Taken) -> dict[str, object]:
    problems = [{"line": each.line, "reason": each.reason} for each in taken.problems]
    return {**taken.counts(), "problems": problems}


signals = door(put=put_signals)
