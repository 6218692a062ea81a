"""All mail of the installation: is it well, what is held, what would go now; and stopping it, all or that about one ban."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.paging import keyset
from migration_planner.people.models import User
from migration_planner.planning.models import Ban
from migration_planner.planning.permissions import (
    can_pause_all_mail,
    can_pause_mail,
    can_restore_address,
    can_see_figures,
    can_set_rooms,
)
from migration_planner.reminders import daily, health, pausing, reaching, rehearsing, releasing, reports, rooms
from migration_planner.reminders.models import Mail, Pause
from migration_planner.reminders.permissions import can_decide, can_decide_some
from migration_planner.reminders.troubles import trouble
from migration_planner.web import explaining
from migration_planner.web.forms.mails import DecisionForm, PauseForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import visible_ban, visible_mail

#: A rehearsal composes what it shows, so a page of it is short.
REHEARSED = 20
#: So many pauses that are over are listed.
PAST = 10


@require_GET
def index(request: Request) -> HttpResponse:
    """For those who run or audit the installation."""
    require(request.user.sees_everything)
    now = timezone.now()
    counts = dict(Mail.objects.values_list("state").annotate(n=Count("pk")))
    context = {
        "signs": health.signs(now=now),
        "trouble": trouble(beat.trouble) if (beat := health.beats().get("sender")) and beat.trouble else None,
        "day_limit": daily.today(settings.MAIL_PER_DAY),
        "counts": [(state, counts.get(state, 0)) for state in Mail.State.values],
        "due": Mail.objects.due(now).count(),
        "pauses": Pause.objects.select_related("by", "ended_by", "ban__tool", "ban__replacement").order_by("-pk")[
            :PAST
        ],
        "is_paused": pausing.paused(),
        "can_pause": can_pause_all_mail(request.user),
        "chat": rooms.summary(),
        "can_set_rooms": can_set_rooms(request.user),
    }
    return render(request, "mails/index.html", context)


@require_http_methods(["GET", "POST"])
def pause(request: Request) -> HttpResponse:
    require(can_pause_all_mail(request.user))
    return _pause(request, None, reverse("mails"))


@require_POST
def resume(request: Request) -> HttpResponse:
    require(can_pause_all_mail(request.user))
    return _resume(request, None, reverse("mails"))


@require_http_methods(["GET", "POST"])
def pause_ban(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_pause_mail(request.user, ban))
    return _pause(request, ban, reverse("ban-mail", args=[ban.pk]))


@require_POST
def resume_ban(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_pause_mail(request.user, ban))
    return _resume(request, ban, reverse("ban-mail", args=[ban.pk]))


def _pause(request: Request, ban: Ban | None, back: str) -> HttpResponse:
    form, status = PauseForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                pausing.pause(by=request.user, now=timezone.now(), why=form.cleaned_data["why"], ban=ban)
            except DomainError as error:
                form.add_error(None, str(error))
                status = 409
            else:
                messages.success(request, _("The mail is paused. What falls due meanwhile waits."))
                return see_other(back)
    context = {"ban": ban, "form": form, "back": back, "is_paused": pausing.paused(ban)}
    return render(request, "mails/pause.html", context, status=status)


def _resume(request: Request, ban: Ban | None, back: str) -> HttpResponse:
    if pausing.resume(by=request.user, now=timezone.now(), ban=ban):
        messages.success(request, _("The mail goes on. What waited goes out with the next pass of the clock."))
    else:
        messages.info(request, _("The mail was not paused, so it goes on as before."))
    return see_other(back)


@require_GET
def due(request: Request) -> HttpResponse:
    """What would go out now, of all mail."""
    require(request.user.sees_everything)
    return _due(request, None)


@require_GET
def due_of_ban(request: Request, pk: int) -> HttpResponse:
    """What would go out now, of the mail that speaks of one ban."""
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    return _due(request, ban)


def _due(request: Request, ban: Ban | None) -> HttpResponse:
    now = timezone.now()
    mails = rehearsing.due(now, ban)
    page = keyset(mails, ("not_before", "pk"), request.GET.get("cursor"), size=REHEARSED)
    context = {
        "ban": ban,
        "page": page,
        "rows": rehearsing.rehearse(page.rows, now=now, reader=request.user),
        "count": mails.count(),
        "is_paused": pausing.paused(),
    }
    return render(request, "mails/due.html", context)


@require_GET
def held(request: Request) -> HttpResponse:
    """Mails that may have arrived, or not, for those who decide about them."""
    require(request.user.sees_everything or can_decide_some(request.user))
    page = keyset(reports.held(request.user), ("due_at", "pk"), request.GET.get("cursor"))
    return render(request, "mails/held.html", {"page": page, **_deciding(request)})


def _deciding(request: Request, form: DecisionForm | None = None, failed: Mail | None = None) -> dict[str, Any]:
    may = request.user.is_administrator or can_decide_some(request.user)
    return {"may_decide": may, "form": form or DecisionForm(), "failed": failed}


@require_POST
def decide(request: Request, pk: int) -> HttpResponse:
    """Carry out what somebody decided about a held mail; then back to where there may be more of them."""
    mail = visible_mail(request, pk)
    require(can_decide(request.user, mail))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _undecided(request, mail, form, 422)
    try:
        decision, why = releasing.Decision(form.cleaned_data["decision"]), form.cleaned_data["why"]
        releasing.release(mail, decision, by=request.user, now=timezone.now(), why=why)
    except DomainError as error:
        form.add_error(None, str(error))
        return _undecided(request, mail, form, 409)
    messages.success(request, _("Decided. The mail's ledger and the history of the ban show it."))
    return see_other(reverse("mails-held"))


def _undecided(request: Request, mail: Mail, form: DecisionForm, status: int) -> HttpResponse:
    context = {"mail": mail, "form": form, "said": explaining.said(mail)}
    return render(request, "mails/decision.html", context, status=status)


@require_POST
def restore_address(request: Request, pk: int, person_id: int) -> HttpResponse:
    """Somebody's address takes mail again, says who runs the ban that has to reach them."""
    ban = visible_ban(request, pk)
    require(can_restore_address(request.user, ban))
    people = User.objects.filter(checklists__in=ban.checklists.counted())
    person = get_object_or_404(people, pk=person_id)
    reaching.restore(person, by=request.user, now=timezone.now())
    messages.success(
        request, _("%(name)s can be reached again. What is still owed goes out by itself.") % {"name": person.name}
    )
    return see_other(reverse("ban-unreachable", args=[ban.pk]))
