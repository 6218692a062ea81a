"""Lists as files: streamed, so that a large company costs no memory."""

from collections.abc import Iterable
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.tables import csv_lines
from migration_planner.planning.models import Ban
from migration_planner.planning.models.checklists import ChecklistQuerySet

PEOPLE = [_("Name"), _("Address"), _("Team"), _("State"), _("Steps finished"), _("Steps asked"), _("Last activity")]


def people_file(name: str, ban: Ban, rows: ChecklistQuerySet) -> StreamingHttpResponse:
    """Checklists as a CSV download, team by team."""
    rows = rows.select_related("person", "migration").order_by("migration__path", "person__name", "pk")
    lines = (
        (
            row.person.name,
            row.person.email,
            row.migration.path,
            row.get_state_display(),
            row.finished_steps,
            ban.required_steps,
            row.last_activity_at,
        )
        for row in rows.iterator(2000)
    )
    return csv_file(name, map(str, PEOPLE), lines)


def csv_file(name: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A CSV download. The file gets a plain name made of `name`."""
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name) or "export"}.csv"'
    return response
