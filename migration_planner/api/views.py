"""The REST interface: the same lookups, rules and methods as the pages."""

from dataclasses import asdict
from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from migration_planner.api import serializers
from migration_planner.lib.paging import keyset
from migration_planner.people.models import User
from migration_planner.planning import gaps as blocking
from migration_planner.planning import outline, progress
from migration_planner.planning.models import Ban, Checklist, Mark
from migration_planner.planning.permissions import can_mark, can_see_figures

CURSOR = OpenApiParameter("cursor", str, description="What the page before gave as `next`.")
TEAM = OpenApiParameter("team", str, description="Path of a team: only that team with all below it.")


@extend_schema(operation_id="bans", parameters=[CURSOR], responses=serializers.BanPageSerializer)
@api_view(["GET"])
def bans(request: Request) -> Response:
    """Bans you may see, newest first, a page at a time."""
    rows = Ban.objects.visible_to(me(request)).select_related("tool", "replacement")
    page = keyset(rows, ("-pk",), request.query_params.get("cursor"))
    return Response(serializers.BanPageSerializer({"results": page.rows, "next": page.after}).data)


@extend_schema(operation_id="ban", responses=serializers.BanSerializer)
@api_view(["GET"])
def ban(request: Request, pk: int) -> Response:
    """One ban you may see."""
    rows = Ban.objects.visible_to(me(request)).select_related("tool", "replacement")
    return Response(serializers.BanSerializer(get_object_or_404(rows, pk=pk)).data)


@extend_schema(operation_id="progress", parameters=[TEAM], responses=serializers.ProgressSerializer)
@api_view(["GET"])
def ban_progress(request: Request, pk: int) -> Response:
    """How far a ban has come, or one team of it. For those who answer for the whole ban."""
    found = get_object_or_404(Ban.objects.visible_to(me(request)), pk=pk)
    if not can_see_figures(me(request), found):
        raise PermissionDenied
    path = request.query_params.get("team", "")
    if path and not found.migrations.filter(path=path).exists():
        raise Http404
    overview = progress.total(found, path)
    return Response(serializers.ProgressSerializer(_figures(overview)).data)


@extend_schema(operation_id="my_checklists", responses=serializers.ChecklistSerializer(many=True))
@api_view(["GET"])
def checklists(request: Request) -> Response:
    """Your own checklists of bans in force."""
    rows = (
        Checklist.objects.live()
        .filter(person=me(request))
        .select_related("ban", "migration")
        .order_by("ban__cutoff_at", "pk")
    )
    return Response(serializers.ChecklistSerializer(rows, many=True).data)


@extend_schema(operation_id="checklist", responses=serializers.ChecklistWithStepsSerializer)
@api_view(["GET"])
def checklist(request: Request, pk: int) -> Response:
    """A checklist you may see, with its steps."""
    return Response(_with_steps(_checklist(request, pk)))


@extend_schema(
    operation_id="mark_step", request=serializers.MarkSerializer, responses=serializers.ChecklistWithStepsSerializer
)
@api_view(["PUT"])
def step(request: Request, pk: int, step_id: int) -> Response:
    """Put one step of your checklist into a state. Repeating it changes nothing. 409 says in words what the product refuses."""
    found = _checklist(request, pk)
    wanted = get_object_or_404(found.ban.steps.per_person(), pk=step_id)
    if not can_mark(me(request), found):
        raise PermissionDenied
    form = serializers.MarkSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    said, now = form.validated_data, timezone.now()
    if said["state"] == Mark.State.BLOCKED:
        of_gap = {"gap": said["gap"], "title": said["gap_title"]}
        blocking.block(found, wanted, by=me(request), now=now, note=said["note"], **of_gap)
    else:
        found.mark(wanted, Mark.State(said["state"]), by=me(request), now=now, note=said["note"])
    return Response(_with_steps(_checklist(request, pk)))


def _figures(overview: progress.Overview) -> dict[str, int]:
    steps = ("team_steps_asked", "team_steps_verified", "team_steps_claimed")
    return {
        **asdict(overview.total),
        "not_started": overview.total.not_started,
        "teams": overview.teams,
        "done_verified": overview.total.verified,
        "done_claimed": overview.total.claimed,
        **{name: getattr(overview, name) for name in steps},
    }


def me(request: Request) -> User:
    """Whoever asks; anonymous requests do not come this far (see REST_FRAMEWORK in the settings)."""
    return cast(User, request.user)


def _checklist(request: Request, pk: int) -> Checklist:
    rows = Checklist.objects.visible_to(me(request)).select_related("ban", "migration")
    return get_object_or_404(rows, pk=pk)


def _with_steps(found: Checklist) -> dict[str, Any]:
    lines = [serializers.StepSerializer(line).data for line in outline.of_checklist(found).lines]
    return {**serializers.ChecklistSerializer(found).data, "steps": lines}
