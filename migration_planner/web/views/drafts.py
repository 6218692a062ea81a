"""The guided flow from a playbook to a ban that can be published. Each part is a page of its own, in any order."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.lib.lists import grouped
from migration_planner.lib.zones import instant
from migration_planner.planning import drafting, playbooks, publishing
from migration_planner.planning.drafting import Basics
from migration_planner.planning.models import Ban
from migration_planner.planning.models.bans import FIRST_DAY, LAST_DAY
from migration_planner.planning.permissions import can_draft, can_publish
from migration_planner.web import flow
from migration_planner.web.forms.bans import BasicsForm, ConfirmedForm, CutoffForm, NewBanForm
from migration_planner.web.forms.typed import renew
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import own_ban, visible_ban

#: What a new draft proposes: this many days ahead, at this time of the owner's clock.
NOTICE, AT = timedelta(days=21), time(18)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Choose a playbook, and name the two tools."""
    require(can_draft(request.user))
    chosen = request.POST.get("playbook", "")
    forms = {
        playbook.slug: NewBanForm(playbook, request.POST if playbook.slug == chosen else None)
        for playbook in playbooks.all_playbooks()
    }
    if request.method == "POST":
        playbook = playbooks.find(chosen)
        form = forms[chosen]
        if form.is_valid():
            ban = drafting.draft_ban(
                playbook,
                by=request.user,
                now=timezone.now(),
                owners=[request.user],
                tool=form.cleaned_data["tool"],
                replacement=form.cleaned_data["replacement"],
                parameters=form.chosen,
            )
            return see_other(flow.url("basics", ban))
    rows = [(playbook, forms[playbook.slug]) for playbook in playbooks.all_playbooks()]
    return render(request, "bans/new.html", {"rows": rows, "chosen": chosen}, status=422 if chosen else 200)


@require_http_methods(["GET", "POST"])
def basics(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    if request.method == "GET":
        return leave_unless_draft(request, ban) or page(request, ban, "basics", form=BasicsForm.of(ban))
    form = BasicsForm(request.POST)
    if not form.is_valid():
        return page(request, ban, "basics", form=form, status=422)

    def save() -> None:
        drafting.set_basics(ban, form.basics, by=request.user, now=timezone.now(), seen=form.cleaned_data["seen"])

    return saved(request, ban, "basics", form, save)


@require_http_methods(["GET", "POST"])
def cutoff(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    if request.method == "GET":
        return leave_unless_draft(request, ban) or _cutoff_page(request, ban)
    form = CutoffForm(request.POST)
    if not form.is_valid():
        return page(request, ban, "cutoff", form=form, status=422, **reading(form))

    def save() -> None:
        drafting.set_cutoff(ban, *form.cutoff, by=request.user, now=timezone.now())

    return saved(request, ban, "cutoff", form, save, **reading(form))


def _cutoff_page(request: Request, ban: Ban) -> HttpResponse:
    """The cutoff as it stands, or a proposal; while somebody chooses, htmx asks what the choice means."""
    if "day" in request.GET:
        form = CutoffForm(request.GET)
        return render(request, "bans/cutoff.html#reading", reading(form))
    proposal = (timezone.localdate() + NOTICE, AT, request.user.zone)
    day, at = ban.cutoff_date, ban.cutoff_time
    form = CutoffForm.starting(day, at, ban.cutoff_zone) if day and at else CutoffForm.starting(*proposal)
    chosen = CutoffForm({"day": form.initial["day"], "at": form.initial["at"], "zone": form.initial["zone"]})
    return page(request, ban, "cutoff", form=form, is_proposal=ban.cutoff_at is None, **reading(chosen))


def reading(form: CutoffForm) -> dict[str, Any]:
    """What a cutoff means: its instant, and the notice it gives from today. Nothing of a day that cannot be meant."""
    if not form.has_cutoff or not FIRST_DAY <= form.cutoff[0] <= LAST_DAY:
        return {"cutoff_at": None}
    day, at, zone = form.cutoff
    cutoff_at, now = instant(day, at, zone), timezone.now()
    return {
        "cutoff_at": cutoff_at,
        "zone": zone,
        "days": (cutoff_at - now).days,
        "has_passed": cutoff_at <= now,
        "now": now,
    }


@require_POST
def publication(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_publish(request.user, ban))
    if not ConfirmedForm(request.POST).is_valid():
        messages.error(request, _("Nothing was published: tick the box that says to how many people it goes."))
        return see_other(flow.url("preview", ban) + "#publish")
    numbers = publishing.publish(ban, by=request.user, now=timezone.now())
    people = ngettext("%(count)s person", "%(count)s people", numbers["people"]) % {"count": grouped(numbers["people"])}
    messages.success(request, _("Published to %(people)s.") % {"people": people})
    return see_other(reverse("ban", args=[ban.pk]))


@require_http_methods(["GET", "POST"])
def discarding(request: Request, pk: int) -> HttpResponse:
    """Put a draft away, after asking once."""
    ban = own_ban(request, pk)
    if request.method == "GET":
        return leave_unless_draft(request, ban) or render(request, "bans/discarding.html", {"ban": ban})
    drafting.discard(ban, by=request.user, now=timezone.now())
    messages.success(request, _("The draft “%(ban)s” was discarded.") % {"ban": ban})
    return see_other(reverse("bans"))


def leave_unless_draft(request: Request, ban: Ban) -> HttpResponse | None:
    """Send readers of an old link to the ban that the draft has become."""
    if ban.is_draft:
        return None
    messages.info(request, ban.standing)
    return redirect("ban", pk=ban.pk)


def page(request: Request, ban: Ban, part: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """One part of the flow, with its way markers."""
    now = context.pop("now", None) or timezone.now()
    context |= {"ban": ban, "flow": flow.flow(ban, part, now=now), "now": now}
    return render(request, f"bans/{part}.html", context, status=status)


def saved(request: Request, ban: Ban, part: str, form: Any, save: Callable[[], None], **context: Any) -> HttpResponse:
    """Save a part and go on. What the product refuses stands above the form, with what was typed still in it.

    `context` is what the page says beside the form, should it come again.
    """
    try:
        save()
    except ChangedMeanwhile as error:
        theirs = meanwhile(ban, form)
        form.add_error(None, str(error))
        return page(request, ban, part, form=form, theirs=theirs, status=409, **context)
    except DomainError as error:
        ban.refresh_from_db()
        if not ban.is_draft:
            raise
        form.add_error(None, str(error))
        return page(request, ban, part, form=form, status=409, **context)
    stay = request.POST.get("then") == "stay"
    if stay:
        messages.success(request, _("Saved."))
    return see_other(flow.url(part, ban) if stay else flow.after(part, ban))


def meanwhile(ban: Ban, form: BasicsForm) -> list[tuple[str, str]]:
    """What somebody else has saved in the fields where it differs; saving again will then know of it."""
    current = Basics.of(ban)
    renew(form, "seen", current.fingerprint)
    changed = form.basics.changed(current)
    return [(str(form.fields[name].label), _words(getattr(current, name))) for name in changed]


def _words(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
