"""Bringing in signals of use, how far each source has reported, and tokens for programs that send them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from migration_planner.lib.errors import DomainError
from migration_planner.lib.lists import grouped
from migration_planner.planning import signals, tokens
from migration_planner.planning.models import AccessToken, Event, SignalSource
from migration_planner.planning.permissions import can_import_signals, can_make_tokens, can_see_signal_sources
from migration_planner.planning.signal_files import from_file
from migration_planner.web.forms.signals import TokenForm, UploadForm
from migration_planner.web.http import Request, require, see_other
from migration_planner.web.lookups import number
from migration_planner.web.uploads import was_too_large

#: How many bad rows the page names, sources it lists, and tokens.
SHOWN, SOURCES, TOKENS = 50, 200, 50


@require_http_methods(["GET", "POST"])
def index(request: Request) -> HttpResponse:
    """How far each source has reported, and the form for the next file."""
    require(can_see_signal_sources(request.user))
    if request.method == "GET":
        return _page(request, UploadForm())
    require(can_import_signals(request.user))
    form = UploadForm(request.POST, request.FILES, too_large=was_too_large(request))
    if not form.is_valid():
        return _page(request, form, status=422)
    said = form.cleaned_data
    try:
        taken = signals.take(
            from_file(said["file"].file),
            by=request.user,
            now=timezone.now(),
            apply=True,
            skip_bad=said["skip_bad"],
            most=SHOWN,
        )
    except signals.BadRows as error:
        form.add_error("file", str(error))
        return _page(request, form, bad=error.taken, status=409)
    except DomainError as error:
        form.add_error("file", str(error))
        return _page(request, form, status=409)
    messages.success(request, _told(taken))
    return see_other(reverse("signals")) if not taken.bad else _page(request, UploadForm(), bad=taken)


def _told(taken: signals.Taken) -> str:
    counts = {name: grouped(count) for name, count in taken.counts().items()}
    return _("%(rows)s rows: %(added)s new, %(replaced)s corrected, %(same)s known already, %(bad)s left out.") % counts


@require_POST
def token(request: Request) -> HttpResponse:
    """Make a token, shown in this answer and never again; or revoke one."""
    require(can_make_tokens(request.user))
    if request.POST.get("act") == "revoke":
        found = get_object_or_404(AccessToken, pk=number(request.POST.get("token", "")))
        tokens.revoke(found, by=request.user, now=timezone.now())
        messages.success(request, _("The token is revoked."))
        return see_other(f"{reverse('signals')}#tokens")
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, UploadForm(), token_form=form, status=422)
    scopes, said = [AccessToken.Scope.SIGNALS], form.cleaned_data
    made = tokens.make(said["name"], scopes, days=said["days"], by=request.user, now=timezone.now())
    return _page(request, UploadForm(), made=made)


def _page(
    request: Request,
    form: UploadForm,
    *,
    bad: signals.Taken | None = None,
    token_form: TokenForm | None = None,
    made: str = "",
    status: int = 200,
) -> HttpResponse:
    sources = SignalSource.objects.select_related("tool").order_by("tool__name", "source")
    shown = list(sources[: SOURCES + 1])
    forgotten = Event.objects.filter(verb=Event.Verb.SIGNALS_FORGOTTEN).order_by("-pk").only("at", "data").first()
    context: dict[str, Any] = {
        "form": form if can_import_signals(request.user) else None,
        "bad": bad,
        "sources": shown[:SOURCES],
        "more_sources": len(shown) > SOURCES,
        "forgotten": forgotten,
        "keep_days": settings.SIGNALS_KEEP_DAYS,
        "now": timezone.now(),
    }
    if can_make_tokens(request.user):
        for_signals = AccessToken.objects.filter(scopes__contains=[AccessToken.Scope.SIGNALS])
        rows = list(for_signals.select_related("made_by").order_by("-pk")[: TOKENS + 1])
        context |= {"token_form": token_form or TokenForm(), "made": made}
        context |= {"tokens": rows[:TOKENS], "more_tokens": len(rows) > TOKENS}
    return render(request, "signals/index.html", context, status=status)
