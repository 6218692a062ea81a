"""Calendars: the addresses at which they read, and what they read there."""

from hashlib import sha256

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from migration_planner.reminders import deadlines, feeds
from migration_planner.reminders.links import url
from migration_planner.web.http import Request, see_other
from migration_planner.web.views.preferences import page


@login_not_required
@require_safe
def read(request: HttpRequest, token: str) -> HttpResponse:
    """The deadlines behind a secret address. Nothing is written down about who read them."""
    feed = feeds.find(token)
    if feed is None:
        raise Http404
    body = deadlines.of_feed(feed)
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["ETag"], answer["Cache-Control"] = etag, "private, no-cache"
    answer["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    answer["X-Robots-Tag"] = "noindex"
    return get_conditional_response(request, etag=etag, response=answer) or answer


@require_POST
def own(request: Request) -> HttpResponse:
    """Make an address for one's own deadlines, shown in this answer and never again; or revoke it."""
    now = timezone.now()
    if request.POST.get("act") == "make":
        token = feeds.make(request.user, by=request.user, now=now)
        return page(request, feed_url=url("feed", token))
    if request.POST.get("act") == "revoke":
        feeds.revoke(request.user, by=request.user, now=now)
        messages.success(request, _("The calendar address is revoked."))
    return see_other(reverse("preferences"))
