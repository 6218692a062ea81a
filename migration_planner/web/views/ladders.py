"""When people hear of a ban: its ladder, from a preset or rung by rung."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban
from migration_planner.reminders import ladder
from migration_planner.reminders.falling import ANNOUNCEMENT
from migration_planner.reminders.ladder import Line
from migration_planner.reminders.models import Rung
from migration_planner.web import flow
from migration_planner.web.http import Request, see_other
from migration_planner.web.lookups import own_ban

Anchor = Rung.Anchor
#: What can be added; everybody hears of the publishing anyhow.
ADDED = [Anchor.BEFORE, Anchor.SHARE, Anchor.ON_THE_DAY, Anchor.LAST_DAY, Anchor.AFTER, Anchor.WEEKLY]
WITHOUT_NUMBER = {Anchor.ON_THE_DAY, Anchor.LAST_DAY}


@require_http_methods(["GET", "POST"])
def detail(request: Request, pk: int) -> HttpResponse:
    ban = own_ban(request, pk)
    if request.method == "GET":
        return _page(request, ban) if ban.is_draft or ban.is_live else redirect("ban", pk=ban.pk)
    try:
        lines = _lines(request.POST)
        ladder.set_rungs(ban, lines, by=request.user, now=timezone.now(), why=request.POST.get("why", ""))
    except DomainError as error:
        return _page(request, ban, refusal=str(error), status=409)
    messages.success(request, _("Saved."))
    return see_other(flow.url("ladder", ban))


def _lines(data: QueryDict) -> list[Line]:
    """The ladder a request asks for: a preset, the default (none), or the kept rungs with an added one."""
    if "default" in data:
        return []
    for preset in ladder.presets():
        if preset.key == data.get("preset"):
            return [Line(*line) for line in preset.lines]
    kept = [_line(*value.partition(":")[::2]) for value in data.getlist("rung")]
    return [*kept, _line(str(data["anchor"]), data.get("amount", ""))] if data.get("anchor") else kept


def _line(anchor: str, amount: str) -> Line:
    if anchor not in Anchor.values:
        raise DomainError(_("There is no such reminder. Choose one from the list."))
    if Anchor(anchor) in WITHOUT_NUMBER or anchor == Anchor.PUBLISHING:
        return Line(Anchor(anchor))
    if not (amount.isascii() and amount.isdecimal() and len(amount) < 4):
        raise DomainError(_("Say how many days, or how much of the time in per cent, as a whole number."))
    return Line(Anchor(anchor), int(amount))


def _page(request: Request, ban: Ban, *, refusal: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    rungs = ladder.rungs_of(ban, now=now)
    context: dict[str, Any] = {
        "ban": ban,
        "now": now,
        "rungs": [(rung, rung.key == ANNOUNCEMENT) for rung in rungs],
        "is_default": not ban.rungs.exists(),
        "presets": [(preset, [rung.words() for rung in preset.rungs()]) for preset in ladder.presets()],
        "anchors": ADDED,
        "refusal": refusal,
        **flow.frame(ban, "ladder", now=now),
    }
    return render(request, "bans/ladder.html", context, status=status)
