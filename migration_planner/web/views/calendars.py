"""By which calendar each site works: its country, and days of its own from an .ics file."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from migration_planner.lib import working_days
from migration_planner.lib.errors import DomainError
from migration_planner.lib.fingerprints import fingerprint
from migration_planner.lib.working_days import Calendar
from migration_planner.people import calendars
from migration_planner.people.calendars import Site
from migration_planner.people.models import SiteCalendar
from migration_planner.people.own_days import LARGEST_FILE, Reading, read_days
from migration_planner.planning import site_calendars
from migration_planner.planning.permissions import can_see_calendars, can_set_calendars
from migration_planner.reminders import foreseeing
from migration_planner.web import looking
from migration_planner.web.forms.calendars import CalendarForm, DaysForm, sealed, unsealed
from migration_planner.web.http import Request, require, see_other


@require_GET
def index(request: Request) -> HttpResponse:
    require(can_see_calendars(request.user))
    year = timezone.localdate().year
    rows = [(site, _words(site.calendar), site.calendar.is_provisional(year)) for site in calendars.sites()]
    return render(request, "calendars/list.html", {"rows": rows, "year": year})


@require_http_methods(["GET", "POST"])
def detail(request: Request, site: str) -> HttpResponse:
    found = _site(request, site)
    if request.method == "GET":
        return _page(request, found)
    require(can_set_calendars(request.user))
    form = CalendarForm(request.POST, row=_row(found))
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    country, part = form.cleaned_data["country"], form.cleaned_data.get("subdivision", "")
    changed = Calendar(site, country, part, found.calendar.own)
    if look := _look(request, found, changed, reverse("calendar", args=[site])):
        return look
    site_calendars.choose(site, country=country, subdivision=part, by=request.user, now=timezone.now())
    messages.success(request, _("Saved. Reminders that are planned follow within a minute."))
    return see_other(_url(site))


@require_POST
def days(request: Request, site: str) -> HttpResponse:
    """Look at what a file brings; then, with the same days confirmed, take it in."""
    found = _site(request, site)
    require(can_set_calendars(request.user))
    if "days" in request.POST:
        return _bring(request, found)
    form = DaysForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, days_form=form, status=422)
    upload = form.cleaned_data["file"]
    try:
        read = read_days(upload.read(LARGEST_FILE + 1), Reading(form.cleaned_data["reading"]))
    except DomainError as error:
        form.add_error("file", str(error))
        return _page(request, found, days_form=form, status=409)
    brought = site_calendars.compare(site, read)
    context = {"site": found, "brought": brought, "days": sealed(read), "source": upload.name[:200]}
    return render(
        request, "calendars/days.html", {**context, **_foreseen(found, site_calendars.with_days(found.calendar, read))}
    )


@require_POST
def removal(request: Request, site: str) -> HttpResponse:
    found = _site(request, site)
    require(can_set_calendars(request.user))
    source = request.POST.get("source", "")
    changed = site_calendars.without_source(found.calendar, source)
    if look := _look(request, found, changed, reverse("calendar-days-removal", args=[site])):
        return look
    number = site_calendars.remove(site, source=source, by=request.user, now=timezone.now())
    text = ngettext("%(number)d day was removed.", "%(number)d days were removed.", number)
    messages.success(request, text % {"number": number})
    return see_other(_url(site))


def _look(request: Request, site: Site, changed: Calendar, action: str) -> HttpResponse | None:
    """What the change would do to the mail to come, when it does anything and this was not seen yet; with the same choice
    once more, to be carried out."""
    context = _foreseen(site, changed)
    if not context["foreseen"] or looking.was_seen(request, context["seen"]):
        return None
    kept = [(name, value) for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "seen")]
    context |= {"site": site, "action": action, "kept": kept, "changed_meanwhile": "seen" in request.POST}
    return render(request, "calendars/changes.html", context)


def _foreseen(site: Site, changed: Calendar) -> dict[str, Any]:
    """By ban in force, what moves, and the mark of this look: the same days before and after, and the same bans."""
    found = foreseeing.of_calendar(site.name, changed, now=timezone.now())
    bans = [looking.mark(ban, "calendar", None, None) for ban, _each in found]
    before, after = ((each.country, each.subdivision, sorted(each.own.items())) for each in (site.calendar, changed))
    return {"foreseen": found, "seen": fingerprint(site.name, before, after, bans)}


def _bring(request: Request, found: Site) -> HttpResponse:
    site, read = found.name, unsealed(request.POST["days"])
    if read is None:
        raise DomainError(_("This preview is too old, or was changed on its way. Upload the file again."))
    if look := _look(
        request, found, site_calendars.with_days(found.calendar, read), reverse("calendar-days", args=[site])
    ):
        return look
    source = request.POST.get("source", "").strip()[:200] or _("a file")
    brought = site_calendars.bring(site, read, source=source, by=request.user, now=timezone.now())
    number = len(brought.changes)
    text = ngettext("%(number)d day was brought in.", "%(number)d days were brought in.", number)
    messages.success(request, text % {"number": number})
    return see_other(_url(site))


def _site(request: Request, name: str) -> Site:
    """A site of the roster, or one that has a calendar; nobody makes up another."""
    require(can_see_calendars(request.user))
    found = next((site for site in calendars.sites() if site.name == name), None)
    if found is None:
        raise Http404
    return found


def _row(site: Site) -> SiteCalendar:
    return site.row or SiteCalendar(site=site.name)


def _url(site: str) -> str:
    return reverse("calendar", args=[site])


def _page(
    request: Request,
    site: Site,
    *,
    form: CalendarForm | None = None,
    days_form: DaysForm | None = None,
    status: int = 200,
) -> HttpResponse:
    this_year = timezone.localdate().year
    own = list(site.row.own_days.all()) if site.row else []
    context: dict[str, Any] = {
        "site": site,
        "words": _words(site.calendar),
        "years": [_year(site.calendar, year) for year in (this_year, this_year + 1)],
        "own": own,
        "sources": sorted({day.source for day in own}),
    }
    if can_set_calendars(request.user):
        context |= {"form": form or CalendarForm(row=_row(site)), "days_form": days_form or DaysForm()}
    return render(request, "calendars/detail.html", context, status=status)


def _year(calendar: Calendar, year: int) -> dict[str, Any]:
    """The days of one year that differ from Monday to Friday, as a page shows them."""
    rest, worked = working_days.named_days(calendar.country, calendar.subdivision, year)
    return {"year": year, "rest": rest, "worked": worked, "provisional": calendar.is_provisional(year)}


def _words(calendar: Calendar) -> str:
    if not calendar.country:
        return _("Monday to Friday")
    country = working_days.countries().get(calendar.country, calendar.country)
    return f"{country} · {calendar.subdivision}" if calendar.subdivision else country
