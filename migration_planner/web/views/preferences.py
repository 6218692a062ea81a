"""What people choose for themselves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from migration_planner.planning.models import Ban
from migration_planner.planning.preferences import choose
from migration_planner.reminders import feeds, foreseeing
from migration_planner.reminders.foreseeing import Foreseen
from migration_planner.web import clock
from migration_planner.web.forms.preferences import PreferencesForm
from migration_planner.web.http import Request, see_other


@require_http_methods(["GET", "POST"])
def preferences(request: Request) -> HttpResponse:
    form = PreferencesForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        if "look" in request.POST and (foreseen := _foreseen(request, form)):
            return render(
                request, "preferences_changes.html", {"foreseen": foreseen, "kept": form.cleaned_data.items()}
            )
        choose(request.user, **form.cleaned_data, by=request.user, now=timezone.now())
        with translation.override(request.user.language):
            messages.success(request, _t("Your preferences were saved."))
        return see_other(reverse("preferences"))
    return page(request, form)


def page(request: Request, form: PreferencesForm | None = None, *, feed_url: str = "") -> HttpResponse:
    """All that people choose; `feed_url` is the address of a calendar that was made just now."""
    form = form or PreferencesForm(user=request.user)
    home = request.user.memberships.filter(is_home=True).select_related("team").first()
    context = {
        "form": form,
        "home": home,
        "calendar": clock.calendar(),
        "leads": bool(request.user.own_led_paths) or request.user.bundles_paused_at is not None,
        "feed": feeds.current(request.user),
        "feed_url": feed_url,
        "feed_action": reverse("preferences-calendar"),
    }
    return render(request, "preferences.html", context, status=422 if form.is_bound else 200)


def _foreseen(request: Request, form: PreferencesForm) -> list[tuple[Ban, Foreseen]]:
    """The bans whose reminders to this person another clock would change."""
    zone, hour = form.cleaned_data["zone"], form.cleaned_data["reminder_hour"]
    found = foreseeing.of_clock(request.user, zone, hour, now=timezone.now())
    return [(ban, foreseen) for ban, foreseen in found if not foreseen.changes_nothing]
