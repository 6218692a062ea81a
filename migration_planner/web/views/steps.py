"""The steps a ban asks for: freely edited in a draft, with a reason once it is in force."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.planning import arranging
from migration_planner.planning.arranging import StepContent
from migration_planner.planning.models import Ban, Step
from migration_planner.web import flow
from migration_planner.web.forms.steps import StepForm
from migration_planner.web.forms.typed import renew
from migration_planner.web.http import Request, see_other
from migration_planner.web.lookups import number, own_ban


def _of(ban: Ban) -> dict[str, Any]:
    rows = list(ban.steps.live().select_related("workflow"))
    return {"steps": rows, "minutes": ban.minutes}


@require_GET
def index(request: Request, pk: int) -> HttpResponse:
    return _list(request, own_ban(request, pk))


def _list(request: Request, ban: Ban, part: str = "", *, touched: int | None = None, swapped: str = "") -> HttpResponse:
    now = timezone.now()
    context = {
        "ban": ban,
        "now": now,
        "touched": touched,
        "swapped": swapped,
        **flow.frame(ban, "steps", now=now),
        **_of(ban),
    }
    return render(request, f"bans/steps.html{part}", context)


@require_http_methods(["GET", "POST"])
def new(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    form = StepForm(ban, request.POST or None)
    if request.method == "GET":
        return _step_page(request, ban, form)

    def save() -> None:
        arranging.add_step(ban, form.content, by=request.user, now=timezone.now(), why=form.cleaned_data.get("why", ""))

    return _saved(request, ban, form, save)


@require_http_methods(["GET", "POST"])
def detail(request: Request, pk: int, step_id: int) -> HttpResponse:
    ban = own_ban(request, pk)
    step = get_object_or_404(ban.steps.live(), pk=step_id)
    form = StepForm(ban, request.POST or None, step=step)
    if request.method == "GET":
        return _step_page(request, ban, form)

    def save() -> None:
        arranging.edit_step(
            step,
            form.content,
            by=request.user,
            now=timezone.now(),
            why=form.cleaned_data.get("why", ""),
            seen=form.cleaned_data["seen"],
            position=form.position,
        )

    return _saved(request, ban, form, save)


def _step_page(
    request: Request, ban: Ban, form: StepForm, *, theirs: list[tuple[str, str]] | None = None, status: int = 200
) -> HttpResponse:
    context = {"ban": ban, "form": form, "step": form.step, "theirs": theirs, "now": timezone.now()}
    return render(request, "bans/step.html", context, status=status)


def _saved(request: Request, ban: Ban, form: StepForm, save: Callable[[], None]) -> HttpResponse:
    if not form.is_valid():
        return _step_page(request, ban, form, status=422)
    try:
        save()
    except ChangedMeanwhile as error:
        theirs = _meanwhile(ban, form)
        form.add_error(None, str(error))
        return _step_page(request, ban, form, theirs=theirs, status=409)
    except DomainError as error:
        form.add_error(None, str(error))
        return _step_page(request, ban, form, status=409)
    messages.success(request, _("Saved the step “%(step)s”.") % {"step": form.content.title})
    return see_other(reverse("ban-steps", args=[ban.pk]))


def _meanwhile(ban: Ban, form: StepForm) -> list[tuple[str, str]]:
    """What somebody else has saved in the fields where it differs; saving again will then know of it."""
    current = StepContent.of(ban.steps.get(pk=form.step.pk if form.step else 0))
    changed = form.content.changed(current)
    renew(form, "seen", current.fingerprint)
    return [
        (str(form.fields[name].label), str(getattr(current, name) or "")) for name in changed if name in form.fields
    ]


@require_POST
def place(request: Request, pk: int, step_id: int) -> HttpResponse:
    """Put a step at a place of the list of a draft, counted from 0."""
    ban, step = _step(request, pk, step_id)
    position = number(request.POST.get("position", ""))
    if position is None:
        raise DomainError(_("A place in the list is a whole number. Reload the page to see the steps as they stand."))
    arranging.move_step(step, position, by=request.user, now=timezone.now())
    return _answer(request, ban, step)


@require_POST
def requirement(request: Request, pk: int, step_id: int) -> HttpResponse:
    """Make a step of a draft required or optional."""
    ban, step = _step(request, pk, step_id)
    content = replace(StepContent.of(step), required=request.POST.get("required") == "yes")
    arranging.edit_step(step, content, by=request.user, now=timezone.now())
    return _answer(request, ban, step)


@require_POST
def removal(request: Request, pk: int, step_id: int) -> HttpResponse:
    """Ask for a step no more. In force, the reason comes along."""
    ban, step = _step(request, pk, step_id)
    arranging.remove_step(step, by=request.user, now=timezone.now(), why=request.POST.get("why", ""))
    if not request.htmx:
        messages.success(request, _("Removed the step “%(step)s”.") % {"step": step.title})
    return _answer(request, ban, step)


def _step(request: Request, pk: int, step_id: int) -> tuple[Ban, Step]:
    """Also a removed one: removing twice is harmless."""
    ban = own_ban(request, pk)
    return ban, get_object_or_404(ban.steps.all(), pk=step_id)


def _answer(request: Request, ban: Ban, step: Step) -> HttpResponse:
    if request.htmx:
        ban.refresh_from_db()
        return _list(request, ban, "#steps", touched=step.pk, swapped=_("Saved: %(step)s.") % {"step": step.title})
    return see_other(f"{reverse('ban-steps', args=[ban.pk])}#step-{step.pk}")
