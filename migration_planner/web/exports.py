"""Lists as files, as CSV, XLSX or JSON: written by the database and streamed, so that a large company costs next to nothing.

Every list comes in all three: the address of the CSV with `?format=xlsx` or `?format=json`, beside its filters.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat
from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.copying import Cell, Statement, either, in_words, of
from migration_planner.lib.tables import csv_blocks, json_blocks
from migration_planner.lib.workbooks import xlsx_blocks
from migration_planner.planning import behalf, using
from migration_planner.planning.models import Ban, Checklist
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.reminders.models import Reason, Reminder
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
    rows = using.with_last_uses(rows, ban).order_by("migration__path", "person__name", "pk")
    cells: list[Cell] = [
        "person__name",
        "person__email",
        "migration__path",
        in_words("state", Checklist.State.choices),
        "finished_steps",
        Value(ban.required_steps),
        "last_activity_at",
        "migration__deadline_at",
        "verified_steps",
        F("finished_steps") - F("verified_steps"),
        either("is_verified", _("yes"), _("no")),
        *using.in_words(using.data(ban)),
    ]
    return file(request, name, PEOPLE, rows, cells)


REMINDERS = [
    _("Name"), _("Address"), _("What"), _("Day"), _("Due"), _("State"), _("Reason"), _("Sent at"), _("Mail"), _("Message-ID"),
    _("Attempts without success"), _("Last answer"),
]  # fmt: skip


def reminders_file(request: Request, name: str, rows: ReminderQuerySet) -> StreamingHttpResponse:
    """Reminders as a download, in the order given."""
    cells: list[Cell] = [
        "person__name",
        "person__email",
        _what(rows),
        "day",
        "due_at",
        in_words("state", Reminder.State.choices),
        in_words("reason", [("", ""), *Reason.choices]),
        *("mail__sent_at", "mail__pk", "mail__message_id", "mail__tries"),
        _said(),
    ]
    return file(request, name, REMINDERS, rows, cells)


def _what(rows: ReminderQuerySet) -> Case:
    """`explaining.what` for every kind and rung that there is among the rows."""
    kinds = rows.order_by().values_list("kind", "rung").distinct()
    words = (
        When(kind=kind, rung=rung, then=Value(explaining.what(Reminder(kind=kind, rung=rung)))) for kind, rung in kinds
    )
    by_one, by_two = F("asked_by__name"), Concat(*_split(behalf.names("%(name)s", "%(lead)s")))
    asked = (
        When(
            kind=kind,
            asked_by__isnull=False,
            asked_for__isnull=not two,
            then=_with_name(said, by_two if two else by_one),
        )
        for kind, said in explaining.asked_by_somebody().items()
        for two in (True, False)
    )
    return Case(*asked, *words, default=F("kind"))


def _with_name(said: str, name: F | Concat) -> Concat:
    """A text with the name of whoever asked in its place."""
    before, after = said.split("%(name)s")
    return Concat(Value(before), name, Value(after))


def _split(names: str) -> list[F | Value]:
    """The words around the name of a substitute and of the lead, whichever comes first."""
    parts = re.split(r"(%\(name\)s|%\(lead\)s)", names)
    known = {"%(name)s": F("asked_by__name"), "%(lead)s": F("asked_for__name")}
    return [known.get(part, Value(part)) for part in parts if part]


def _said() -> Case:
    """`explaining.said` of the mail, where the server said anything."""
    text = TextField()
    with_code = Concat(Cast("mail__last_code", text), Value(" "), "mail__last_text", output_field=text)
    return Case(
        When(mail__last_text="", then=Value("")),
        When(mail__last_code__gt=0, then=with_code),
        default=F("mail__last_text"),
        output_field=text,
    )


def file(
    request: Request, name: str, header: Sequence[Title], rows: QuerySet[Any, Any], cells: Sequence[Cell]
) -> StreamingHttpResponse:
    """The rows of a QuerySet as a download, with a cell for each title."""
    return statement_file(request, name, header, of(rows, *cells))


def statement_file(request: Request, name: str, header: Sequence[Title], rows: Statement) -> StreamingHttpResponse:
    """A download in the format that the address asks for, CSV unless it says otherwise. It gets a plain name made of `name`."""
    titles = [str(title) for title in header]
    match request.GET.get("format"):
        case "xlsx":
            blocks, kind, extension = xlsx_blocks(titles, rows), XLSX, "xlsx"
        case "json":
            blocks, kind, extension = json_blocks(keys(header), rows), "application/json; charset=utf-8", "json"
        case _:
            blocks, kind, extension = csv_blocks(titles, rows), "text/csv; charset=utf-8", "csv"
    answer = StreamingHttpResponse(blocks, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{slugify(name) or "export"}.{extension}"'
    return answer


def keys(header: Sequence[Title]) -> list[str]:
    """The names of the columns for programs: made of the English titles, whatever language the reader has."""
    with translation.override("en"):
        return [slugify(str(title)).replace("-", "_") for title in header]
