"""Proves that history is what was sealed: any changed, removed, inserted or swapped line is found."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import connection, transaction

from migration_planner.evidence import canonical

#: An honest line is sealed within minutes; only a long transaction makes it later.
LATE = timedelta(minutes=30)
#: Rows brought over from the database at a time.
BATCH = 5000

SEALED = f"""
    SELECT seal.ban_id, seal.position, seal.digest, seal.sealed_at, seal.event_id, seal.form, {canonical.COLUMNS}
    FROM evidence_seal AS seal LEFT JOIN planning_event AS event ON event.id = seal.event_id
    WHERE %(all)s OR seal.ban_id IS NOT DISTINCT FROM %(ban)s
    ORDER BY seal.ban_id, seal.position
"""  # noqa: S608 - constants
#: Each part is made once: the newest seal of a chain asked for anew with each event took hours for a million lines.
UNSEALED = """
    WITH last AS MATERIALIZED (
        SELECT seal.ban_id, max(seal.sealed_at) AS sealed_at FROM evidence_seal AS seal GROUP BY seal.ban_id
    ), fresh AS MATERIALIZED (
        SELECT event.ban_id, event.id, event.at FROM planning_event AS event
        WHERE NOT EXISTS (SELECT FROM evidence_seal AS seal WHERE seal.event_id = event.id)
          AND (%(all)s OR event.ban_id IS NOT DISTINCT FROM %(ban)s)
    )
    SELECT fresh.ban_id, fresh.id, fresh.at FROM fresh JOIN last ON last.ban_id IS NOT DISTINCT FROM fresh.ban_id
    WHERE fresh.at < last.sealed_at - %(late)s ORDER BY fresh.id
"""


class Wrong(Enum):
    """What can be wrong with a line."""

    CHANGED = "changed"  # it, or its seal, is not what it was
    REMOVED = "removed"
    GAP = "gap"  # seals before this one are missing
    MOVED = "moved"  # it belongs to another ban now
    INSERTED = "inserted"  # it says it is older than what was sealed long before it


@dataclass(frozen=True)
class Finding:
    wrong: Wrong
    ban_id: int | None
    position: int | None
    event_id: int


@dataclass
class Chain:
    """The chain of one ban, or (None) of what is about no ban, as far as it was followed."""

    ban_id: int | None
    lines: int = 0
    head: str = canonical.BEGINNING
    #: When the batches of lines before this one were sealed, and this one's.
    sealed_before: datetime | None = None
    sealed_at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)


def verify(
    ban_id: int | None = None, *, every: bool = True, heads: Mapping[int | None, str] | None = None
) -> list[Chain]:
    """Follow every chain, or one, from its beginning; each says what was found. One statement, whatever its length.

    `heads` are digests known from outside (a pack, a log): a chain that does not contain its head has lost its end.
    """
    chains: dict[int | None, Chain] = {}
    known, met = dict(heads or {}), set()
    parameters = {"all": every, "ban": ban_id, "late": LATE}
    for row in _streamed(SEALED, parameters):
        chain = chains.setdefault(row[0], Chain(row[0]))
        chain.findings += _follow(chain, row)
        if known.get(chain.ban_id) == row[2]:
            met.add(chain.ban_id)
    for found_in, event_id, _at in _streamed(UNSEALED, parameters):
        chain = chains.setdefault(found_in, Chain(found_in))
        chain.findings.append(Finding(Wrong.INSERTED, found_in, None, event_id))
    for lost in known.keys() - met:
        chain = chains.setdefault(lost, Chain(lost))
        chain.findings.append(Finding(Wrong.GAP, lost, chain.lines + 1, 0))
    return list(chains.values())


def _follow(chain: Chain, row: tuple[Any, ...]) -> Iterator[Finding]:
    """Go on by one seal, a row of SEALED."""
    ban_id, position, digest, sealed_at, event_id, form, *event = row
    if position != chain.lines + 1:
        yield Finding(Wrong.GAP, ban_id, position, event_id)
    if sealed_at != chain.sealed_at:
        chain.sealed_before, chain.sealed_at = chain.sealed_at, sealed_at
    if event[0] is None:
        yield Finding(Wrong.REMOVED, ban_id, position, event_id)
    else:
        yield from _compare(chain, ban_id, position, digest, form, event)
    # Go on from the seal as it stands, so that one wrong line is one finding.
    chain.lines, chain.head = position, digest


def _compare(
    chain: Chain, ban_id: int | None, position: int, digest: str, form: int, event: list[Any]
) -> Iterator[Finding]:
    if event[5] != ban_id:
        yield Finding(Wrong.MOVED, ban_id, position, event[0])
    elif canonical.digest(chain.head, canonical.line(tuple(event), form)) != digest:
        yield Finding(Wrong.CHANGED, ban_id, position, event[0])
    elif chain.sealed_before and event[1] < chain.sealed_before - LATE:
        yield Finding(Wrong.INSERTED, ban_id, position, event[0])


def _streamed(statement: str, parameters: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    """Rows in batches through a cursor of the server: a million of them cost no memory."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(BATCH):
            yield from rows
