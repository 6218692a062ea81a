"""The board of gaps, for the makers of the replacement."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from migration_planner.api import serializers
from migration_planner.api.views import CURSOR, me
from migration_planner.lib.paging import keyset
from migration_planner.planning.models import Gap

BAN = OpenApiParameter("ban", int, description="Number of a ban: only its gaps.")
STATE = OpenApiParameter("state", str, enum=Gap.State.values, description="Only those in this state.")
WORKFLOW = OpenApiParameter("workflow", str, description="Key of a workflow: only those about it.")


@extend_schema(operation_id="gaps", parameters=[BAN, STATE, WORKFLOW, CURSOR], responses=serializers.GapPageSerializer)
@api_view(["GET"])
def gaps(request: Request) -> Response:
    """Gaps you may see, those that block most people first, a page at a time."""
    rows = _asked(request, Gap.objects.visible_to(me(request)).standing().with_counts())
    rows = rows.select_related("ban__tool", "ban__replacement", "workflow")
    page = keyset(rows, ("-people", "-votes_cast", "-pk"), request.query_params.get("cursor"))
    return Response(serializers.GapPageSerializer({"results": page.rows, "next": page.after}).data)


def _asked(request: Request, rows: "QuerySet[Gap]") -> "QuerySet[Gap]":
    ban, state, workflow = (request.query_params.get(name, "") for name in ("ban", "state", "workflow"))
    if ban:
        rows = rows.filter(ban=int(ban)) if ban.isascii() and ban.isdecimal() and len(ban) < 19 else rows.none()
    rows = rows.filter(state=state) if state else rows
    return rows.filter(workflow__key=workflow) if workflow else rows
