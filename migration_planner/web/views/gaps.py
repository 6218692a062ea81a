"""What the replacement cannot do yet: the boards, the page of one gap, and what its owner decides."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.lib.lists import grouped
from migration_planner.lib.paging import keyset
from migration_planner.people.models import User
from migration_planner.planning import gaps as planning
from migration_planner.planning import naming
from migration_planner.planning.models import Checklist, Event, Gap, Mark
from migration_planner.planning.permissions import can_answer_gap, can_run, can_see_figures, can_vote
from migration_planner.web import gaps, history
from migration_planner.web.forms.gaps import DecisionForm, MergeForm, TieForm
from migration_planner.web.forms.typed import renew
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number, own_ban, visible_ban

#: How many reasons in words, blocked people, and lines of history a page shows.
REASONS, PEOPLE, LINES = 25, 25, 30


@require_GET
def index(request: Request) -> HttpResponse:
    """The gaps of every ban the reader may see."""
    return render(request, "gaps/list.html", gaps.board(request, Gap.objects.visible_to(request.user)))


@require_GET
def index_csv(request: Request) -> HttpResponseBase:
    return gaps.file("gaps", request, Gap.objects.visible_to(request.user))


@require_GET
def of_ban(request: Request, pk: int) -> HttpResponse:
    """The gaps of one ban."""
    ban = visible_ban(request, pk)
    runs = can_run(request.user, ban)
    untied = planning.untied(ban).count() if runs and ban.is_live else 0
    context = {"ban": ban, "untied": untied, **gaps.board(request, ban.gaps.all(), ban)}
    return render(request, "gaps/of_ban.html", context)


@require_GET
def of_ban_csv(request: Request, pk: int) -> HttpResponseBase:
    ban = visible_ban(request, pk)
    return gaps.file(f"{ban} gaps", request, ban.gaps.all())


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, _find(request, pk))


@require_POST
def vote(request: Request, pk: int) -> HttpResponse:
    """Say that it concerns oneself too, or take that back."""
    gap = _find(request, pk)
    require(can_vote(request.user, gap.ban))
    gap.set_vote(request.POST.get("state") == "on", by=request.user, now=timezone.now())
    return see_other(reverse("gap", args=[gap.pk]))


@require_POST
def decision(request: Request, pk: int) -> HttpResponse:
    gap = _find(request, pk)
    require(can_answer_gap(request.user, gap))
    form = DecisionForm.of(gap, request.POST)
    if not form.is_valid():
        return _page(request, gap, form=form, status=422)
    try:
        reopened = _decide(request.user, gap, form)
    except DomainError as error:
        if isinstance(error, ChangedMeanwhile):
            gap.refresh_from_db()
            renew(form, "seen", planning.Decision.of(gap).fingerprint)
        form.add_error(None, str(error))
        return _page(request, gap, form=form, status=409)
    for sentence in _told(gap, reopened):
        messages.success(request, sentence)
    return see_other(reverse("gap", args=[gap.pk]))


def _decide(user: User, gap: Gap, form: DecisionForm) -> int | None:
    said = form.cleaned_data
    owner = naming.people_at([said["owner"]])[0] if said["owner"].strip() else None
    wanted = planning.Decision(said["state"], said["answer"], said["title"], said["words"], owner)
    return planning.decide(gap, wanted, by=user, now=timezone.now(), seen=said["seen"])


def _told(gap: Gap, reopened: int | None) -> list[str]:
    if reopened is None:
        return []
    if not gap.is_fixed:
        return [_("Saved.")]
    words = ngettext(
        "%(count)s step is open again. Those people are told once, in their mail of the day.",
        "%(count)s steps are open again. Those people are told once, in their mail of the day.",
        reopened,
    )
    return [words % {"count": grouped(reopened)} if reopened else _("Saved. It blocked nobody any more.")]


@require_POST
def merging(request: Request, pk: int) -> HttpResponse:
    gap = _find(request, pk)
    require(can_run(request.user, gap.ban))
    form = MergeForm(gap, request.POST)
    if not form.is_valid():
        return _page(request, gap, merge_form=form, status=422)
    into = form.cleaned_data["into"]
    planning.merge(gap, into, by=request.user, now=timezone.now())
    messages.success(request, _("The two gaps are one now."))
    return see_other(reverse("gap", args=[into.pk]))


@require_http_methods(["GET", "POST"])
def reasons(request: Request, pk: int) -> HttpResponse:
    """Blocked steps whose reason is in words alone, to be tied to a gap."""
    ban = own_ban(request, pk)
    shown = ["note", "at", "state", "checklist__person__name", "migration__team__name", "step__title"]
    rows = planning.untied(ban).select_related("checklist__person", "migration__team", "step").only(*shown)
    page = keyset(rows, ["-pk"], request.GET.get("cursor"), size=REASONS)
    known = ban.gaps.blocking().order_by("title", "pk")
    if request.method == "POST":
        chosen = [pk for pk in map(number, request.POST.getlist("marks")[:500]) if pk is not None]
        form = TieForm(chosen, known, request.POST)
        if form.is_valid():
            said = form.cleaned_data
            return _tied(request, ban.pk, planning.tie(said["marks"], said["gap"], by=request.user, now=timezone.now()))
        messages.error(request, _("Choose at least one reason, and a gap."))
    context = {"ban": ban, "page": page, "gaps": known, "heading": _("Reasons without a gap")}
    return render(request, "gaps/reasons.html", context, status=422 if request.method == "POST" else 200)


def _tied(request: Request, ban_id: int, tied: int) -> HttpResponse:
    words = ngettext("%(count)s step is tied to the gap.", "%(count)s steps are tied to the gap.", tied)
    messages.success(request, words % {"count": grouped(tied)})
    return see_other(reverse("ban-gap-reasons", args=[ban_id]))


def _find(request: Request, pk: int) -> Gap:
    visible = Gap.objects.visible_to(request.user).with_counts()
    with_names = visible.select_related(
        "ban__tool", "ban__replacement", "workflow", "owner", "opened_by", "merged_into"
    )
    return get_object_or_404(with_names, pk=pk)


def _page(
    request: Request,
    gap: Gap,
    *,
    form: DecisionForm | None = None,
    merge_form: MergeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user, ban = request.user, gap.ban
    runs = can_run(user, ban)
    answers = not gap.is_merged and (runs or gap.owner_id == user.pk)
    sees_names = runs or can_see_figures(user, ban)
    context = {
        "gap": gap,
        "ban": ban,
        "can_vote": not gap.is_fixed and not gap.is_merged and can_vote(user, ban),
        "has_voted": gap.votes.filter(person=user).exists(),
        "form": (form or DecisionForm.of(gap)) if answers else None,
        "merge_form": (merge_form or MergeForm(gap)) if runs and not gap.is_merged else None,
        "sees_names": sees_names,
        **(_names(request, gap) if sees_names or user.led_paths else {}),
        "lines": _lines(gap) if sees_names else [],
    }
    return render(request, "gaps/detail.html", context, status=status)


def _names(request: Request, gap: Gap) -> dict[str, Any]:
    """Whom it blocks, as far as the reader may see them."""
    blocked = Exists(Mark.objects.filter(gap=gap, checklist=OuterRef("pk"), step__removed_at__isnull=True))
    rows = Checklist.objects.counted().filter(ban=gap.ban_id).visible_to(request.user).filter(blocked)
    rows = rows.select_related("person", "migration").only("ban", "state", "person__name", "migration__path")
    return {"people_page": keyset(rows, ("person__name", "pk"), request.GET.get("cursor"), size=PEOPLE)}


def _lines(gap: Gap) -> list[history.Line]:
    """What was decided about it, the latest first; that it was reported ends the list. Votes are counted, not told."""
    votes = [Event.Verb.GAP_VOTED, Event.Verb.GAP_VOTE_TAKEN_BACK, Event.Verb.GAP_TIED, Event.Verb.STEP_REOPENED]
    marks = [Event.Verb.MARKED_BLOCKED, Event.Verb.MARKED_DONE]
    return [history.line(event) for event in gap.events.newest_first().exclude(verb__in=[*votes, *marks])[:LINES]]
