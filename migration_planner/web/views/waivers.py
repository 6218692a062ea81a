"""A waiver: asked for from a checklist, read with all that was said about it, decided, answered, taken back, revoked."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.planning import deciding, waiving
from migration_planner.planning.models import Checklist, Waiver
from migration_planner.planning.permissions import can_ask_for_waiver, can_decide_waiver, can_revoke_waiver
from migration_planner.web.forms.waivers import DecisionForm, WishForm, WordsForm
from migration_planner.web.http import Request, require, see_other


@require_http_methods(["GET", "POST"])
def new(request: Request, pk: int) -> HttpResponse:
    """The form by which a person, or a lead on their behalf, asks for a waiver or its extension."""
    rows = Checklist.objects.select_related("ban__tool", "ban__replacement", "person", "migration__team")
    checklist = get_object_or_404(rows.visible_to(request.user), pk=pk)
    require(can_ask_for_waiver(request.user, checklist))
    now = timezone.now()
    form = WishForm(checklist, request.POST or None, now=now)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                waiver = waiving.request(checklist, form.wish, by=request.user, now=now)
            except DomainError as error:
                form.add_error(None, str(error))
                status = 409
            else:
                messages.success(request, _("The waiver was asked for. You get a mail when it is decided."))
                return see_other(reverse("waiver", args=[waiver.pk]))
    return render(request, "waivers/new.html", _asking(request, checklist, form), status=status)


def _asking(request: Request, checklist: Checklist, form: WishForm) -> dict[str, Any]:
    return {
        "checklist": checklist,
        "ban": checklist.ban,
        "form": form,
        "is_mine": checklist.person_id == request.user.pk,
        "standing": checklist.waivers.granted().first(),
        "pending": checklist.waivers.pending().first(),
    }


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, _find(request, pk))


@require_POST
def decide(request: Request, pk: int) -> HttpResponse:
    waiver = _find(request, pk)
    require(can_decide_waiver(request.user, waiver))
    form = DecisionForm.about(waiver, request.POST)

    def act() -> None:
        verdict, words = form.cleaned_data["verdict"], form.cleaned_data["words"]
        until = form.shorter if verdict == deciding.Verdict.APPROVED else None
        deciding.decide(waiver, verdict, by=request.user, now=timezone.now(), words=words, until=until)

    return _act(request, waiver, "decision", form, act, done=_("Your decision is written down."))


@require_POST
def answer(request: Request, pk: int) -> HttpResponse:
    waiver = _find(request, pk)
    require(_is_ours(request, waiver))
    form = WordsForm(request.POST)

    def act() -> None:
        deciding.answer(waiver, by=request.user, now=timezone.now(), words=form.cleaned_data["words"])

    return _act(request, waiver, "answer", form, act, done=_("Your answer is on its way to whoever asked."))


@require_POST
def take_back(request: Request, pk: int) -> HttpResponse:
    waiver = _find(request, pk)
    require(_is_ours(request, waiver))
    waiving.take_back(waiver, by=request.user, now=timezone.now())
    messages.success(request, _("The request was taken back."))
    return see_other(reverse("waiver", args=[waiver.pk]))


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    waiver = _find(request, pk)
    require(can_revoke_waiver(request.user, waiver.ban))
    form = WordsForm(request.POST)

    def act() -> None:
        deciding.revoke(waiver, by=request.user, now=timezone.now(), words=form.cleaned_data["words"])

    return _act(request, waiver, "revocation", form, act, done=_("The waiver is revoked. The person is told."))


def _find(request: Request, pk: int) -> Waiver:
    return get_object_or_404(Waiver.objects.visible_to(request.user).shown().select_related("granted_by"), pk=pk)


def _is_ours(request: Request, waiver: Waiver) -> bool:
    return request.user.pk in (waiver.person_id, waiver.requested_by_id)


def _act(
    request: Request, waiver: Waiver, name: str, form: Form, act: Callable[[], None], *, done: str
) -> HttpResponse:
    """Carry a form out and show the waiver as it is then; or show it with what is wrong."""
    if not form.is_valid():
        return _page(request, waiver, {name: form}, status=422)
    try:
        act()
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, _find(request, waiver.pk), {name: form}, status=409)
    messages.success(request, done)
    return see_other(reverse("waiver", args=[waiver.pk]))


def _page(request: Request, waiver: Waiver, forms: dict[str, Form] | None = None, *, status: int = 200) -> HttpResponse:
    """The waiver, and for each act that this reader could do now, its form. A form that failed is shown in any case."""
    live, failed = waiver.ban.is_live, forms or {}
    acts: dict[str, Form] = {}
    if live and Waiver.objects.to_decide_by(request.user).filter(pk=waiver.pk).exists():
        acts["decision"] = DecisionForm.about(waiver)
    if live and waiver.state == Waiver.State.QUESTIONED and _is_ours(request, waiver):
        acts["answer"] = WordsForm()
    if live and waiver.is_in_force and can_revoke_waiver(request.user, waiver.ban):
        acts["revocation"] = WordsForm()
    context = {
        "waiver": waiver,
        "ban": waiver.ban,
        "steps": [] if waiver.for_all else list(waiver.steps.all()),
        "decisions": list(waiver.decisions.select_related("by", "acted_for")),
        "chain": waiver.chain(),
        "acts": acts | failed,
        "failed": next(iter(failed.values()), None),
        "is_mine": waiver.person_id == request.user.pk,
        "can_take_back": live and waiver.is_pending and _is_ours(request, waiver),
        "can_extend": live and waiver.is_in_force and can_ask_for_waiver(request.user, waiver.checklist),
    }
    return render(request, "waivers/detail.html", context, status=status)
