"""When people hear of a ban: its ladder, from a preset or rung by rung; of a ban in force, after a look at what changes."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from migration_planner.lib.errors import DomainError
from migration_planner.planning import changing
from migration_planner.planning.models import Ban
from migration_planner.planning.models.bans import MOST_SNOOZE_DAYS
from migration_planner.reminders import foreseeing, ladder
from migration_planner.reminders.falling import ANNOUNCEMENT
from migration_planner.reminders.ladder import Line
from migration_planner.reminders.models import Rung
from migration_planner.web import flow, levels, looking
from migration_planner.web.http import Request, see_other
from migration_planner.web.lookups import own_ban

Anchor, Audience, Recipient = Rung.Anchor, Rung.Audience, Rung.Recipient
#: What can be added; everybody hears of the publishing anyhow.
ADDED = [anchor for anchor in Anchor if anchor != Anchor.PUBLISHING]
WITHOUT_NUMBER = {Anchor.PUBLISHING, Anchor.ON_THE_DAY, Anchor.LAST_DAY}


@require_http_methods(["GET", "POST"])
def detail(request: Request, pk: int) -> HttpResponse:
    """The ladder as it is, or another one. Of a ban in force a POST shows what that would change; only one that confirms
    this very look changes it."""
    ban = own_ban(request, pk)
    if request.method == "GET":
        return _page(request, ban) if ban.is_draft or ban.is_live else redirect("ban", pk=ban.pk)
    try:
        lines, why = _lines(request.POST), request.POST.get("why", "")
        changing.require_short(why)
        if ban.is_live and not looking.was_seen(request, seen := _seen(ban, lines)):
            return _look(request, ban, lines, seen)
        ladder.set_rungs(ban, lines, by=request.user, now=timezone.now(), why=why)
    except DomainError as error:
        return _page(request, ban, refusal=str(error), status=409)
    messages.success(request, _("Saved."))
    return see_other(flow.url("ladder", ban))


def _seen(ban: Ban, lines: list[Line]) -> str:
    return looking.mark(ban, "ladder", None, ladder.in_order(lines))


def _look(request: Request, ban: Ban, lines: list[Line], seen: str) -> HttpResponse:
    """What the ladder would change, and the same choice once more, to be carried out."""
    now = timezone.now()
    chosen = ladder.in_order(lines)
    context: dict[str, Any] = {
        "ban": ban,
        "now": now,
        "foreseen": foreseeing.of_ladder(ban, chosen, now=now),
        "rungs": [line.rung() for line in chosen],
        "lines": [":".join(map(str, line)) for line in chosen],
        "seen": seen,
        "changed_meanwhile": "seen" in request.POST,
        "why": request.POST.get("why", ""),
        **flow.frame(ban, "ladder", now=now),
    }
    return render(request, "bans/ladder_changes.html", context)


def _lines(data: QueryDict) -> list[Line]:
    """The ladder a request asks for: a preset, the default (none), or the kept rungs with an added one."""
    if "default" in data:
        return []
    for preset in ladder.presets():
        if preset.key == data.get("preset"):
            return [Line(*line) for line in preset.lines]
    kept = [_line(*[*value.split(":"), "", "", ""][:4]) for value in data.getlist("rung")]
    if not data.get("anchor"):
        return kept
    names = ("anchor", "amount", "audience", "recipient")
    return [*kept, _line(*(str(data.get(name, "")) for name in names))]


def _line(anchor: str, amount: str, audience: str, recipient: str) -> Line:
    """One rung from a request; without more words it is everybody unfinished, and the person."""
    audience, recipient = audience or Audience.UNFINISHED, recipient or Recipient.PERSON
    if anchor not in Anchor.values or audience not in Audience.values or recipient not in Recipient.values:
        raise DomainError(_("There is no such reminder. Choose one from the list."))
    who = Audience(audience), Recipient(recipient)
    if Anchor(anchor) in WITHOUT_NUMBER:
        return Line(Anchor(anchor), 0, *who)
    if not (amount.isascii() and amount.isdecimal() and len(amount) < 4):
        raise DomainError(_("Say how many days or hours, or how much of the time in per cent, as a whole number."))
    return Line(Anchor(anchor), int(amount), *who)


def _page(request: Request, ban: Ban, *, refusal: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    rungs = ladder.rungs_of(ban, now=now)
    context: dict[str, Any] = {
        "ban": ban,
        "now": now,
        "rungs": [(rung, ":".join(map(str, Line.of(rung))), rung.key == ANNOUNCEMENT) for rung in rungs],
        "is_default": not ban.rungs.exists(),
        "presets": [(preset, [rung.words() for rung in preset.rungs()]) for preset in ladder.presets()],
        "anchors": ADDED,
        "snooze_choices": range(MOST_SNOOZE_DAYS + 1),
        "audiences": list(Audience),
        "recipients": list(Recipient),
        "refusal": refusal,
        **levels.panel(ban),
        **flow.frame(ban, "ladder", now=now),
    }
    return render(request, "bans/ladder.html", context, status=status)
