"""The mail to come as a calendar: on which day how many, who gets one, and what it says to each."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from migration_planner.lib.paging import keyset
from migration_planner.people.models import UserQuerySet
from migration_planner.planning import audience
from migration_planner.planning.models import Ban
from migration_planner.reminders import arriving, previewing
from migration_planner.reminders.readers import Readers
from migration_planner.web import clock, months
from migration_planner.web.http import Request
from migration_planner.web.lookups import number, own_ban

PEOPLE_SHOWN = 50
#: From so many people on counting their mail can take seconds: the page comes first, and the numbers after it.
LARGE = 20_000


@require_GET
def month(request: Request, pk: int) -> HttpResponse:
    """Month by month, the number of mails on each date. Those of a large ban are asked for once the page is there."""
    ban = own_ban(request, pk)
    if not (ban.is_draft or ban.is_live) or ban.cutoff_at is None:
        return redirect("ban", pk=ban.pk)
    now = timezone.now()
    context = {"ban": ban, "now": now, **(later(request, ban) or counted(ban, now=now))}
    return _answer(request, "bans/calendar.html", context)


def later(request: Request, ban: Ban) -> dict[str, Any]:
    """What `bans/_counting.html` prints, where the page of a large ban comes before its numbers; else empty."""
    people = 0 if request.htmx or "count" in request.GET else reached(ban)
    return {"counting": request.get_full_path(), "people": people} if people >= LARGE else {}


def _answer(request: Request, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, or for htmx the part of it that is counted."""
    answer = render(request, f"{template}#counted" if request.htmx else template, context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def reached(ban: Ban) -> int:
    """How many people a draft reaches, or have a checklist of a ban in force."""
    if ban.is_draft:
        return audience.homes(ban).count()
    return int(ban.migrations.aggregate(people=Sum("people"))["people"] or 0)


def counted(ban: Ban, *, now: datetime) -> dict[str, Any]:
    """What `bans/_month_grid.html` and `bans/_forecast.html` print, from one count of everybody; `days`, too."""
    readers = Readers.of(ban, now=now)
    days = previewing.calendar(ban, now=now, readers=readers)
    found = arriving.of_ban(ban, now=now, readers=readers)
    waves = [(arriving.words(wave), wave) for wave in found.waves] if found else []
    return {"days": days, **grid(days), "forecast": found, "waves": waves}


def grid(days: list[tuple[date, int]]) -> dict[str, Any]:
    """What `bans/_month_grid.html` prints."""
    return {
        "months": months.months(days, clock.calendar()),
        "weekdays": months.headings(),
        "mails_in_all": sum(count for _day, count in days),
    }


@require_GET
def of_day(request: Request, pk: int, day: str) -> HttpResponse:
    """The people who get a mail on one date, and the mail of the one who is asked for."""
    ban, now = own_ban(request, pk), timezone.now()
    when = _date(day)
    if not (ban.is_draft or ban.is_live) or ban.cutoff_at is None:
        return redirect("ban", pk=ban.pk)
    context = {"ban": ban, "day": when, **(later(request, ban) or _readers(request, ban, when, now))}
    return _answer(request, "bans/calendar_day.html", context)


def _readers(request: Request, ban: Ban, when: date, now: datetime) -> dict[str, Any]:
    """Who gets a mail on that date, as far as they are looked for."""
    readers = Readers.of(ban, now=now)
    some = readers.on(when)
    everybody = readers.of_readers(some)
    search, zone = request.GET.get("q", "").strip(), request.GET.get("zone", "")
    return {
        "q": search,
        "zone": zone,
        "zones": sorted({reader.zone for reader in some}),
        "people": sum(reader.people for reader in some),
        "page": keyset(_found(everybody, search, zone), ["name", "id"], request.GET.get("cursor"), size=PEOPLE_SHOWN),
        "calendar": clock.calendar(),
        **_mail(request, ban, everybody, when, now),
    }


def _found(people: UserQuerySet, search: str, zone: str) -> UserQuerySet:
    if search:
        people = people.filter(Q(name__icontains=search) | Q(email__icontains=search))
    return people.filter(zone=zone) if zone else people


def _mail(request: Request, ban: Ban, reached: UserQuerySet, when: date, now: datetime) -> dict[str, Any]:
    """The mail of the person asked for, as it will be worded."""
    if not request.GET.get("person"):
        return {}
    person = get_object_or_404(reached, pk=number(request.GET["person"]) or 0)
    mails = [mail for mail in previewing.mails_for(ban, person, now=now) if mail.day == when]
    return {"person": person, "mails": mails}


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
