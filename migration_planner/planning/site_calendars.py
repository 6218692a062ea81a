"""Choosing by which calendar a site works, and bringing in days of its own. Each change is a line of history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _t

from migration_planner.lib import working_days
from migration_planner.lib.errors import DomainError
from migration_planner.lib.working_days import Calendar
from migration_planner.people.models import OwnDay, SiteCalendar, User
from migration_planner.people.own_days import Day
from migration_planner.planning.models import Event


@dataclass(frozen=True)
class Brought:
    """What a file changes of a site's own days: days it did not know, days it knew otherwise, and days it knew so."""

    new: list[Day]
    other: list[Day]
    same: int

    @property
    def changes(self) -> list[Day]:
        return sorted([*self.new, *self.other])


@transaction.atomic
def choose(site: str, *, country: str, subdivision: str = "", by: User, now: datetime) -> bool:
    """Give a site the calendar of a country; no country is Monday to Friday. False when it has that already."""
    _require_known(country, subdivision)
    row = _hold(site, by)
    before = [row.country, row.subdivision]
    if before == [country, subdivision]:
        return False
    row.country, row.subdivision = country, subdivision
    row.save(update_fields=["country", "subdivision"])
    _record(site, by, now, {"before": before, "after": [country, subdivision]})
    return True


def with_days(calendar: Calendar, days: Sequence[Day]) -> Calendar:
    """The calendar as it would be with these days of its own."""
    return replace(calendar, own={**calendar.own, **{day.day: day.works for day in days}})


def without_source(calendar: Calendar, source: str) -> Calendar:
    """The calendar as it would be without the days that one file brought."""
    gone = set(OwnDay.objects.filter(calendar__site=calendar.name, source=source).values_list("day", flat=True))
    return replace(calendar, own={day: works for day, works in calendar.own.items() if day not in gone})


def compare(site: str, days: Sequence[Day]) -> Brought:
    """What bringing these days in would change."""
    known = dict(OwnDay.objects.filter(calendar__site=site).values_list("day", "works"))
    return Brought(
        new=[day for day in days if day.day not in known],
        other=[day for day in days if day.day in known and known[day.day] != day.works],
        same=sum(known.get(day.day) == day.works for day in days),
    )


@transaction.atomic
def bring(site: str, days: Sequence[Day], *, source: str, by: User, now: datetime) -> Brought:
    """Take the days of a file in. Days it does not name stay as they are; the same file again changes nothing."""
    row = _hold(site, by)
    brought = compare(site, days)
    if not brought.changes:
        return brought
    OwnDay.objects.bulk_create(
        [OwnDay(calendar=row, day=day.day, works=day.works, name=day.name, source=source) for day in brought.changes],
        update_conflicts=True,
        unique_fields=["calendar", "day"],
        update_fields=["works", "name", "source"],
    )
    _record(site, by, now, {"source": source, "days": len(brought.changes)})
    return brought


@transaction.atomic
def remove(site: str, *, source: str, by: User, now: datetime) -> int:
    """Take away the days that one file brought. Returns how many."""
    row = _hold(site, by)
    removed, _by_model = row.own_days.filter(source=source).delete()
    if removed:
        _record(site, by, now, {"source": source, "removed": removed})
    return removed


def _hold(site: str, by: User) -> SiteCalendar:
    """The site's row, locked; made when there is none."""
    if not by.is_administrator:
        raise DomainError(_t("Only administrators set the calendars of sites."))
    if not site:
        raise DomainError(_t("Name the site."))
    SiteCalendar.objects.get_or_create(site=site)
    return SiteCalendar.objects.select_for_update().get(site=site)


def _require_known(country: str, subdivision: str) -> None:
    if country and country not in working_days.countries():
        raise DomainError(_t("%(value)s cannot be chosen. Take one from the list.") % {"value": country})
    if subdivision and subdivision not in working_days.subdivisions(country):
        raise DomainError(_t("%(value)s cannot be chosen. Take one from the list.") % {"value": subdivision})


def _record(site: str, by: User, now: datetime, data: dict[str, object]) -> None:
    Event.record(Event.Verb.CALENDAR_CHANGED, by=by, now=now, data={"site": site, **data})
