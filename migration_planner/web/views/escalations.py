"""Escalation: the people of whom a manager was told, and whether a ban escalates, after how long."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.planning import changing
from migration_planner.planning.models import Ban
from migration_planner.reminders import escalating, foreseeing, reported
from migration_planner.web import flow, levels, looking
from migration_planner.web.http import Request, see_other
from migration_planner.web.lookups import number, own_ban

PEOPLE_SHOWN = 50


@require_GET
def reports(request: Request) -> HttpResponse:
    """Whoever is late below the reader, of all bans that told them so."""
    found = reported.of_manager(request.user)
    page = keyset(found, ("migration__deadline_at", "person__name", "pk"), request.GET.get("cursor"), size=PEOPLE_SHOWN)
    return render(request, "escalations.html", {"page": page, "count": found.count(), "now": timezone.now()})


@require_POST
def of_ban(request: Request, pk: int) -> HttpResponse:
    """Choose the levels; of a ban in force a look at what they would change comes first."""
    ban, now, why = own_ban(request, pk), timezone.now(), request.POST.get("why", "")
    changing.require_short(why)
    graces = _graces(request)
    if ban.is_live:
        before = escalating.graces_of(ban)
        seen = looking.mark(ban, "escalation", before, graces)
        if not looking.was_seen(request, seen):
            return _look(request, ban, graces, seen)
    escalating.set_graces(ban, graces, by=request.user, now=now, why=why)
    messages.success(request, _("Saved."))
    return see_other(f"{flow.url('ladder', ban)}#escalation")


def _look(request: Request, ban: Ban, graces: tuple[int, ...], seen: str) -> HttpResponse:
    now = timezone.now()
    context = {
        "ban": ban,
        "now": now,
        "foreseen": foreseeing.of_graces(ban, graces, now=now),
        "graces": graces,
        "levels": levels.words(graces),
        "seen": seen,
        "changed_meanwhile": "seen" in request.POST,
        "why": request.POST.get("why", ""),
        **flow.frame(ban, "ladder", now=now),
    }
    return render(request, "bans/escalation_changes.html", context)


def _graces(request: Request) -> tuple[int, ...]:
    """The levels of the form, up to the first that is left empty. Raises DomainError for what is no number."""
    if "none" in request.POST:
        return ()
    found = []
    for word in request.POST.getlist("grace"):
        if not word.strip():
            break
        days = number(word.strip())
        if days is None:
            raise DomainError(_("Say how many working days each level waits, as whole numbers."))
        found.append(days)
    return escalating.checked(found)
