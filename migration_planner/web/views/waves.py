"""The waves of a ban: dates, teams, criteria, go or no go. Of a ban in force, a change is looked at before it is made."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Team
from migration_planner.planning import waves
from migration_planner.planning.models import Ban, Proposal, Wave
from migration_planner.planning.permissions import can_run, can_see_figures
from migration_planner.planning.proposed import Rest
from migration_planner.planning.proposing import Wish
from migration_planner.web import looking, seconds
from migration_planner.web.forms.waves import GoForm, WaveForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number, own_ban, visible_ban


@require_GET
def index(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    return _page(request, ban)


@require_http_methods(["GET", "POST"])
def new(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    form = WaveForm.of(ban, None, request.POST or None)

    def act() -> None:
        waves.add(ban, form.plan, by=request.user, now=timezone.now(), why=form.reason)

    return _form(request, ban, None, form, act, done=_("The wave stands. Put teams into it."))


@require_http_methods(["GET", "POST"])
def detail(request: Request, pk: int, wave_id: int) -> HttpResponse:
    """A wave's name, date and criteria. Of a ban in force a POST shows whom another date touches; only one that confirms this
    very look changes it."""
    ban, wave = _wave(request, pk, wave_id)
    form = WaveForm.of(ban, wave, request.POST or None)
    if request.method == "POST" and ban.is_live and form.is_valid() and _moves(wave, form):
        seen = looking.mark(ban, "wave", [wave.pk, wave.cutoff_at], form.plan)
        if not looking.was_seen(request, seen):
            return _look_at_date(request, ban, wave, form, seen)

    def act() -> Proposal | None:
        plan = form.plan
        change = partial(waves.change, wave, plan, by=request.user, now=timezone.now(), why=form.reason)
        if not _moves(wave, form):
            change()
            return None
        wish = Wish(wave=(wave, plan.day, plan.at), words=(plan.name, plan.criteria))
        return seconds.propose_or(request, ban, wish, form.reason, change)

    return _form(request, ban, wave, form, act, done=_("Saved. Whoever has another deadline now is told once."))


def _moves(wave: Wave, form: WaveForm) -> bool:
    return (form.plan.day, form.plan.at) != (wave.cutoff_date, wave.cutoff_time)


def _look_at_date(request: Request, ban: Ban, wave: Wave, form: WaveForm, seen: str) -> HttpResponse:
    try:
        touched = waves.of_date(wave, form.plan.day, form.plan.at, now=timezone.now())
    except DomainError as error:
        form.add_error(None, str(error))
        return _edit(request, ban, wave, form, status=409)
    context = {
        "touched": touched,
        "action": reverse("ban-wave", args=[ban.pk, wave.pk]),
        "kept": _kept(request, "name", "day", "at", "criteria", "why", seen=seen),
    }
    return _foreseen(request, ban, wave.name, context)


@require_POST
def team(request: Request, pk: int) -> HttpResponse:
    """Put a team into a wave, or out of any. Of a ban in force first whom that touches."""
    ban = own_ban(request, pk)
    path, key = request.POST.get("team", "").strip(), number(request.POST.get("wave", ""))
    wave = get_object_or_404(ban.waves, pk=key) if key else None
    found = Team.objects.filter(path=path).first() if "\0" not in path else None
    if found is None:
        return _page(request, ban, refusal=_("There is no team at this path. Write it from the root."), status=422)
    touched = waves.of_team(ban, found, wave, now=timezone.now())
    seen = looking.mark(ban, "wave_team", [found.pk, touched.before], [key, touched.after])
    if ban.is_live and not looking.was_seen(request, seen):
        context = {
            "touched": touched,
            "action": reverse("ban-wave-team", args=[ban.pk]),
            "kept": _kept(request, "team", "wave", "why", seen=seen),
            "asks_why": not request.POST.get("why", "").strip(),
        }
        return _foreseen(request, ban, found.name, context)
    why = request.POST.get("why", "")
    wish = Wish(rest=Rest(placing=(found, wave)))
    put = partial(waves.put, ban, found, wave, by=request.user, now=timezone.now(), why=why)
    return _do(request, ban, lambda: seconds.propose_or(request, ban, wish, why, put))


def _kept(request: Request, *names: str, seen: str) -> list[tuple[str, str]]:
    """The choice once more, and which look it is that it confirms."""
    return [*((name, request.POST.get(name, "")) for name in names), ("seen", seen)]


@require_POST
def remove(request: Request, pk: int, wave_id: int) -> HttpResponse:
    """Remove a wave; of a ban in force first whom that touches."""
    ban, wave = _wave(request, pk, wave_id)
    touched = waves.of_removal(wave)
    seen = looking.mark(ban, "wave_removal", [wave.pk, touched.before], touched.after)
    if ban.is_live and not looking.was_seen(request, seen):
        context = {
            "touched": touched,
            "action": reverse("ban-wave-removal", args=[ban.pk, wave.pk]),
            "kept": _kept(request, "why", seen=seen),
            "asks_why": not request.POST.get("why", "").strip(),
        }
        return _foreseen(request, ban, _("%(wave)s is removed") % {"wave": wave.name}, context)
    why = request.POST.get("why", "")
    wish = Wish(rest=Rest(removal=wave))
    take = partial(waves.remove, wave, by=request.user, now=timezone.now(), why=why)
    return _do(request, ban, lambda: seconds.propose_or(request, ban, wish, why, take))


@require_POST
def decide(request: Request, pk: int, wave_id: int) -> HttpResponse:
    ban, wave = _wave(request, pk, wave_id)
    form = GoForm(request.POST)
    if not form.is_valid():
        return _page(request, ban, refusal=_("Say go or no go, and why."), status=422)
    go, words = form.cleaned_data["go"], form.cleaned_data["words"]
    return _do(request, ban, lambda: waves.decide(wave, go, by=request.user, now=timezone.now(), words=words))


def _wave(request: Request, pk: int, wave_id: int) -> tuple[Ban, Wave]:
    ban = own_ban(request, pk)
    wave = get_object_or_404(ban.waves, pk=wave_id)
    wave.ban = ban
    return ban, wave


def _do(request: Request, ban: Ban, act: Callable[[], object]) -> HttpResponse:
    """Carry out and show the waves as they are then, or what waits for another owner; or say why not."""
    try:
        made = act()
    except DomainError as error:
        return _page(request, ban, refusal=str(error), status=409)
    if isinstance(made, Proposal):
        return seconds.waits(request, made)
    messages.success(request, _("Saved."))
    return see_other(reverse("ban-waves", args=[ban.pk]))


def _form(
    request: Request, ban: Ban, wave: Wave | None, form: WaveForm, act: Callable[[], object], *, done: str
) -> HttpResponse:
    if request.method == "GET":
        return _edit(request, ban, wave, form)
    if not form.is_valid():
        return _edit(request, ban, wave, form, status=422)
    try:
        made = act()
    except DomainError as error:
        form.add_error(None, str(error))
        return _edit(request, ban, wave, form, status=409)
    if isinstance(made, Proposal):
        return seconds.waits(request, made)
    messages.success(request, done)
    return see_other(reverse("ban-waves", args=[ban.pk]))


def _edit(request: Request, ban: Ban, wave: Wave | None, form: WaveForm, *, status: int = 200) -> HttpResponse:
    heading = wave.name if wave else _("A new wave")
    second = seconds.of_form(request, ban, "wave") if wave else None
    context = {"ban": ban, "wave": wave, "form": form, "heading": heading, "second": second}
    return render(request, "bans/wave.html", context, status=status)


def _foreseen(request: Request, ban: Ban, name: str, context: dict[str, Any]) -> HttpResponse:
    heading = _("What changes: %(name)s") % {"name": name}
    context |= {"ban": ban, "heading": heading, "now": timezone.now(), "second": seconds.of_form(request, ban, "wave")}
    context["changed_meanwhile"] = "seen" in request.POST
    return render(request, "bans/wave_changes.html", context)


def _page(request: Request, ban: Ban, *, refusal: str = "", status: int = 200) -> HttpResponse:
    rows = waves.rows(ban)
    context = {
        "ban": ban,
        "heading": _("Waves"),
        "rows": rows,
        "faults": waves.faults(ban, rows),
        "can_change": can_run(request.user, ban) and (ban.is_draft or ban.is_live),
        "go_form": GoForm(auto_id=False),
        "refusal": refusal,
        "now": timezone.now(),
    }
    return render(request, "bans/waves.html", context, status=status)
