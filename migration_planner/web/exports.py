"""Lists as files, as CSV, XLSX or JSON: streamed, so that a large company costs no memory.

Every list comes in all three: the address of the CSV with `?format=xlsx` or `?format=json`, beside its filters.
"""

from collections.abc import Iterable, Sequence
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import workbooks
from migration_planner.lib.tables import csv_lines, json_parts
from migration_planner.planning import using
from migration_planner.planning.models import Ban
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.reminders.models import Mail
from migration_planner.reminders.models.reminders import ReminderQuerySet
from migration_planner.web import explaining
from migration_planner.web.http import Request

Title = str | Promise
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

PEOPLE = [
    _("Name"), _("Address"), _("Team"), _("State"), _("Steps finished"), _("Steps asked"), _("Last activity"), _("Deadline"),
    _("Steps verified"), _("Steps claimed"), _("Verified"),
    _("Old tool"), _("New tool"), _("Signals of the old tool up to"), _("Signals of the new tool up to"),
]  # fmt: skip


def people_file(request: Request, name: str, ban: Ban, rows: ChecklistQuerySet) -> StreamingHttpResponse:
    """Checklists as a download, team by team."""
    rows = rows.select_related("person", "migration").order_by("migration__path", "person__name", "pk")
    data = using.data(ban)
    rows = using.with_last_uses(rows, ban)
    lines = (
        (
            row.person.name,
            row.person.email,
            row.migration.path,
            row.get_state_display(),
            row.finished_steps,
            ban.required_steps,
            row.last_activity_at,
            row.migration.deadline_at,
            row.verified_steps,
            row.finished_steps - row.verified_steps,
            _("yes") if row.is_verified else _("no"),
            *using.in_words(row, data),
        )
        for row in rows.iterator(2000)
    )
    return file(request, name, PEOPLE, lines)


REMINDERS = [
    _("Name"), _("Address"), _("What"), _("Day"), _("Due"), _("State"), _("Reason"), _("Sent at"), _("Mail"), _("Message-ID"),
    _("Attempts without success"), _("Last answer"),
]  # fmt: skip


def reminders_file(request: Request, name: str, rows: ReminderQuerySet) -> StreamingHttpResponse:
    """Reminders as a download, in the order given."""
    lines = (
        (
            row.person.name,
            row.person.email,
            explaining.what(row),
            row.day,
            row.due_at,
            row.get_state_display(),
            row.get_reason_display(),
            *(_of_mail(row.mail) if row.mail else ()),
        )
        for row in rows.iterator(2000)
    )
    return file(request, name, REMINDERS, lines)


def _of_mail(mail: Mail) -> tuple[Any, ...]:
    return mail.sent_at, mail.pk, mail.message_id, mail.tries, explaining.said(mail) if mail.last_text else ""


def file(request: Request, name: str, header: Sequence[Title], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A download in the format that the address asks for, CSV unless it says otherwise. It gets a plain name made of `name`."""
    plain = slugify(name) or "export"
    match request.GET.get("format"):
        case "xlsx":
            return _workbook(f"{plain}.xlsx", header, rows)
        case "json":
            answer = StreamingHttpResponse(
                json_parts(keys(header), rows), content_type="application/json; charset=utf-8"
            )
            extension = "json"
        case _:
            answer = StreamingHttpResponse(csv_lines(map(str, header), rows), content_type="text/csv; charset=utf-8")
            extension = "csv"
    answer["Content-Disposition"] = f'attachment; filename="{plain}.{extension}"'
    return answer


def keys(header: Sequence[Title]) -> list[str]:
    """The names of the columns for programs: made of the English titles, whatever language the reader has."""
    with translation.override("en"):
        return [slugify(str(title)).replace("-", "_") for title in header]


def _workbook(name: str, header: Sequence[Title], rows: Iterable[Iterable[Any]]) -> FileResponse:
    """A workbook is a zip with a directory at its end: it is written to the disk first, and gone once it is sent."""
    into = TemporaryFile()  # noqa: SIM115 - the response closes it
    workbooks.write(into, map(str, header), rows)
    into.seek(0)
    return FileResponse(into, as_attachment=True, filename=name, content_type=XLSX)
