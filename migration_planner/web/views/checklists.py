"""One person's part in one ban: read, mark, look back."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.people.models import User
from migration_planner.planning import gaps, outline
from migration_planner.planning.models import Checklist, Mark, Migration, Step
from migration_planner.planning.outline import Outline
from migration_planner.planning.permissions import can_ask_for_waiver, can_mark, can_review
from migration_planner.planning.scans import reading
from migration_planner.reminders import glance, snoozing
from migration_planner.reminders.glance import OfChecklist
from migration_planner.web import workflows
from migration_planner.web.forms.checklists import ROW, MarkForm, failed, what_was_typed
from migration_planner.web.history import end_of, line
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.talking import talk

PAGE = "checklists/detail.html"
#: How many waivers of a checklist its page lists.
SHOWN = 10
#: What comes along with a checklist for its page.
TO_READ = ("ban__tool", "ban__replacement", "migration")


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    checklist = find(request, pk)
    return render(request, PAGE, _page(request, checklist, glance.of_checklist(checklist)))


@require_POST
def set_step(request: Request, pk: int, step_id: int) -> HttpResponse:
    checklist = _find_to_mark(request, pk)
    steps = Step.to_mark(checklist.ban_id)
    step = next((step for step in steps if step.pk == step_id), None)
    if step is None:
        raise Http404
    require(can_mark(request.user, checklist))
    form = MarkForm(request.POST)
    if not form.is_valid():
        return _again(request, pk, step, _t("This could not be read. Reload the page and try again."), status=422)
    try:
        put(checklist, step, form, by=request.user)
    except DomainError as error:
        return _again(request, pk, step, str(error), status=409)
    return _marked(request, checklist, step, steps)


def put(holder: Checklist | Migration, step: Step, form: MarkForm, *, by: User) -> None:
    """Put a step into the state that was asked for; a blocked one may name what blocks it."""
    now, said = timezone.now(), form.cleaned_data
    if form.wanted == Mark.State.BLOCKED:
        gaps.block(holder, step, by=by, now=now, note=form.words, gap=said["gap"], title=said["gap_title"])
    else:
        holder.mark(step, form.wanted, by=by, now=now, note=form.words)


@require_GET
def history(request: Request, pk: int) -> HttpResponse:
    checklist = find(request, pk)
    events = keyset(checklist.events.newest_first(), ["-id"], request.GET.get("cursor"))
    context = {
        "checklist": checklist,
        "ban": checklist.ban,
        "page": events,
        "lines": [line(event) for event in events.rows],
    }
    return render(request, "checklists/history.html", context)


def _find_to_mark(request: Request, pk: int) -> Checklist:
    """One's own, with what a mark needs of it; anybody else's as it is found to be read."""
    try:
        own = Checklist.to_mark(pk)
    except Checklist.DoesNotExist as missing:
        raise Http404 from missing
    if own.person_id != request.user.pk or own.ban.is_draft:
        return find(request, pk)
    own.person = request.user
    return own


def find(request: Request, pk: int) -> Checklist:
    """One's own is found first: that is the common case, and asks nothing about teams."""
    with_ban = Checklist.objects.select_related(*TO_READ)
    own = with_ban.filter(pk=pk, person=request.user).first()
    if own and not own.ban.is_draft:
        own.person = request.user
        return own
    return get_object_or_404(with_ban.select_related("person", "migration__team").visible_to(request.user), pk=pk)


def _marked(request: Request, checklist: Checklist, step: Step, steps: list[Step]) -> HttpResponse:
    """The changed row with the progress beside it; without htmx, back to where the person was."""
    page = reverse("checklist", args=[checklist.pk])
    is_done = checklist.state == Checklist.State.DONE
    if not request.htmx:
        return see_other(page if is_done else f"{page}#step-{step.pk}")
    seen = glance.of_checklist(checklist)
    lines = _outline(request, checklist, seen, [known for known in steps if known.removed_at is None], only=step)
    row = lines.line(step.pk)
    follows = lines.open_after(step.pk) if row and row.mark else None
    ends = is_done and step.required and follows is None
    context = {**_state(request, checklist, seen, lines), "line": row, "then": follows, "ends": ends, "swapped": True}
    return render(request, f"{PAGE}#marked", context)


def _again(request: Request, pk: int, step: Step, error: str, *, status: int) -> HttpResponse:
    """The row as it stands now, with what was typed and what to do; without htmx, the page with that row open."""
    checklist = find(request, pk)
    seen = glance.of_checklist(checklist)
    lines = _outline(request, checklist, seen)
    row = lines.line(step.pk)
    if row is None:
        raise DomainError(error)
    typed = what_was_typed(request.POST) | {"step": step, "error": error}
    if request.htmx:
        context = {**_state(request, checklist, seen, lines), "line": row, **failed(typed), "swapped": True}
        return render(request, f"{PAGE}#step", context, status=status)
    return render(
        request, PAGE, {**_page(request, checklist, seen, lines), **failed(typed), "opens": None}, status=status
    )


def _outline(
    request: Request,
    checklist: Checklist,
    seen: OfChecklist,
    steps: list[Step] | None = None,
    *,
    only: Step | None = None,
) -> Outline:
    """The lines, and for whoever can mark them the gaps that are known; a ban without any is not asked for them."""
    marks = checklist.ban.is_live and can_mark(request.user, checklist)
    known = gaps.known(checklist.ban, [only] if only else None) if marks and seen.gaps else {}
    return outline.of_checklist(checklist, steps, known, weighed=seen.evidence, reviewed=seen.returned)


def _state(request: Request, checklist: Checklist, seen: OfChecklist, lines: Outline) -> dict[str, Any]:
    """What a row and the progress need to know."""
    asks = checklist.ban.is_live and checklist.state != Checklist.State.STOPPED
    state = {
        **ROW,
        "checklist": checklist,
        "acknowledged": seen.acknowledged,
        "ban": checklist.ban,
        "outline": lines,
        "asks": asks,
        "frozen": not asks,
        "is_mine": checklist.person_id == request.user.pk,
        "may_mark": asks and can_mark(request.user, checklist),
        "may_review": asks and checklist.person_id != request.user.pk and can_review(request.user, checklist),
    }
    return state | _waivers(request, checklist, seen, state)


def _page(request: Request, checklist: Checklist, seen: OfChecklist, lines: Outline | None = None) -> dict[str, Any]:
    lines = lines or _outline(request, checklist, seen)
    ban, asked = checklist.ban, [line.step.workflow_id for line in lines.lines if line.step.workflow_id]
    state, first = _state(request, checklist, seen, lines), lines.first_open
    in_use = reading.in_use(checklist.migration_id) if seen.scans else []
    others = ban.workflows.live().exclude(pk__in=asked).only("ban", *workflows.SHOWN, "sources")
    found = {use.workflow_id for use in in_use}
    return {
        **state,
        "in_use": in_use,
        "scope": ban.scope,
        "owners": ban.owners.active().order_by("name").only("name", "email"),
        "other_workflows": sorted(others, key=lambda workflow: workflow.pk not in found),
        "ended": end_of(ban),
        "question": checklist.contradictions.open().first() if state["may_mark"] and seen.asked else None,
        **_snoozing(checklist, state),
        **talk(
            request.user,
            checklist,
            known=seen.comments,
            may=state["may_review"] or (state["asks"] and state["is_mine"]),
        ),
        "opens": first.step.pk if first and state["may_mark"] else None,
    }


def _snoozing(checklist: Checklist, state: dict[str, Any]) -> dict[str, Any]:
    """What a person who still has something to do can do about the reminders."""
    if not state["may_mark"] or checklist.state in (Checklist.State.DONE, Checklist.State.WAIVED):
        return {}
    return {"offer": snoozing.offer(checklist, now=timezone.now())}


def _waivers(request: Request, checklist: Checklist, seen: OfChecklist, state: dict[str, Any]) -> dict[str, Any]:
    """The waivers of this checklist, newest first, and whether the reader can ask for one. Asks nothing where there is none."""
    open_ = state["asks"] and checklist.state != Checklist.State.DONE
    may_ask = open_ and (state["is_mine"] or can_ask_for_waiver(request.user, checklist))
    if not seen.waivers:
        return {"may_ask_for_waiver": may_ask, "waived": frozenset()}
    waivers = list(checklist.waivers.select_related("requested_by").prefetch_related("steps").order_by("-pk")[:SHOWN])
    standing = next((waiver for waiver in waivers if waiver.is_in_force), None)
    pending = next((waiver for waiver in waivers if waiver.is_pending), None)
    steps = checklist.steps() if standing and standing.for_all else standing.steps.all() if standing else ()
    return {
        "waivers": waivers,
        "standing": standing,
        "pending": pending,
        "waived": frozenset(step.pk for step in steps),
        "may_ask_for_waiver": may_ask and pending is None,
    }
