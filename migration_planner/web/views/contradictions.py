"""Where checklists and signals disagree: the list for those who answer for people, the question, and the person's answer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from migration_planner.lib.lists import grouped
from migration_planner.lib.paging import keyset
from migration_planner.planning import contradicting, using
from migration_planner.planning.models import Ban, Checklist, Contradiction
from migration_planner.planning.models.checklists import ChecklistQuerySet
from migration_planner.planning.permissions import can_ask, can_mark, can_run, can_see_contradictions, can_see_figures
from migration_planner.reminders import asking
from migration_planner.web.forms.signals import AnswerForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number, visible_ban

ROWS = 25
KINDS = list(Contradiction.Kind)


@require_GET
def of_ban(request: Request, pk: int) -> HttpResponse:
    """The open ones, the latest use first; a lead sees those of their own people."""
    ban, now = visible_ban(request, pk), timezone.now()
    require(can_see_contradictions(request.user, ban))
    kind = request.GET.get("kind", "")
    sees_figures = can_see_figures(request.user, ban)
    rows = contradicting.open_ones(ban, led_by=None if sees_figures else request.user)
    rows = rows.filter(kind=kind) if kind in Contradiction.Kind.values else rows
    shown = ["checklist", "kind", "day", "asked_at", "checklist__person__name", "checklist__migration__path"]
    page = keyset(
        rows.select_related("checklist__person", "checklist__migration").only(*shown),
        ("-day", "-pk"),
        request.GET.get("cursor"),
        size=ROWS,
    )
    found = using.data(ban)
    context = {
        "ban": ban,
        "heading": _("Contradictions"),
        "page": page,
        "kind": kind,
        "kinds": KINDS,
        "sides": using.sides(ban, found, now=now) if sees_figures else None,
        "ages": using.ages(ban, found, now=now),
        "can_ask": ban.is_live and can_ask(request.user, ban),
        "sees_figures": sees_figures,
    }
    return render(request, "contradictions/of_ban.html", context)


@require_POST
def ask(request: Request, pk: int) -> HttpResponse:
    """Have one person asked, or everybody on the list, in their mail of the day."""
    ban = visible_ban(request, pk)
    require(can_ask(request.user, ban))
    nudged = asking.ask(_asked(request, ban), by=request.user, now=timezone.now())
    queued = ngettext("%(count)s person will be asked.", "%(count)s people will be asked.", nudged.queued)
    already = ngettext(
        "%(count)s person was asked today already.", "%(count)s people were asked today already.", nudged.already
    )
    unreachable = ngettext(
        "%(count)s person cannot be reached by mail.", "%(count)s people cannot be reached by mail.", nudged.unreachable
    )
    for words, count in ((queued, nudged.queued), (already, nudged.already), (unreachable, nudged.unreachable)):
        if count:
            messages.info(request, words % {"count": grouped(count)})
    return see_other(reverse("ban-contradictions", args=[ban.pk]))


def _asked(request: Request, ban: Ban) -> ChecklistQuerySet:
    """Whom the reader answers for: everybody for the ban's owners, their own people for leads."""
    rows = Checklist.objects.filter(ban=ban).visible_to(request.user)
    rows = rows if can_run(request.user, ban) else rows.led_by(request.user)
    one = number(request.POST.get("checklist", ""))
    return rows.filter(pk=one) if one is not None else rows


@require_POST
def answer(request: Request, pk: int) -> HttpResponse:
    """The person's own word, in one step."""
    checklist = get_object_or_404(Checklist.objects.select_related("ban").visible_to(request.user), pk=pk)
    require(can_mark(request.user, checklist))
    found = get_object_or_404(checklist.contradictions, pk=number(request.POST.get("contradiction", "")))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the answers on the page."))
        return see_other(reverse("checklist", args=[pk]))
    said, note = Contradiction.Answer(form.cleaned_data["answer"]), form.cleaned_data["note"]
    found.checklist = checklist
    contradicting.answer(found, said, by=request.user, now=timezone.now(), note=note)
    messages.success(request, _("Thank you. Your answer is noted."))
    return see_other(reverse("checklist", args=[pk]))
