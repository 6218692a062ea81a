"""What the keys do, and whether those of one letter do anything at all."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from migration_planner.web.http import Request, see_other

#: Keys, what they do, and whether they are of one letter. static/web/keys.js acts on them.
KEYS: list[tuple[tuple[str | Promise, ...], Promise, bool]] = [
    ((_("Ctrl K"), "⌘ K"), _("Search, from anywhere"), False),
    (("/",), _("Search"), True),
    (("j",), _("To the next row of a list"), True),
    (("k",), _("To the row before"), True),
    ((_("Enter"),), _("Open the row"), False),
    (("x",), _("Tick the row, or take the tick away"), True),
    (("e",), _("To what can be done with the rows ticked"), True),
    (("?",), _("Show these keys"), True),
    ((_("Esc"),), _("Close what is open"), False),
]


@require_GET
def index(request: Request) -> HttpResponse:
    """The page; for the dialog its table alone."""
    answer = render(request, "keys.html#table" if request.htmx else "keys.html", {"rows": KEYS})
    answer["Vary"] = "HX-Request"
    return answer


@require_POST
def choose(request: Request) -> HttpResponse:
    """Switch the keys of one letter on or off (WCAG 2.2, 2.1.4)."""
    if request.POST.get("state") in {"on", "off"}:
        request.user.single_keys = request.POST["state"] == "on"
        request.user.save(update_fields=["single_keys"])
        messages.success(request, _t("Your preferences were saved."))
    return see_other(f"{reverse('preferences')}#keys-switch")
