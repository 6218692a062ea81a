"""The last look at a draft: whom it reaches, what is missing, what will be sent and when; then publishing."""

from typing import Any

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from migration_planner.people.models import User
from migration_planner.planning import audience
from migration_planner.planning.models import Ban, Workflow
from migration_planner.reminders import previewing
from migration_planner.web.http import Request
from migration_planner.web.lookups import number, own_ban
from migration_planner.web.views.drafts import leave_unless_draft, page
from migration_planner.web.views.mail_calendars import LARGE, counted

#: So many people who cannot be reached are named; the rest is counted.
NAMED = 20
#: So many people are offered when somebody is looked for.
OFFERED = 8


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    if elsewhere := leave_unless_draft(request, ban):
        return elsewhere
    context: dict[str, Any] = {
        "reach": audience.reach(ban),
        "unreachable": audience.unreachable(ban).order_by("name", "pk")[:NAMED],
        "minutes": ban.minutes,
        "questions": ban.workflows.live().filter(compatibility=Workflow.Compatibility.UNKNOWN),
        "scope": ban.scope,
        "owners": ban.owners.active().order_by("name"),
    }
    if ban.cutoff_at:
        context |= _mail(request, ban) | _numbers(ban, context["reach"]["people"])
    return page(request, ban, "preview", **context)


def _mail(request: Request, ban: Ban) -> dict[str, Any]:
    """Each mail of one person: the one asked for, else the reader or anybody."""
    now, search = timezone.now(), request.GET.get("who", "").strip()
    found = _people(ban, search)
    person = _person(request, ban) or (found[0] if found else None)
    return {
        "who": search,
        "found": found if search else [],
        "person": person,
        "mails": previewing.mails_for(ban, person, now=now) if person else [],
    }


def _numbers(ban: Ban, people: int) -> dict[str, Any]:
    """On which day how many mails; of a large audience the page asks for that once it is there."""
    if people < LARGE:
        return counted(ban, now=timezone.now())
    return {"days": (), "counting": reverse("ban-calendar", args=[ban.pk]), "people": people}


def _people(ban: Ban, search: str) -> list[User]:
    """People of the audience whose name or address holds the words; without words, somebody."""
    people = audience.people(ban).exclude(email="")
    if search:
        people = people.filter(Q(name__icontains=search) | Q(email__icontains=search))
    return list(people.order_by("name", "pk")[: OFFERED if search else 1])


def _person(request: Request, ban: Ban) -> User | None:
    if asked := request.GET.get("person", ""):
        return get_object_or_404(audience.people(ban), pk=number(asked) or 0)
    return None if request.GET.get("who") else audience.people(ban).filter(pk=request.user.pk).first()


@csp_replace({"script-src": [NONE], "style-src": [UNSAFE_INLINE], "sandbox": ["allow-popups"]})  # type: ignore[arg-type]  # its types know no arguments of views
@require_GET
def mail(request: Request, pk: int, person_id: int, day: str) -> HttpResponse:
    """One mail as a mail program shows it. Its styles stand in its elements, so this page alone allows that, and no script."""
    ban = own_ban(request, pk)
    person = get_object_or_404(audience.people(ban), pk=person_id)
    if not ban.cutoff_at:
        raise Http404
    for found in previewing.mails_for(ban, person, now=timezone.now()):
        if found.day.isoformat() == day:
            return HttpResponse(found.html)
    raise Http404
