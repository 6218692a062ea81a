"""How far an import has come, told while its transaction is open: over a connection of its own, so that others can read it."""

import contextlib
from collections.abc import Callable, Iterator

from django.db import OperationalError, connection

from migration_planner.people.models import RosterImport
from migration_planner.people.models.rosters import LEASE

Tell = Callable[[str, int], None]


def silence(what: str, share: int) -> None:
    """For those who do not listen."""


@contextlib.contextmanager
def telling(import_: RosterImport) -> Iterator[Tell]:
    """A function that writes what is done next, and the share of the work before it, and renews the lease with it."""
    apart = connection.copy()
    try:
        with apart.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")

        def tell(what: str, share: int) -> None:
            with contextlib.suppress(OperationalError), apart.cursor() as cursor:  # a courtesy, never worth waiting for
                cursor.execute(
                    "UPDATE people_rosterimport SET progress = %s, share = %s,"
                    " lease_until = clock_timestamp() + make_interval(secs => %s)"
                    " WHERE id = %s AND state = 'applying' AND attempts = %s",
                    [what, share, LEASE.total_seconds(), import_.pk, import_.attempts],
                )

        yield tell
    finally:
        apart.close()
