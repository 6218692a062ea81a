"""By whose calendar a person works: that of their site, else Monday to Friday. Read whole, since there are few."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import JSONObject

from migration_planner.lib.working_days import MONDAY_TO_FRIDAY, Calendar
from migration_planner.people.models import SiteCalendar, User

#: Joins the calendar of `person` into a statement, and its number: 0 where there is none.
JOINED = "LEFT JOIN people_sitecalendar AS site_calendar ON site_calendar.site = person.site"
NUMBER = "coalesce(site_calendar.id, 0)"


@dataclass(frozen=True)
class Site:
    """A site that occurs in the roster, or that has a calendar: its active people, and the calendar if it has one."""

    name: str
    people: int
    row: SiteCalendar | None
    calendar: Calendar


def of_site(site: str) -> Calendar:
    """The calendar of a site in at most one query; of people without a site in none."""
    found = _read(SiteCalendar.objects.filter(site=site)) if site else {}
    return next(iter(found.values()), MONDAY_TO_FRIDAY)


def of_sites(sites: Iterable[str]) -> dict[str, Calendar]:
    """The calendars of those sites that have one, by site."""
    named = {site for site in sites if site}
    found = _read(SiteCalendar.objects.filter(site__in=named)) if named else {}
    return {calendar.name: calendar for calendar in found.values()}


def by_number(numbers: Iterable[int]) -> dict[int, Calendar]:
    """The calendars with these numbers, with Monday to Friday as number 0."""
    wanted = {number for number in numbers if number}
    found = _read(SiteCalendar.objects.filter(pk__in=wanted)) if wanted else {}
    return {0: MONDAY_TO_FRIDAY, **found}


def sites() -> list[Site]:
    """Every site with people in it or a calendar, those with most people first."""
    staffed = User.objects.active().exclude(site="").values_list("site").annotate(number=Count("pk"))
    people = dict(staffed.order_by())
    rows = {row.site: row for row in SiteCalendar.objects.all()}
    calendars = of_sites(rows)
    found = [
        Site(name, people.get(name, 0), rows.get(name), calendars.get(name, MONDAY_TO_FRIDAY))
        for name in {*people, *rows}
    ]
    return sorted(found, key=lambda site: (-site.people, site.name))


def _read(rows: "QuerySet[SiteCalendar]") -> dict[int, Calendar]:
    """The rows as calendars, by number, with their own days, in one query."""
    own = ArrayAgg(
        JSONObject(day="own_days__day", works="own_days__works"), filter=Q(own_days__isnull=False), default=[]
    )
    found = rows.annotate(own=own).values_list("pk", "site", "country", "subdivision", "own")
    return {pk: Calendar(site, country, part, _days(days)) for pk, site, country, part, days in found}


def _days(own: list[dict[str, str]]) -> dict[date, bool]:
    return {date.fromisoformat(each["day"]): bool(each["works"]) for each in own}
