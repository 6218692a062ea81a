"""Why somebody was, or was not, written to: in one place, for themselves, their leads, owners and auditors."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from migration_planner.lib.paging import Page, keyset
from migration_planner.people.models import User
from migration_planner.planning.models import Checklist
from migration_planner.reminders import previewing, reports
from migration_planner.reminders.models import Pause, Reminder
from migration_planner.reminders.readers import Readers
from migration_planner.web import explaining
from migration_planner.web.explaining import Chapter, Circumstances
from migration_planner.web.http import Request
from migration_planner.web.lookups import visible_person

#: Of how many bans it is said what comes next, the next cutoffs first: each takes some statements.
CHAPTERS = 20


@require_GET
def mail(request: Request, pk: int) -> HttpResponse:
    person, now = visible_person(request, pk), timezone.now()
    reminders = reports.of_person(person, request.user)
    page = keyset(reminders, ("-due_at", "-pk"), request.GET.get("cursor"))
    about = _circumstances(request, person, page)
    context = {
        "person": person,
        "is_mine": person == request.user,
        "page": page,
        "lines": [explaining.line(row, about[row.ban_id], now=now) for row in page.rows],
        "chapters": _chapters(request, person, now),
        "most_chapters": CHAPTERS,
        "now": now,
    }
    return render(request, "people/mail.html", context)


def _circumstances(request: Request, person: User, page: Page[Reminder]) -> dict[int, Circumstances]:
    """By ban. Mail about an ended ban is not paused: it is over."""
    bans = {row.ban_id for row in page.rows}
    done = dict(Checklist.objects.filter(person=person, ban__in=bans).values_list("ban", "done_at"))
    paused = _paused()
    return {
        ban: Circumstances(person, person == request.user, done.get(ban), ban in paused or None in paused)
        for ban in bans
    }


def _paused() -> set[int | None]:
    """The bans whose mail is paused; None among them means all."""
    return set(Pause.objects.in_force().values_list("ban", flat=True))


def _chapters(request: Request, person: User, now: datetime) -> list[Chapter]:
    """What comes next about each ban in force that asks something of the person, as far as the reader may see it."""
    seen = Checklist.objects.visible_to(request.user).live().filter(person=person)
    ordered = seen.select_related("ban__tool", "ban__replacement").order_by("ban__cutoff_at", "pk")
    checklists = list(ordered[:CHAPTERS])
    waiting = Reminder.objects.waiting().filter(person=person, ban__in=[each.ban_id for each in checklists])
    first: dict[int, Reminder] = {}
    for row in waiting.select_related("asked_by", "asked_for").order_by("due_at", "pk"):
        first.setdefault(row.ban_id, row)
    paused, comings = _paused(), Comings(person, now)
    return [
        _chapter(each, first.get(each.ban_id), Circumstances(
            person, person == request.user, each.done_at, bool(paused & {each.ban_id, None})), comings)
        for each in checklists
    ]  # fmt: skip


def _chapter(checklist: Checklist, first: Reminder | None, about: Circumstances, comings: "Comings") -> Chapter:
    later = None if first or about.is_paused else comings.of(checklist)
    return Chapter(checklist.ban, explaining.coming(checklist.ban, checklist, first, about, later))


class Comings:
    """The first mails beyond what is planned already, as previews have them: what all of them rest on is read once."""

    def __init__(self, person: User, now: datetime) -> None:
        self._person, self._now = person, now
        self._readers: Readers | None = None

    def of(self, checklist: Checklist) -> datetime | None:
        if checklist.state in (Checklist.State.DONE, Checklist.State.WAIVED):
            return None
        self._readers = self._readers or Readers.of(checklist.ban, now=self._now)
        return previewing.next_for(checklist.ban, self._person, self._readers)
