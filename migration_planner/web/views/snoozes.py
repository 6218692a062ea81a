"""Snoozing one's own reminders, and how long the owners of a ban allow that."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Checklist
from migration_planner.planning.permissions import can_mark
from migration_planner.reminders import snoozing
from migration_planner.web import flow
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number, own_ban


@require_POST
def snooze(request: Request, pk: int) -> HttpResponse:
    """Snooze for so many days; 0 takes the running snooze back."""
    checklist = get_object_or_404(Checklist.objects.select_related("ban").visible_to(request.user), pk=pk)
    require(can_mark(request.user, checklist))
    days, now = _days(request), timezone.now()
    if days:
        snoozing.snooze(checklist, days, by=request.user, now=now)
        messages.success(request, _("Your reminders are snoozed."))
    else:
        snoozing.take_back(checklist, by=request.user, now=now)
        messages.success(request, _("Your reminders come again."))
    return see_other(f"{reverse('checklist', args=[checklist.pk])}#reminders")


@require_POST
def limit(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    snoozing.set_limit(ban, _days(request), by=request.user, now=timezone.now())
    messages.success(request, _("Saved."))
    return see_other(flow.url("ladder", ban))


def _days(request: Request) -> int:
    days = number(request.POST.get("days", ""))
    if days is None:
        raise DomainError(_("Say how many days, as a whole number."))
    return days
