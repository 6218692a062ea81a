"""The places at which people are: what a set-based plan is grouped by. Their number does not grow with the people."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from migration_planner.lib.working_days import MONDAY_TO_FRIDAY, Calendar
from migration_planner.people import calendars
from migration_planner.people.models import User
from migration_planner.reminders.falling import Place
from migration_planner.reminders.statements import rows


def places(among: str, **parameters: Any) -> list[Place]:
    """The places of the people `among` a statement's: FROM people_user AS person, and what follows it."""
    return of_keys(
        rows(
            f"""
            SELECT DISTINCT person.zone, person.reminder_hour, {calendars.NUMBER}
            FROM people_user AS person {calendars.JOINED} {among}
            """,  # noqa: S608 - constants of this package
            **parameters,
        )
    )


def of_keys(keys: Iterable[tuple[Any, ...]]) -> list[Place]:
    """The places with these zones, hours and numbers of calendars."""
    wanted = list(keys)
    known = calendars.by_number(number for _zone, _hour, number in wanted)
    return [place(zone, hour, number, known[number]) for zone, hour, number in wanted]


def place(zone: str, hour: int, calendar: int = 0, days: Calendar = MONDAY_TO_FRIDAY) -> Place:
    """A place under the mail hours of this installation."""
    return Place(zone, hour, calendar, days, settings.MAIL_HOURS)


def place_of(person: User) -> Place:
    """Where one person is."""
    return places("WHERE person.id = %(person)s", person=person.pk)[0]
