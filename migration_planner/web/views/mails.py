"""The mail of a ban: the balance of everything due, every reminder in its place; and each mail with its ledger and its words."""

from datetime import date, timedelta
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp, csp_update
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from migration_planner.lib.paging import keyset
from migration_planner.planning.models import Ban, Checklist
from migration_planner.planning.permissions import can_pause_mail, can_restore_address, can_see_figures
from migration_planner.reminders import balancing, pausing, reaching, reports
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.permissions import can_decide, can_read_text
from migration_planner.reminders.rehearsing import text_of
from migration_planner.reminders.reports import Asked
from migration_planner.web import explaining
from migration_planner.web.explaining import Circumstances
from migration_planner.web.exports import reminders_file
from migration_planner.web.forms.mails import DecisionForm
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import visible_ban, visible_mail

PAGE = "bans/mail.html"
#: The tabs of the page, in their order: places of the balance.
TABS = ["planned", "waiting", "again", "sent", "cancelled", "suppressed", "dead", "held"]
#: Days of the balance older than this fold away.
RECENT = timedelta(days=10)
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


def _ban(request: Request, pk: int) -> Ban:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    return ban


@require_GET
def of_ban(request: Request, pk: int) -> HttpResponse:
    """The page; for htmx its balance alone, which the ban's page asks for after it has been shown."""
    ban, now = _ban(request, pk), timezone.now()
    days = balancing.by_day(ban, now=now)
    context = {"ban": ban, "mail": balancing.total(days), "now": now}
    if request.htmx:
        answer = render(request, f"{PAGE}#balance", context)
    else:
        answer = render(request, PAGE, {**context, **_page(request, ban, days)})
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _page(request: Request, ban: Ban, days: list[balancing.Day]) -> dict[str, Any]:
    asked, now = _asked(request), timezone.now()
    if not (asked.place or asked.day or asked.search or "place" in request.GET):
        asked = Asked("sent" if any(each.balance.sent for each in days) else "planned")
    page = keyset(reports.listed(ban, asked, now=now), asked.order, request.GET.get("cursor"))
    today = timezone.localdate(now)
    chosen = next((each.balance for each in days if each.day == asked.day), None) if asked.day else None
    counted = chosen if asked.day else balancing.total(days)
    return {
        "asked": asked,
        "page": page,
        "rows": [(row, explaining.what(row), _why(row)) for row in page.rows],
        "tabs": [(place, _count(counted or balancing.Balance(), place)) for place in TABS],
        "recent": [each for each in days if each.day >= today - RECENT],
        "earlier": [each for each in days if each.day < today - RECENT],
        "pause": pausing.paused(ban),
        "can_pause": can_pause_mail(request.user, ban),
        "unreachable": reaching.unreachable(ban).count(),
    }


def _count(balance: balancing.Balance, place: str) -> int:
    """How many stand under a tab: what waits is told apart into what is planned and what is due."""
    return balance.overdue if place == "waiting" else int(getattr(balance, place))


def _why(row: Reminder) -> str:
    return explaining.because(row, Circumstances(row.person, is_mine=False)) if row.reason else ""


def _asked(request: Request) -> Asked:
    place, day = request.GET.get("place", ""), request.GET.get("day", "")
    return Asked(place if place in TABS else "", _day(day), request.GET.get("who", "").strip())


def _day(text: str) -> date | None:
    """A date that a calendar has and a database can reckon with, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 < day.year < 9000 else None


@require_GET
def of_ban_csv(request: Request, pk: int) -> HttpResponseBase:
    """Everything that the page shows with the same filters, on all of its pages."""
    ban = _ban(request, pk)
    return reminders_file(request, f"{ban} mail", reports.listed(ban, _asked(request), now=timezone.now()))


@require_GET
def unreachable(request: Request, pk: int) -> HttpResponse:
    """Whom no mail about the ban can reach, and why."""
    ban = _ban(request, pk)
    found = reaching.unreachable(ban)
    page = keyset(found, ("person__name", "pk"), request.GET.get("cursor"))
    context = {
        "ban": ban,
        "page": page,
        "count": found.count(),
        "can_restore": can_restore_address(request.user, ban),
    }
    return render(request, "bans/unreachable.html", context)


@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type] # typed for views without arguments
@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    """One mail: what became of it, every attempt, why it was sent, and its words exactly as they went."""
    mail = visible_mail(request, pk)
    reads = can_read_text(request.user, mail)
    context = {
        "mail": mail,
        "now": timezone.now(),
        "attempts": mail.attempts.order_by("pk"),
        "reasons": _reasons(request, mail),
        "is_mine": mail.person_id == request.user.pk,
        "is_put_off": explaining.is_put_off(mail, timezone.now()),
        "said": explaining.said(mail),
        "reads": reads,
        "text": text_of(bytes(mail.raw)) if reads and mail.raw else "",
        "can_decide": mail.state == Mail.State.HELD and can_decide(request.user, mail),
        "form": DecisionForm(),
    }
    return render(request, "mails/detail.html", context)


def _reasons(request: Request, mail: Mail) -> list[explaining.Line]:
    """The reminders the mail carries, or carried when it was written, as far as the reader may see them."""
    seen = Reminder.objects.visible_to(request.user).filter(person=mail.person_id)
    carried = seen.filter(mail=mail) | seen.filter(pk__in=mail.carries or [])
    rows = list(
        carried.select_related("ban__tool", "ban__replacement", "asked_by", "asked_for", "mail")
        .defer("mail__raw")
        .order_by("pk")
    )
    done = _finished(mail, rows)
    mine = mail.person_id == request.user.pk
    return [
        explaining.line(row, Circumstances(mail.person, mine, done.get(row.ban_id)), now=timezone.now()) for row in rows
    ]


def _finished(mail: Mail, rows: list[Reminder]) -> dict[int, Any]:
    checklists = Checklist.objects.filter(person=mail.person_id, ban__in={row.ban_id for row in rows})
    return dict(checklists.values_list("ban", "done_at"))


def _words(request: Request, pk: int) -> Mail:
    """A mail whose words exist, and may be read by whoever asks."""
    mail = visible_mail(request, pk)
    require(can_read_text(request.user, mail))
    if mail.raw is None:
        raise Http404
    return mail


@xframe_options_sameorigin
@csp(LETTER)  # type: ignore[arg-type] # as above
@require_GET
def html(request: Request, pk: int) -> HttpResponse:
    """The HTML part as it was sent, shut in a frame; its links open beside it."""
    content = text_of(bytes(_words(request, pk).raw or b""), "html")
    head, tag, rest = content.partition("<head>")
    return HttpResponse(f'{head}{tag}<base target="_blank">{rest}')


@require_GET
def file(request: Request, pk: int) -> HttpResponse:
    """The bytes that went over the wire, as a file for a mail program or an archive."""
    mail = _words(request, pk)
    answer = HttpResponse(bytes(mail.raw or b""), content_type="message/rfc822")
    answer["Content-Disposition"] = f'attachment; filename="mail-{mail.pk}.eml"'
    return answer
