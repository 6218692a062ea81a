"""Changes to a ban in force, each with a reason, and its end."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.lib.zones import instant
from migration_planner.planning import catalogue, changing, naming, proposing, publishing, relapses, seconding
from migration_planner.planning.models import Ban, Proposal
from migration_planner.planning.permissions import can_name_owners
from migration_planner.planning.proposed import Rest
from migration_planner.planning.proposing import Wish
from migration_planner.reminders import foreseeing
from migration_planner.web import looking, seconds
from migration_planner.web.forms.bans import (
    ChangeCutoffForm,
    ChangeOwnersForm,
    ChangeScopeForm,
    CloseForm,
    WhyForm,
    WithdrawForm,
)
from migration_planner.web.forms.typed import renew
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import own_ban, visible_ban
from migration_planner.web.views.drafts import reading

HEADINGS = {
    "change_cutoff": _l("Move the cutoff"),
    "change_scope": _l("Write a new scope statement"),
    "change_owners": _l("Change the owners"),
    "close": _l("Close the ban"),
    "withdrawal": _l("Withdraw the ban"),
    "reopening": _l("Reopen the ban"),
}


@require_http_methods(["GET", "POST"])
def cutoff(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    if "day" in request.GET:
        return render(request, "bans/cutoff.html#reading", reading(ChangeCutoffForm(request.GET)))
    initial = {"day": ban.cutoff_date, "at": ban.cutoff_time, "zone": ban.cutoff_zone}
    form = ChangeCutoffForm(request.POST or None, initial=initial)
    if request.method == "POST" and ban.is_live and form.is_valid():
        seen = looking.mark(ban, "cutoff", None, form.cutoff)
        if not looking.was_seen(request, seen):
            return _look_at_cutoff(request, ban, form, seen)

    def save() -> Proposal | None:
        why = form.cleaned_data["why"]
        if proposing.takes_two(ban, form.cutoff, now=timezone.now()):
            return seconds.propose(request, ban, Wish(cutoff=form.cutoff), why)
        changing.move_cutoff(ban, *form.cutoff, by=request.user, now=timezone.now(), why=why)
        return None

    return _page(
        request, ban, "change_cutoff", form, save, done=_("The cutoff was moved. Everybody unfinished is told once.")
    )


def _look_at_cutoff(request: Request, ban: Ban, form: ChangeCutoffForm, seen: str) -> HttpResponse:
    """What the new cutoff would do to the mail to come, and the same choice once more, to be carried out."""
    cutoff_at = instant(*form.cutoff)
    try:
        if form.cutoff == (ban.cutoff_date, ban.cutoff_time, ban.cutoff_zone):
            raise DomainError(_("This is the cutoff it has. Choose another one."))
        foreseen = foreseeing.of_cutoff(ban, cutoff_at, now=timezone.now())
    except DomainError as error:
        form.add_error(None, str(error))
        return render(request, "bans/change_cutoff.html", _context(request, ban, "change_cutoff", form), status=409)
    now = timezone.now()
    takes_two = proposing.takes_two(ban, form.cutoff, now=now)
    context = _context(request, ban, "change_cutoff", form) | {
        "second": seconding.of_page(ban, by=request.user, now=now, always=takes_two),
        "foreseen": foreseen,
        "cutoff_at": cutoff_at,
        "zone": form.cutoff[2],
        "kept": [*((name, request.POST.get(name, "")) for name in ("day", "at", "zone", "why")), ("seen", seen)],
        "changed_meanwhile": "seen" in request.POST,
    }
    return render(request, "bans/cutoff_changes.html", context)


@require_http_methods(["GET", "POST"])
def scope(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    current = ban.scope
    initial = {"scope": current.text, "seen": current.version} if current else {}
    form = ChangeScopeForm(request.POST or None, initial=initial)

    def save() -> Proposal | None:
        text, why, seen = (form.cleaned_data[name] for name in ("scope", "why", "seen"))
        try:
            if proposing.takes_two(ban, now=timezone.now()):
                return seconds.propose(request, ban, Wish(rest=Rest(scope=(text, seen or 0))), why)
            changed = changing.change_scope(ban, text, by=request.user, now=timezone.now(), why=why, seen=seen or 0)
        except ChangedMeanwhile:
            renew(form, "seen", ban.scope.version if ban.scope else "")
            raise
        if not changed:
            raise DomainError(_("These are the words in force. Change them, or go back."))
        return None

    return _page(request, ban, "change_scope", form, save, done=_("The new scope statement is in force."))


@require_http_methods(["GET", "POST"])
def owners(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_name_owners(request.user, ban))
    initial = {"owners": tuple(ban.owners.active().order_by("email").values_list("email", flat=True))}
    form = ChangeOwnersForm(request.POST or None, initial=initial)

    def save() -> None:
        people = naming.people_at(form.cleaned_data["owners"])
        changing.change_owners(ban, people, by=request.user, now=timezone.now(), why=form.cleaned_data["why"])

    return _page(request, ban, "change_owners", form, save, done=_("The owners were changed."))


@require_http_methods(["GET", "POST"])
def closing(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    form = CloseForm(request.POST or None)
    relapsed = relapses.standing(ban, now=timezone.now()).count() if ban.is_live else 0

    def save() -> None:
        said = form.cleaned_data
        relapses.close(ban, by=request.user, now=timezone.now(), why=said["why"].strip(), despite=said["despite"])

    done = _("The ban is closed. It can be reopened within a day.")
    return _page(request, ban, "close", form, save, done=done, relapsed=relapsed)


@require_http_methods(["GET", "POST"])
def withdrawal(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    form = WithdrawForm(request.POST or None)

    def save() -> None:
        ban.withdraw(by=request.user, now=timezone.now(), why=form.cleaned_data["why"])

    done, says = _("The ban is withdrawn. Everybody is told once."), catalogue.without(ban)
    return _page(request, ban, "withdrawal", form, save, done=done, catalogue_says=says)


@require_http_methods(["GET", "POST"])
def reopening(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    form = WhyForm(request.POST or None)

    def save() -> None:
        publishing.reopen(ban, by=request.user, now=timezone.now(), why=form.cleaned_data["why"])

    return _page(request, ban, "reopening", form, save, done=_("The ban is in force again."), live=False)


def _page(
    request: Request,
    ban: Ban,
    name: str,
    form: Form,
    save: Callable[[], Proposal | None],
    *,
    done: str,
    live: bool = True,
    **more: Any,
) -> HttpResponse:
    """A form about a ban in force (or, for reopening, an ended one): shown, sent back with what is wrong, or carried out.

    What `save` returns waits for another owner.
    """
    if request.method == "GET" and ban.is_live != live:
        messages.info(request, ban.standing)
        return redirect("ban", pk=ban.pk)
    status = 200
    if request.method == "POST":
        status, made = _carry_out(form, save)
        if made:
            return seconds.waits(request, made)
        if status == 200:
            messages.success(request, done)
            return see_other(reverse("ban", args=[ban.pk]))
    return render(request, f"bans/{name}.html", {**_context(request, ban, name, form), **more}, status=status)


def _carry_out(form: Form, save: Callable[[], Proposal | None]) -> tuple[int, Proposal | None]:
    """200 when it is done, with what waits for another owner; else the status of the page that says why not."""
    if not form.is_valid():
        return 422, None
    try:
        return 200, save()
    except DomainError as error:
        form.add_error(None, str(error))
        return 409, None


def _context(request: Request, ban: Ban, name: str, form: Form) -> dict[str, Any]:
    ban.refresh_from_db()
    counted = ban.checklists.counted()
    chosen = reading(form) if isinstance(form, ChangeCutoffForm) and form.is_bound else {}
    return {
        **chosen,
        "ban": ban,
        "heading": HEADINGS[name],
        "form": form,
        "scope": ban.scope,
        "people": counted.count(),
        "unfinished": counted.unfinished().count(),
        "second": seconds.of_form(request, ban, name),
        "now": timezone.now(),
    }
