"""Gaps by how many people they block: filtered by the address, page by page or as a file."""

from typing import Any

from django.db.models import Value
from django.db.models.functions import Concat
from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.copying import Cell, in_words
from migration_planner.lib.paging import keyset
from migration_planner.planning.models import Ban, Gap
from migration_planner.planning.models.gaps import GapQuerySet
from migration_planner.web import exports
from migration_planner.web.http import Request

#: Whom most people are blocked by comes first; the last key makes the order total.
ORDER = ("-people", "-votes_cast", "-pk")
STATES = list(Gap.State)
SHOWN = 25
COLUMNS = [
    _("Number"), _("Gap"), _("State"), _("Workflow"), _("Ban"), _("People blocked"), _("Teams blocked"), _("Votes"),
    _("Who looks after it"), _("Reported on"), _("Decided on"), _("What is missing"), _("Answer"),
]  # fmt: skip


def asked(request: Request, rows: GapQuerySet) -> GapQuerySet:
    """Those in the state, and about the workflow, that the address asks for."""
    state, workflow = request.GET.get("state", ""), request.GET.get("workflow", "")
    rows = rows.filter(state=state) if state in Gap.State.values else rows
    if workflow and "\0" not in workflow:
        rows = rows.filter(workflow__key=workflow)
    return rows.standing().with_counts().select_related("ban__tool", "ban__replacement", "workflow", "owner")


def board(request: Request, rows: GapQuerySet, ban: Ban | None = None) -> dict[str, Any]:
    """The context of gaps/_board.html: a page of gaps, and what was asked for."""
    page = keyset(asked(request, rows), ORDER, request.GET.get("cursor"), size=SHOWN)
    workflows = ban.workflows.filter(gaps__isnull=False).distinct() if ban else None
    return {
        "page": page,
        "states": STATES,
        "state": request.GET.get("state", ""),
        "workflow": request.GET.get("workflow", ""),
        "workflows": workflows.only("ban", "key", "title") if workflows is not None else [],
    }


def file(name: str, request: Request, rows: GapQuerySet) -> StreamingHttpResponse:
    """What the board shows with the same filter, as a download."""
    cells: list[Cell] = [
        *("pk", "title", in_words("state", Gap.State.choices), "workflow__title"),
        Concat("ban__tool__name", Value(" → "), "ban__replacement__name"),
        *("people", "teams", "votes_cast"),
        *("owner__name", "opened_at", "decided_at", "words", "answer"),
    ]
    return exports.file(request, name, COLUMNS, asked(request, rows).order_by(*ORDER), cells)
