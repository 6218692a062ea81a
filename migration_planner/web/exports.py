"""Lists as files: streamed, so that a large company costs no memory."""

from collections.abc import Iterable
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.tables import csv_lines
from migration_planner.planning import using
from migration_planner.planning.models import Ban
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.reminders.models import Mail
from migration_planner.reminders.models.reminders import ReminderQuerySet
from migration_planner.web import explaining

PEOPLE = [
    _("Name"), _("Address"), _("Team"), _("State"), _("Steps finished"), _("Steps asked"), _("Last activity"), _("Deadline"),
    _("Steps verified"), _("Steps claimed"), _("Verified"),
    _("Old tool"), _("New tool"), _("Signals of the old tool up to"), _("Signals of the new tool up to"),
]  # fmt: skip


def people_file(name: str, ban: Ban, rows: ChecklistQuerySet) -> StreamingHttpResponse:
    """Checklists as a CSV download, team by team."""
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
    return csv_file(name, map(str, PEOPLE), lines)


REMINDERS = [
    _("Name"), _("Address"), _("What"), _("Day"), _("Due"), _("State"), _("Reason"), _("Sent at"), _("Mail"), _("Message-ID"),
    _("Attempts without success"), _("Last answer"),
]  # fmt: skip


def reminders_file(name: str, rows: ReminderQuerySet) -> StreamingHttpResponse:
    """Reminders as a CSV download, in the order given."""
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
    return csv_file(name, map(str, REMINDERS), lines)


def _of_mail(mail: Mail) -> tuple[Any, ...]:
    return mail.sent_at, mail.pk, mail.message_id, mail.tries, explaining.said(mail) if mail.last_text else ""


def csv_file(name: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A CSV download. The file gets a plain name made of `name`."""
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name) or "export"}.csv"'
    return response
