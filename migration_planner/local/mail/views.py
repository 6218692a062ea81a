"""The caught mail in the browser."""

import re
from email.message import EmailMessage

from csp.constants import NONE, SELF
from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from migration_planner.local.mail.box import PAGE, Box

#: Nothing is loaded and nothing runs; the mail's own styles are let through. `sandbox` says it once more to the browser.
LETTER = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


@login_not_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    box, recipient = Box(settings.LOCAL_MAIL), request.GET.get("to", "").strip()
    names = box.names(recipient=recipient, before=request.GET.get("before", ""))
    older = names[PAGE - 1] if len(names) > PAGE else ""
    context = {"lines": [box.line(name) for name in names[:PAGE]], "recipient": recipient, "older": older}
    return render(request, "local/mail/index.html", context)


@login_not_required
@never_cache
@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type] # typed for views without arguments
def detail(request: HttpRequest, name: str) -> HttpResponse:
    box = Box(settings.LOCAL_MAIL)
    mail = _mail(box, name)
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    context = {
        "line": box.line(name),
        "headers": [(header, str(value)) for header, value in mail.items()],
        "text": plain.get_content() if plain else "",
        "has_html": html is not None,
        "attachments": [part.get_filename() or part.get_content_type() for part in mail.iter_attachments()],
    }
    return render(request, "local/mail/detail.html", context)


@login_not_required
@never_cache
@require_safe
@xframe_options_sameorigin
@csp(LETTER)  # type: ignore[arg-type] # as above
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part as the sender wrote it, shut in a frame; its links open beside it."""
    part = _mail(Box(settings.LOCAL_MAIL), name).get_body(("html",))
    if part is None:
        raise Http404
    content, base = str(part.get_content()), '<base target="_blank">'
    found = HEAD.search(content)
    at = found.end() if found else 0
    return HttpResponse(content[:at] + base + content[at:])


def _mail(box: Box, name: str) -> EmailMessage:
    mail = box.read(name)
    if mail is None:
        raise Http404
    return mail
