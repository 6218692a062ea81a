"""Stepping in as somebody of the demo. Exists in local mode alone, see config/urls.py."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from migration_planner.local import people
from migration_planner.people.models import User


@login_not_required
@never_cache
@require_safe
def step_in(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    context = {"groups": people.groups(), "words": words, "found": people.found(words)}
    return render(request, "local/step_in.html", context)


@login_not_required
@require_POST
def step_in_as(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.active(), pk=pk)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL), status=303)
