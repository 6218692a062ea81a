"""Webhooks: which there are, registering one, what became of its deliveries, and what can be done about it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import can_run, can_see_figures, can_see_hooks, can_set_hooks
from migration_planner.reminders import hooks, hooks_kinds
from migration_planner.reminders.models import Hook
from migration_planner.web.forms.hooks import HookForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import visible_ban

#: As many deliveries are listed.
DELIVERIES = 50


@require_http_methods(["GET", "POST"])
def index(request: Request) -> HttpResponse:
    """Those of the installation; administrators register one."""
    require(can_see_hooks(request.user))
    if request.method == "POST":
        require(can_set_hooks(request.user, None))
    return _list(request, None)


@require_http_methods(["GET", "POST"])
def of_ban(request: Request, pk: int) -> HttpResponse:
    """Those of one ban; its owners register one."""
    ban = visible_ban(request, pk)
    require(can_run(request.user, ban) if request.method == "POST" else can_see_figures(request.user, ban))
    return _list(request, ban)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, _hook(request, pk))


@require_POST
def test(request: Request, pk: int) -> HttpResponse:
    hook = _own(request, pk)
    verdict = hooks.try_out(hook, by=request.user, now=timezone.now())
    if verdict.taken:
        messages.success(request, _("The test was taken."))
    else:
        messages.error(request, _("The test was not taken. Below stands what came instead."))
    return see_other(reverse("hook", args=[hook.pk]))


@require_POST
def secret(request: Request, pk: int) -> HttpResponse:
    """Another secret, shown in this answer and never again."""
    hook = _own(request, pk)
    made = hooks.renew_secret(hook, by=request.user, now=timezone.now())
    return _page(request, _hook(request, pk), secret=made)


@require_POST
def switch(request: Request, pk: int) -> HttpResponse:
    hook = _own(request, pk)
    on = request.POST.get("state") == "on"
    hooks.switch(hook, on, by=request.user, now=timezone.now())
    done = (
        _("It is on: it is told of what happens from now on.") if on else _("It is off. Nothing goes there any more.")
    )
    messages.success(request, done)
    return see_other(reverse("hook", args=[hook.pk]))


@require_POST
def removal(request: Request, pk: int) -> HttpResponse:
    hook = _own(request, pk)
    hooks.remove(hook, by=request.user, now=timezone.now())
    messages.success(request, _("Removed. The address and the secrets are forgotten, and nothing goes there any more."))
    return see_other(_list_of(hook.ban))


@require_POST
def again(request: Request, pk: int, delivery_id: int) -> HttpResponse:
    """Have a delivery go once more."""
    hook = _own(request, pk)
    delivery = get_object_or_404(hook.deliveries.select_related("hook"), pk=delivery_id)
    hooks.send_again(delivery, by=request.user, now=timezone.now())
    messages.success(request, _("It goes with the next pass of the clock."))
    return see_other(reverse("hook", args=[hook.pk]))


def _hook(request: Request, pk: int) -> Hook:
    visible = Hook.objects.in_use().visible_to(request.user)
    return get_object_or_404(visible.select_related("ban__tool", "ban__replacement", "made_by"), pk=pk)


def _own(request: Request, pk: int) -> Hook:
    hook = _hook(request, pk)
    require(can_set_hooks(request.user, hook.ban))
    return hook


def _list_of(ban: Ban | None) -> str:
    return reverse("ban-hooks", args=[ban.pk]) if ban else reverse("hooks")


def _list(request: Request, ban: Ban | None) -> HttpResponse:
    form = HookForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status, made = _registered(request, form, ban)
        if made:
            return _page(request, _hook(request, made[0].pk), secret=made[1])
    context = {
        "ban": ban,
        "rows": [(hook, hooks_kinds.kinds_of(hook.verbs)) for hook in _rows(ban)],
        "form": form if can_set_hooks(request.user, ban) else None,
        "action": _list_of(ban),
    }
    return render(request, "hooks/list.html", context, status=status)


def _rows(ban: Ban | None) -> Any:
    return Hook.objects.in_use().filter(ban=ban).order_by("name", "pk")


def _registered(request: Request, form: HookForm, ban: Ban | None) -> tuple[int, tuple[Hook, str] | None]:
    """The webhook with its secret; else the status of the page that says why not."""
    if not form.is_valid():
        return 422, None
    try:
        return 200, hooks.register(ban, form.chosen, by=request.user, now=timezone.now())
    except DomainError as error:
        form.add_error("address", str(error))
        return 409, None


def _page(request: Request, hook: Hook, *, secret: str = "") -> HttpResponse:
    told = hook.deliveries.select_related("event").prefetch_related("attempts").order_by("-pk")[:DELIVERIES]
    context = {
        "hook": hook,
        "ban": hook.ban,
        "kinds": [hooks_kinds.KINDS[kind][0] for kind in hooks_kinds.kinds_of(hook.verbs)],
        "secret": secret,
        "list_url": _list_of(hook.ban),
        "deliveries": [
            (each, hooks_kinds.OF_VERB.get(each.event.verb, "") if each.event else hooks_kinds.TEST) for each in told
        ],
        "can_set": can_set_hooks(request.user, hook.ban),
        "now": timezone.now(),
    }
    return render(request, "hooks/detail.html", context)
