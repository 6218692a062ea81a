"""Where scanners send their reports."""

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view, authentication_classes, parser_classes, permission_classes
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from migration_planner.api.tokens import TeamToken, token_of
from migration_planner.people.models import User
from migration_planner.planning.models import Report
from migration_planner.planning.scans import checking, receiving, tokens


class RawJSONParser(BaseParser):
    """The bytes as they came, to a limit: what is wrong with them is said by checking.py."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, bytes]:
        return {"raw": bytes(stream.read(checking.LARGEST + 1))}


class ProblemSerializer(serializers.Serializer[checking.Problem]):
    place = serializers.CharField()
    message = serializers.CharField()


class WrongReportSerializer(serializers.Serializer[object]):
    detail = serializers.CharField()
    problems = ProblemSerializer(many=True)


class ReceiptSerializer(serializers.Serializer[Report]):
    """What became of a report. `counts` is false when a later scan of the same repository is here already."""

    id = serializers.IntegerField()
    team = serializers.CharField(source="team.path")
    repository = serializers.CharField()
    commit = serializers.CharField()
    scanned_at = serializers.DateTimeField()
    counts = serializers.BooleanField(source="is_latest")
    detail = serializers.SerializerMethodField()

    def get_detail(self, report: Report) -> str:
        if not report.is_latest:
            return _t("Taken, for the history: a later scan of this repository is here already.")
        return _t("Taken for %(team)s. Thank you!") % {"team": report.team.path}


@require_POST  # before anybody is asked for a token
@extend_schema(
    operation_id="send_report",
    request=OpenApiTypes.OBJECT,
    responses={
        201: ReceiptSerializer,
        200: OpenApiResponse(ReceiptSerializer, "The same report was here already."),
        422: WrongReportSerializer,
    },
)
@api_view(["POST"])
@authentication_classes([TeamToken])
@permission_classes([IsAuthenticated])
@parser_classes([RawJSONParser])
def receive(request: Request) -> Response:
    """Send what `scan.pyz --json` writes, for the team of the token; its schema is at `/reports/schema.json`.

    The same report twice is one. Of each repository the latest scan counts."""
    now, token = timezone.now(), token_of(request)
    tokens.used(token, now=now)
    try:
        data = checking.read(cast(dict[str, bytes], request.data).get("raw", b""), now=now)
    except checking.WrongReport as wrong:
        refusal = {"detail": str(wrong), "problems": [vars(problem) for problem in wrong.problems]}
        return Response(refusal, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
    report, is_new = receiving.receive(data, token.team, by=cast(User, request.user), now=now, token=token)
    code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    return Response(ReceiptSerializer(report).data, status=code)
