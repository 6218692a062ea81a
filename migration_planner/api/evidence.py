"""What proves how a ban went: the chain over its history, and packs to hand over."""

from typing import Any

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from migration_planner.api.doors import MANAGE, READ, Call, Serializer, act, door, require
from migration_planner.api.lookups import visible_ban
from migration_planner.evidence import building
from migration_planner.evidence.models import Pack
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_run


class PackShape(Serializer):
    id = serializers.IntegerField(source="pk")
    state = serializers.ChoiceField(Pack.State.choices)
    asked_by = serializers.CharField(source="asked_by.name")
    asked_at = serializers.DateTimeField()
    written = serializers.IntegerField(help_text="How many of its files are written.")
    files = serializers.IntegerField()
    ready_at = serializers.DateTimeField(allow_null=True)
    size = serializers.IntegerField(help_text="Bytes.")
    digest = serializers.CharField(help_text="SHA-256 of the file, once it is ready.")
    head = serializers.CharField(help_text="The head of the chain that the pack ends with.")
    error = serializers.CharField()


class Head(Serializer):
    """The newest seal of the ban's chain."""

    position = serializers.IntegerField()
    digest = serializers.CharField()
    sealed_at = serializers.DateTimeField()


class EvidenceShape(Serializer):
    """The newest packs of a ban (three are kept), and the head of the chain over its history."""

    head = Head(allow_null=True)
    packs = PackShape(many=True)


@act("evidence", READ, "evidence", answer=EvidenceShape)
def read(call: Call, pk: int) -> dict[str, Any]:
    """The chain over the history of a ban, and its packs."""
    ban = _ban(call, pk)
    packs = ban.packs.select_related("asked_by").order_by("-pk")[: building.KEPT]
    return {"head": ban.seals.order_by("-position").first(), "packs": packs}


@act("ask_for_pack", MANAGE, "evidence", answer=PackShape, status=201)
def ask(call: Call, pk: int) -> Pack:
    """Ask for the evidence of a ban as a file. A worker builds it; look at its state until it is ready."""
    return building.ask(_ban(call, pk), by=call.user, now=call.now)


@act("pack", READ, "evidence", answer=PackShape)
def read_pack(call: Call, pk: int, pack_id: int) -> Pack:
    """One pack: how far it is built, and its digest once it is ready."""
    return get_object_or_404(_ban(call, pk).packs.select_related("asked_by"), pk=pack_id)


@act("download_pack", READ, "evidence", answer=OpenApiTypes.BINARY, media="application/zip")
def download(call: Call, pk: int, pack_id: int) -> StreamingHttpResponse:
    """The file of a pack that is ready."""
    pack = get_object_or_404(_ban(call, pk).packs, pk=pack_id, state=Pack.State.READY)
    answer = StreamingHttpResponse(building.content(pack), content_type="application/zip")
    answer["Content-Length"] = str(pack.size)
    answer["Content-Disposition"] = f'attachment; filename="evidence-{pk}-{pack.pk}.zip"'
    return answer


def _ban(call: Call, pk: int) -> Ban:
    ban = visible_ban(call.user, pk)
    require(call.user.sees_everything or can_run(call.user, ban))
    return ban


evidence, packs = door(get=read), door(post=ask)
pack, pack_file = door(get=read_pack), door(get=download)
