"""Claiming due mails: by a short lease on the database's clock, and no more than the installation's limits let go just now."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from migration_planner.reminders import daily, gates
from migration_planner.reminders.governing import Limits, exhausted, grant
from migration_planner.reminders.ledger import TAKEN
from migration_planner.reminders.statements import FREE, rows, run

LEASE_SECONDS = 15
LEASE = timedelta(seconds=LEASE_SECONDS)
BATCH = 100

#: Domains that have had all they may get are passed over, so that they hold up nobody else.
DUE = f"""
    SELECT mail.id, {gates.DOMAIN} FROM reminders_mail AS mail
    WHERE state = 'waiting' AND not_before <= %(now)s AND {FREE} AND NOT {TAKEN} AND {gates.MAY_GO}
      AND (cardinality(%(exhausted)s::text[]) = 0 OR {gates.DOMAIN} <> ALL(%(exhausted)s::text[]))
    ORDER BY not_before, id LIMIT %(batch)s FOR NO KEY UPDATE OF mail SKIP LOCKED
"""  # noqa: S608 - constants of ours
TAKE = """
    UPDATE reminders_mail SET lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s,
           lease_pid = pg_backend_pid()
    WHERE id = ANY(%(mails)s)
"""


@dataclass(frozen=True)
class Claim:
    """Mails this sender may send until its lease ends. None of them: more is due, and the limits let nothing go just now."""

    token: UUID
    mails: list[int]
    #: Where they are counted, when there is a limit for each day.
    slot: datetime | None = None


@transaction.atomic
def claim(*, now: datetime, limits: Limits | None = None) -> Claim | None:
    """Up to a batch of what is due `now`; None when nothing is, or nothing more may go today."""
    limits, token = limits or Limits.of_installation(), uuid4()
    left = daily.left(limits.per_day) if limits.per_day else None
    if left == 0:
        return None
    passed_over = exhausted(limits)
    due = rows(DUE, now=now, batch=BATCH, exhausted=passed_over)
    mails, slot = list(_granted(due, limits, left)), None
    if mails:
        slot = daily.spend(len(mails)) if limits.per_day else None
        run(TAKE, mails=mails, token=token, lease=LEASE)
    return Claim(token, mails, slot) if due or passed_over else None


def _granted(due: Sequence[tuple[int, str]], limits: Limits, most: int | None) -> Iterator[int]:
    """Of the due mails with their domains, in order, those that may go now."""
    left = grant(Counter(domain for _pk, domain in due), limits, most=most)
    for pk, domain in due:
        if left[domain]:
            left[domain] -= 1
            yield pk
