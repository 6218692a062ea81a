"""Reports of scans of a team: what came in, and sending one."""

from collections.abc import Mapping
from typing import cast

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.response import Response

from migration_planner.api.doors import MANAGE, READ, REPORTS, Call, Serializer, act, door, require
from migration_planner.api.lookups import visible_migration
from migration_planner.api.reports import RawJSONParser, ReceiptSerializer, WrongReportSerializer
from migration_planner.api.shapes import Changed, Nothing, OptionalWhy, Paged, page, paged
from migration_planner.lib.paging import Page
from migration_planner.planning.models import Report, ReportToken
from migration_planner.planning.permissions import can_manage_scans
from migration_planner.planning.scans import aside, checking, receiving, tokens


class ReportRow(Serializer):
    id = serializers.IntegerField(source="pk")
    team = serializers.CharField(
        source="team.path", help_text="The team that it was sent for; it speaks for all below."
    )
    repository = serializers.CharField()
    commit = serializers.CharField()
    scanned_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    uses = serializers.DictField(help_text="By workflow: used, settled or mentioned.")


@act("team_reports", READ, "scans", query=Paged, answer=paged(ReportRow))
def list_reports(call: Call, pk: int, team_id: int) -> Page[Report]:
    """Of each repository that speaks for a team the report that counts, newest first."""
    migration = visible_migration(call.user, pk, team_id)
    rows = Report.objects.counting().speaking_for(migration.path).select_related("team").defer("body")
    return page(call, rows, ("-scanned_at", "-id"))


@act("send_team_report", REPORTS, "scans", answer=ReceiptSerializer, status=201, parsers=(RawJSONParser,), also={
    200: OpenApiResponse(ReceiptSerializer, "The same report was here already."),
    422: OpenApiResponse(WrongReportSerializer, "It is no report; each mistake is named."),
}, body=None, takes=OpenApiTypes.OBJECT)  # fmt: skip
def send(call: Call, pk: int, team_id: int) -> HttpResponseBase:
    """Send what `scan.pyz --json` writes for a team: its leads, and the owners of the ban. The same report twice is one."""
    migration = visible_migration(call.user, pk, team_id)
    require(can_manage_scans(call.user, migration))
    sent = cast(Mapping[str, bytes], call.request.data)
    try:
        data = checking.read(sent.get("raw", b""), now=call.now)
    except checking.WrongReport as wrong:
        problems = [vars(problem) for problem in wrong.problems]
        return Response({"detail": str(wrong), "problems": problems}, status=422)
    report, is_new = receiving.receive(data, migration.team, by=call.user, now=call.now)
    return Response(ReceiptSerializer(report).data, status=201 if is_new else 200)


class EvidenceChange(OptionalWhy):
    """Whether the evidence of scans for a step counts; set aside with a reason."""

    counts = serializers.BooleanField()


class TeamTokenRow(Serializer):
    """A token with which scanners send reports for one team. The secret itself was shown once, on the page of the team."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    begins = serializers.CharField()
    made_by = serializers.CharField(source="made_by.name")
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


@act("weigh_evidence", MANAGE, "scans", body=EvidenceChange, answer=Changed)
def weigh(call: Call, pk: int, team_id: int, step_id: int) -> dict[str, bool]:
    """Set evidence of scans for a step of the team aside, with a reason; or let it count again."""
    migration = visible_migration(call.user, pk, team_id)
    step = get_object_or_404(migration.ban.steps.live(), pk=step_id)
    require(can_manage_scans(call.user, migration))
    if call.said["counts"]:
        return {"changed": aside.restore(migration, step.pk, by=call.user, now=call.now)}
    return {"changed": aside.set_aside(migration, step.pk, by=call.user, now=call.now, why=call.said["why"])}


@act("team_tokens", READ, "scans", query=Paged, answer=paged(TeamTokenRow))
def list_tokens(call: Call, pk: int, team_id: int) -> Page[ReportToken]:
    """Open tokens of a team for reports. They are made on its page alone, so that no token makes another."""
    migration = visible_migration(call.user, pk, team_id)
    require(can_manage_scans(call.user, migration))
    return page(call, migration.team.report_tokens.open(now=call.now).select_related("made_by"))


@act("revoke_team_token", MANAGE, "scans", body=Nothing, answer=Changed)
def revoke_token(call: Call, pk: int, team_id: int, token_id: int) -> dict[str, bool]:
    """Revoke a token of a team for reports. Scanners that use it are refused from then on."""
    migration = visible_migration(call.user, pk, team_id)
    require(can_manage_scans(call.user, migration))
    token = get_object_or_404(migration.team.report_tokens, pk=token_id)
    about = {"ban": migration.ban, "migration": migration}
    return {"changed": tokens.revoke(migration.team, token.pk, by=call.user, now=call.now, **about)}


reports = door(get=list_reports, post=send)
evidence, team_tokens, team_token = door(put=weigh), door(get=list_tokens), door(post=revoke_token)
