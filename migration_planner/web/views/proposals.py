"""Changes that one owner proposes and another applies or declines."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.planning import proposing, seconding
from migration_planner.planning.models import Ban, Proposal
from migration_planner.planning.permissions import can_run, can_see_figures
from migration_planner.planning.seconding import Second
from migration_planner.reminders import foretelling
from migration_planner.web import seconds
from migration_planner.web.forms.what_if import ApplyForm, DeclineForm, ProposeForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import own_ban, visible_ban
from migration_planner.web.views import what_if

PAGE = "bans/proposal.html"


@require_POST
def new(request: Request, pk: int) -> HttpResponse:
    """Save what was looked at as a proposal."""
    ban = own_ban(request, pk)
    form = ProposeForm(ban, request.POST)
    status = 422
    if form.is_valid():
        try:
            why = form.cleaned_data["why"]
            made = proposing.propose(ban, form.wish, by=request.user, now=timezone.now(), why=why)
        except DomainError as error:
            form.add_error(None, str(error))
            status = 409
        else:
            messages.success(request, _("Proposed. Another owner can apply it from this page."))
            return see_other(reverse("ban-proposal", args=[ban.pk, made.pk]))
    return what_if.page(request, ban, form, status=status)


@require_GET
def detail(request: Request, pk: int, proposal_id: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    return _page(request, ban, _find(ban, proposal_id))


@require_POST
def apply(request: Request, pk: int, proposal_id: int) -> HttpResponse:
    ban = own_ban(request, pk)
    proposal, form = _find(ban, proposal_id), ApplyForm(request.POST)
    if not form.is_valid():
        return _page(request, ban, proposal, status=422, apply_form=form)
    try:
        proposing.apply(proposal, by=request.user, now=timezone.now())
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, ban, _find(ban, proposal_id), status=409, apply_form=form)
    messages.success(request, _("Applied. Whoever it affects is told once."))
    return see_other(reverse("ban", args=[ban.pk]))


@require_POST
def decline(request: Request, pk: int, proposal_id: int) -> HttpResponse:
    ban = own_ban(request, pk)
    proposal, form = _find(ban, proposal_id), DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, ban, proposal, status=422, decline_form=form)
    try:
        proposing.decline(proposal, by=request.user, now=timezone.now(), why=form.cleaned_data["why"])
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, ban, _find(ban, proposal_id), status=409, decline_form=form)
    messages.success(request, _("Declined. Nothing was changed."))
    return see_other(reverse("ban-proposal", args=[ban.pk, proposal.pk]))


def _find(ban: Ban, proposal_id: int) -> Proposal:
    found = get_object_or_404(ban.proposals.select_related("proposed_by", "decided_by"), pk=proposal_id)
    found.ban = ban
    return found


def _page(
    request: Request,
    ban: Ban,
    proposal: Proposal,
    *,
    status: int = 200,
    apply_form: ApplyForm | None = None,
    decline_form: DeclineForm | None = None,
) -> HttpResponse:
    runs = proposal.is_open and ban.is_live and can_run(request.user, ban)
    wish = proposing.wish_of(proposal)
    context = {
        "ban": ban,
        "heading": _("A proposal"),
        "proposal": proposal,
        "wish": wish,
        "scope": ban.scope if wish.rest.scope else None,
        "touched": seconds.touched(ban, wish.rest) if proposal.is_open and ban.is_live else [],
        "second": _second(request, ban, proposal) if runs else None,
        "is_mine": proposal.proposed_by_id == request.user.pk,
        "runs": runs,
        "apply_form": apply_form or ApplyForm(),
        "decline_form": decline_form or DeclineForm(),
        "failed": bool(apply_form or decline_form),
        **(_foretold(ban, wish) if proposal.is_open and ban.is_live else {}),
    }
    return render(request, PAGE, context, status=status)


def _second(request: Request, ban: Ban, proposal: Proposal) -> Second | None:
    """For the one who proposed it: who could confirm it. None where it would not have taken two."""
    is_mine, always = proposal.proposed_by_id == request.user.pk, bool(proposal.change.get("second"))
    return seconding.of_page(ban, by=request.user, now=timezone.now(), always=always) if is_mine else None


def _foretold(ban: Ban, wish: proposing.Wish) -> dict[str, Any]:
    """What it would come to as of now, or why it cannot be done any more."""
    try:
        return {"parts": foretelling.parts(ban, wish, now=timezone.now())}
    except DomainError as error:
        return {"refusal": str(error)}
