"""Pausing the weekly figures: from the preferences, and from a mail program, which signs in nowhere."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from migration_planner.reminders.bundles import pause_bundles, person_of, resume_bundles
from migration_planner.web.http import Request, see_other

#: What a mail program sends (RFC 8058, 3.1), and our own button too.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt  # mail programs send no cookies (RFC 8058, 3.2); all that this door opens is a pause of one person's figures
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: HttpRequest, token: str) -> HttpResponse:
    """Reading shows a button and changes nothing; pressing it, here or in a mail program, pauses. No name is shown."""
    person = person_of(token)
    if person is None:
        raise Http404
    name, value = ONE_CLICK
    wanted = request.method == "POST" and request.POST.get(name) == value
    if wanted:
        pause_bundles(person, by=None, now=timezone.now())
    status = 422 if request.method == "POST" and not wanted else 200
    context = {"token": token, "paused": person.bundles_paused_at is not None, "one_click": ONE_CLICK}
    return render(request, "bundles/pause.html", context, status=status)


@require_POST
def choose(request: Request) -> HttpResponse:
    """Pause one's own figures, or let them come again."""
    now = timezone.now()
    if request.POST.get("state") == "paused":
        pause_bundles(request.user, by=request.user, now=now)
        messages.success(request, _("The weekly figures are paused."))
    elif request.POST.get("state") == "on":
        resume_bundles(request.user, by=request.user, now=now)
        messages.success(request, _("The weekly figures come again."))
    return see_other(reverse("preferences"))
