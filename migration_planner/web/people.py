"""The people under a ban with their state, of a team or of a whole audience: filtered and sorted by the address, page by page."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from migration_planner.lib.lists import grouped
from migration_planner.lib.paging import keyset
from migration_planner.planning import using
from migration_planner.planning.models import Ban, Checklist
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.planning.using import Data
from migration_planner.reminders import snoozing
from migration_planner.reminders.nudging import Nudged
from migration_planner.web.http import Request

#: How the list may be sorted; the last key makes every order total.
ORDERS = {"need": ("need", "person_name", "pk"), "name": ("person_name", "pk"), "activity": ("-active_at", "-pk")}
#: What the list shows.
SHOWN = [
    "person",
    "ban",  # else each row of `ban.checklists` is read once more to tell whose it is
    "person_name",
    "migration",
    "state",
    "finished_steps",
    "verified_steps",
    "is_verified",
    "last_activity_at",
    "person__name",
    "migration__path",
]
#: How many people a page shows at once.
PEOPLE = 25
STATES = [
    Checklist.State.BLOCKED,
    Checklist.State.NOT_STARTED,
    Checklist.State.STARTED,
    Checklist.State.WAIVED,
    Checklist.State.DONE,
]


def in_asked_state(request: Request, rows: ChecklistQuerySet) -> ChecklistQuerySet:
    """Those in the state that the address asks for; all of them when it asks for none, or for one there is not."""
    state = request.GET.get("state", "")
    return rows.in_state(state) if state in STATES else rows


def listing(request: Request, rows: ChecklistQuerySet, ban: Ban, data: Data, *, snoozes: bool = True) -> dict[str, Any]:
    """The context of `_shared/progress/people.html`: one page of `rows`, and what was asked for.

    Each row has the snooze that runs and, where the signals say anything about the ban, the two sides of the person.
    `snoozes`: whether there are any under the ban; False saves asking.
    """
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "need")
    sort = sort if sort in ORDERS else "need"
    shown = in_asked_state(request, rows).with_order_keys().select_related("person", "migration").only(*SHOWN)
    page = keyset(shown, ORDERS[sort], request.GET.get("cursor"), size=PEOPLE)
    snoozed = snoozing.seen(page.rows, now=timezone.now()) if snoozes else {}
    sides = using.of_people(ban, data, [row.person_id for row in page.rows])
    lines = [(row, snoozed.get(row.pk), sides.get(row.person_id)) for row in page.rows]
    return {
        "page": page,
        "rows": lines,
        "has_sides": bool(data),
        "state": state if state in STATES else "",
        "sort": sort,
        "states": STATES,
    }


def told(nudged: Nudged) -> list[str]:
    """What a nudge came to, a sentence each."""
    queued = ngettext("%(count)s person will hear from us.", "%(count)s people will hear from us.", nudged.queued)
    already = ngettext(
        "%(count)s person was nudged today already.", "%(count)s people were nudged today already.", nudged.already
    )
    unreachable = ngettext(
        "%(count)s person cannot be reached by mail.", "%(count)s people cannot be reached by mail.", nudged.unreachable
    )
    found = [(queued, nudged.queued), (already, nudged.already), (unreachable, nudged.unreachable)]
    sentences = [words % {"count": grouped(count)} for words, count in found if count]
    return sentences or [_("Everybody here has finished.")]
