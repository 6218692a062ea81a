"""Chains the history of every ban: each line's digest covers all lines before it, so that none can change unnoticed.

Lines are sealed in the order in which the sealer finds them, soon after they are written. It may run as often and as many
times at once as it likes.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import structlog
from django.db import connection, transaction

from migration_planner.evidence import canonical
from migration_planner.evidence.models import Seal

#: Keeps the locks of chains apart from all others.
SPACE = 0x5EA1
#: Lines sealed in one transaction: the lock of a chain is held for about a second.
AT_ONCE = 20000
#: By how many younger lines a line in a long transaction may be overtaken and still be found every minute.
OVERTAKEN = 50000

#: A seal as COPY takes it: ban, position, event, digest, when, form.
Sealed = tuple[int | None, int, int, str, datetime, int]

log = structlog.get_logger(__name__)


def seal_all(*, now: datetime, thoroughly: bool = False) -> int:
    """Seal what is new in any chain, or (`thoroughly`) whatever has no seal, however old. Returns the number of lines."""
    since = 0 if thoroughly else _recent()
    return sum(_seal(ban_id, since, now=now) for ban_id in _chains_with_news(since))


def seal(ban_id: int | None, *, now: datetime) -> int:
    """Seal all of the chain of one ban, or (None) of what is about no ban. Returns the number of lines."""
    return _seal(ban_id, 0, now=now)


def _seal(ban_id: int | None, since: int, *, now: datetime) -> int:
    sealed = 0
    while found := _seal_some(ban_id, since, now=now):
        # What comes next is looked for behind these: looking at all of them again would take longer each time.
        sealed, since = sealed + len(found), found[-1][2]
    return sealed


@transaction.atomic
def _seal_some(ban_id: int | None, since: int, *, now: datetime) -> list[Sealed]:
    """Seal AT_ONCE lines at most, and return their seals."""
    _hold(ban_id)
    last = Seal.objects.filter(ban=ban_id).order_by("-position").first()
    position, head = (last.position, last.digest) if last else (0, canonical.BEGINNING)
    rows = list(_chained(_unsealed(ban_id, since), ban_id, position, head, now))
    with connection.cursor() as cursor:
        copied = "COPY evidence_seal (ban_id, position, event_id, digest, sealed_at, form) FROM STDIN"
        with cursor.copy(copied) as copy:
            for row in rows:
                copy.write_row(row)
    if rows:
        # Where log lines are kept elsewhere, they witness the head: nobody can cut off the end of a chain unnoticed.
        log.info("sealed", ban=ban_id, position=rows[-1][1], head=rows[-1][3])
    return rows


def _chained(
    rows: Iterator[canonical.Row], ban_id: int | None, position: int, head: str, now: datetime
) -> Iterator[Sealed]:
    for number, row in enumerate(islice(rows, AT_ONCE), start=position + 1):
        head = canonical.digest(head, canonical.line(row))
        yield ban_id, number, row[0], head, now, canonical.FORM


def _unsealed(ban_id: int | None, since: int) -> Iterator[canonical.Row]:
    """The new lines of a chain, in the order of their numbers, AT_ONCE at most."""
    statement = f"""
        SELECT {canonical.COLUMNS} FROM planning_event AS event
        WHERE event.ban_id IS NOT DISTINCT FROM %(ban)s AND event.id > %(since)s
          AND NOT EXISTS (SELECT FROM evidence_seal AS seal WHERE seal.event_id = event.id)
        ORDER BY event.id LIMIT %(most)s
    """  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ban": ban_id, "since": since, "most": AT_ONCE})
        yield from cursor.fetchall()


def _recent() -> int:
    """The number of the event after which to look every minute: older ones without a seal are the thorough pass's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(event_id), 0) - %s FROM evidence_seal", [OVERTAKEN])
        return int(cursor.fetchone()[0])


def _chains_with_news(since: int) -> list[int | None]:
    """Ids of bans, and None, that have lines without a seal."""
    statement = """
        SELECT DISTINCT event.ban_id FROM planning_event AS event
        WHERE event.id > %s AND NOT EXISTS (SELECT FROM evidence_seal AS seal WHERE seal.event_id = event.id)
        ORDER BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [since])
        return [ban_id for (ban_id,) in cursor.fetchall()]


def _hold(ban_id: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SPACE, ban_id or 0])
