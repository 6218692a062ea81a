"""Running the set-based statements of planning and sending. Parameters are named and always bound, never pasted in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.db import connection

from migration_planner.reminders.ladder import Fall

#: Rungs that fall, as a table; see `columns` for its parameters.
FALLS = """
    unnest(%(zones)s::text[], %(hours)s::int[], %(rungs)s::text[], %(days)s::date[], %(dues)s::timestamptz[],
           %(froms)s::timestamptz[]) AS falls(zone, hour, rung, day, due_at, reckoned_from)
"""
#: Nobody is sending the mail now, nor died with it in hand where that leaves a doubt.
FREE = "((mail.lease_until IS NULL OR mail.lease_until < clock_timestamp()) AND mail.in_hand_since IS NULL)"


def columns(falls: Sequence[Fall]) -> dict[str, list[Any]]:
    """The parameters of `FALLS`."""
    return {
        "zones": [fall.zone for fall in falls],
        "hours": [fall.hour for fall in falls],
        "rungs": [fall.rung for fall in falls],
        "days": [fall.day for fall in falls],
        "dues": [fall.due_at for fall in falls],
        "froms": [fall.reckoned_from for fall in falls],
    }


def run(statement: str, **parameters: Any) -> int:
    """The number of rows the statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def clock() -> datetime:
    """The present moment on the database's clock: that of a worker's machine may be wrong."""
    return cast(datetime, rows("SELECT clock_timestamp()")[0][0])


def rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
