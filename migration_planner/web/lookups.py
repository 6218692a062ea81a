"""Finding what a request is about among the things its reader may see; anything else is 404."""

from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404

from migration_planner.people.models import User
from migration_planner.planning import using
from migration_planner.planning.models import Ban, Checklist, Proposal
from migration_planner.planning.permissions import can_run
from migration_planner.planning.scans import programs
from migration_planner.reminders.models import Hook, Mail, Reminder
from migration_planner.reminders.reports import mails_visible_to
from migration_planner.web.http import Request, require


def visible_ban(request: Request, pk: int) -> Ban:
    visible = Ban.objects.visible_to(request.user).select_related("tool", "replacement")
    visible = visible.annotate(is_scanned=programs.finds("pk"), has_signals=using.reported())
    visible = visible.annotate(has_proposals=Exists(Proposal.objects.waiting().filter(ban=OuterRef("pk"))))
    off = Hook.objects.in_use().filter(ban=OuterRef("pk")).exclude(off="").exclude(off=Hook.Off.SWITCHED)
    return get_object_or_404(visible.annotate(has_dead_hooks=Exists(off)), pk=pk)


def own_ban(request: Request, pk: int) -> Ban:
    """A ban that the reader runs: 404 when they may not see it, 403 when they may not run it."""
    ban = visible_ban(request, pk)
    require(can_run(request.user, ban))
    return ban


def visible_mail(request: Request, pk: int) -> Mail:
    return get_object_or_404(mails_visible_to(request.user).select_related("person"), pk=pk)


def visible_person(request: Request, pk: int) -> User:
    """Oneself, and whoever has a checklist or a reminder that the reader may see."""
    if pk == request.user.pk:
        return request.user
    found = User.objects.filter(pk=pk)
    if not request.user.sees_everything:
        checklists = Checklist.objects.visible_to(request.user).filter(person=pk).values("person")
        reminders = Reminder.objects.visible_to(request.user).filter(person=pk).values("person")
        found = found.filter(Q(pk__in=checklists) | Q(pk__in=reminders))
    return get_object_or_404(found)


def number(text: str) -> int | None:
    """A whole number from a request, or None: not all digits, or more of them than any number of ours has."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
