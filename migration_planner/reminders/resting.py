"""Leaving alone, for a growing while, a domain that defers our mail, and the whole lane when the server takes nothing.

Kept in the database, on its clock, so that all senders share it. The mails themselves are not touched. One answer of "later"
says little about a domain: only a row of them, without a message taken in between, puts it to rest.
"""

from datetime import timedelta

from migration_planner.reminders.gates import LANE
from migration_planner.reminders.statements import rows, run

#: So many refusals in a row put a scope to rest, for how long at first, and for how long at most.
PATIENCE = {True: 3, False: 8}
FIRST = {True: timedelta(seconds=5), False: timedelta(seconds=30)}
LONGEST = {True: timedelta(minutes=1), False: timedelta(minutes=15)}

#: What comes in while a scope rests was sent before it did, and does not make the rest longer.
REFUSED = """
    INSERT INTO reminders_rest AS rest (scope, refusals, text) VALUES (%(scope)s, 1, %(text)s)
    ON CONFLICT (scope) DO UPDATE SET refusals = rest.refusals + 1, text = excluded.text, until =
        CASE WHEN rest.refusals + 1 >= %(patience)s
             THEN clock_timestamp() + least(%(longest)s, %(first)s * power(2, least(rest.refusals + 1 - %(patience)s, 16))) END
    WHERE rest.until IS NULL OR rest.until <= clock_timestamp()
"""


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def refused(scope: str, text: str) -> None:
    """Count one refusal of a domain, or of the lane; rest it when it was one too many."""
    lane = scope == LANE
    run(REFUSED, scope=scope, text=text, patience=PATIENCE[lane], first=FIRST[lane], longest=LONGEST[lane])


def accepted(scope: str) -> None:
    """It takes mail: forget what it refused before."""
    run("DELETE FROM reminders_rest WHERE scope = %(scope)s", scope=scope)


def troubled() -> set[str]:
    """The scopes whose refusals are being counted."""
    return {scope for (scope,) in rows("SELECT scope FROM reminders_rest")}


def at_rest() -> set[str]:
    """The scopes that are left alone just now."""
    return {scope for (scope,) in rows("SELECT scope FROM reminders_rest WHERE until > clock_timestamp()")}


class Watch:
    """One pass's view of who is in trouble, so that an answer from anybody else costs nothing."""

    def __init__(self) -> None:
        self._troubled = troubled()

    def look(self) -> None:
        self._troubled = troubled()

    def refused(self, scope: str, text: str) -> None:
        refused(scope, text)
        self._troubled.add(scope)

    def accepted(self, *scopes: str) -> None:
        for scope in self._troubled.intersection(scopes):
            accepted(scope)
            self._troubled.discard(scope)
