"""Waivers of the present ban, in every state a page can show: some that are over, some in force, one refused, some to decide."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from migration_planner.people.models import User
from migration_planner.planning import deciding, waiving
from migration_planner.planning.models import Ban, Checklist, Waiver
from migration_planner.planning.waiving import Wish

#: Days after publishing on which people ask, and for how many days from then.
EARLY, LATE, LAST = 7, 12, 19
ASKED = [
    ("no_equivalent", "Our release macros have no counterpart yet; the tools team writes one.", "No customer code."),
    ("commitment", "We deliver the billing migration first, with the tools we know.", "Two people, read-only tokens."),
    ("no_access", "The licence request is with IT.", "Only for reviewing, never for writing."),
    ("obstacle", "The new client does not run in our build image.", "Sandboxed, without network."),
    ("absence", "Back from parental leave in a month.", "The account is locked until then."),
]  # fmt: skip


def live(ban: Ban, day: date, owner: User, *, until: datetime) -> None:
    """What happens about waivers on that day of the ban."""
    assert ban.published_at is not None  # noqa: S101 - it is in force
    assert ban.cutoff_date is not None  # noqa: S101 - as above
    now = datetime.combine(day, time(11), timezone.get_current_timezone())
    number = (day - ban.published_at.date()).days
    if now + timedelta(hours=3) >= until:
        return
    if number == EARLY:
        for waiver in _ask(ban, 0, 6, day + timedelta(days=9), now):
            deciding.approve(waiver, by=owner, now=now + timedelta(hours=2))
    elif number == LATE:
        _grant_late(ban, owner, ban.cutoff_date + timedelta(days=10), now)
    elif number == LAST:
        waivers = _ask(ban, 20, 7, ban.cutoff_date + timedelta(days=14), now)
        deciding.ask(waivers[0], by=owner, now=now + timedelta(hours=1), words="Which macros exactly, and by when?")


def _grant_late(ban: Ban, owner: User, end: date, now: datetime) -> None:
    *granted, refused = _ask(ban, 6, 9, end, now)
    for number, waiver in enumerate(granted):
        shorter = end - timedelta(days=4) if number % 3 == 0 else None
        deciding.approve(waiver, by=owner, now=now + timedelta(hours=1), words="With the tools team.", until=shorter)
    deciding.refuse(
        refused, by=owner, now=now + timedelta(hours=1), words="The viewer of the new tool does this already."
    )


def _ask(ban: Ban, first: int, count: int, end: date, now: datetime) -> list[Waiver]:
    """Requests of people who have something to do; every third comes from their lead."""
    return [_request(checklist, number, end, now) for number, checklist in enumerate(_people(ban, first, count))]


def _people(ban: Ban, first: int, count: int) -> Sequence[Checklist]:
    free = ban.checklists.asked().exclude(pk__in=Checklist.objects.with_waiver().values("pk"))
    rows = (
        free.exclude(person__in=ban.owners.all()).filter(person__is_active=True).select_related("person", "migration")
    )
    return list(rows.order_by("pk")[first * 12 : (first + count) * 12 : 12])


def _request(checklist: Checklist, number: int, end: date, now: datetime) -> Waiver:
    reason, words, control = ASKED[number % len(ASKED)]
    steps = checklist.steps().filter(required=True).values_list("pk", flat=True)[:1] if number == 4 else ()
    lead = checklist.migration.team.leads().exclude(pk=checklist.person_id).first() if number % 3 == 2 else None
    wish = Wish(reason, words, control, end, tuple(steps))
    return waiving.request(checklist, wish, by=lead or checklist.person, now=now)
