"""What people choose for themselves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_http_methods

from migration_planner.planning.preferences import choose
from migration_planner.web import clock
from migration_planner.web.forms.preferences import PreferencesForm
from migration_planner.web.http import Request, see_other


@require_http_methods(["GET", "POST"])
def preferences(request: Request) -> HttpResponse:
    form = PreferencesForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        choose(request.user, **form.cleaned_data, by=request.user, now=timezone.now())
        with translation.override(request.user.language):
            messages.success(request, _t("Your preferences were saved."))
        return see_other(reverse("preferences"))
    home = request.user.memberships.filter(is_home=True).select_related("team").first()
    status = 422 if form.is_bound else 200
    context = {"form": form, "home": home, "calendar": clock.calendar()}
    return render(request, "preferences.html", context, status=status)
