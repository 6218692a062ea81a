"""Running the set-based statements of planning and sending. Parameters are named and always bound, never pasted in."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from migration_planner.people import calendars
from migration_planner.reminders.falling import Fall
from migration_planner.reminders.models.rungs import role_of

#: Rungs that fall, as a table; see `columns` for its parameters.
FALLS = """
    unnest(%(zones)s::text[], %(hours)s::int[], %(calendars)s::bigint[], %(rungs)s::text[], %(roles)s::text[],
           %(days)s::date[], %(dues)s::timestamptz[], %(froms)s::timestamptz[], %(occurrences)s::int[])
    AS falls(zone, hour, calendar, rung, role, day, due_at, reckoned_from, occurrence)
"""
#: Gives each `person` the rungs that fall where they are.
FALLING = f"""
    {calendars.JOINED}
    JOIN {FALLS} ON falls.zone = person.zone AND falls.hour = person.reminder_hour AND falls.calendar = {calendars.NUMBER}
"""
#: Nobody is sending the mail now.
FREE = "(mail.lease_until IS NULL OR mail.lease_until < clock_timestamp())"


def columns(falls: Sequence[Fall]) -> dict[str, list[Any]]:
    """The parameters of `FALLS`."""
    return {
        "zones": [fall.zone for fall in falls],
        "hours": [fall.hour for fall in falls],
        "calendars": [fall.calendar for fall in falls],
        "rungs": [fall.rung for fall in falls],
        "roles": [role_of(fall.rung) for fall in falls],
        "days": [fall.day for fall in falls],
        "dues": [fall.due_at for fall in falls],
        "froms": [fall.reckoned_from for fall in falls],
        "occurrences": [fall.occurrence for fall in falls],
    }


def run(statement: str, **parameters: Any) -> int:
    """The number of rows the statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
