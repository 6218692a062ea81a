"""How many mails may go in a day: counted in the database, on its clock, so that all senders together keep to it.

A day is any 24 hours: providers differ in when theirs begins. What a claim may send is counted with the claim, and given back
when it was not handed over. It counts a little longer than 24 hours, since a mail may go some minutes after its claim.
"""

from dataclasses import dataclass
from datetime import datetime

from migration_planner.reminders.statements import rows, run

#: So finely is counted; and for so long a mail counts, from the beginning of its slot.
SLOT, COUNTED = "10 minutes", "24 hours 20 minutes"
#: One sender at a time counts, until its claim is committed.
HOLD = "SELECT pg_advisory_xact_lock(28019, 1)"
USED = f"SELECT coalesce(sum(used), 0)::int FROM reminders_quota WHERE slot > clock_timestamp() - interval '{COUNTED}'"  # noqa: S608
SPEND = f"""
    INSERT INTO reminders_quota (slot, used) VALUES (date_bin('{SLOT}', clock_timestamp(), 'epoch'), %(mails)s)
    ON CONFLICT (slot) DO UPDATE SET used = reminders_quota.used + excluded.used RETURNING slot
"""  # noqa: S608 - constants of this module
FORGET = "DELETE FROM reminders_quota WHERE slot < clock_timestamp() - interval '3 days'"
#: When the oldest of what counts counts no more, and mail may go again.
AGAIN = f"""
    SELECT min(slot) + interval '{COUNTED}' FROM reminders_quota
    WHERE used > 0 AND slot > clock_timestamp() - interval '{COUNTED}'
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Day:
    """The day's limit, how much of it is used, and when more may go, if that is all of it."""

    limit: int
    used: int
    again_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.used >= self.limit


def left(per_day: int) -> int:
    """How many mails may go yet. The caller's transaction holds the count."""
    rows(HOLD)
    return max(per_day - int(rows(USED)[0][0]), 0)


def spend(mails: int) -> datetime:
    """Count mails of a claim. Returns the slot they are counted in, to give them back."""
    run(FORGET)
    slot: datetime = rows(SPEND, mails=mails)[0][0]
    return slot


def give_back(slot: datetime, mails: int) -> None:
    run("UPDATE reminders_quota SET used = greatest(used - %(mails)s, 0) WHERE slot = %(slot)s", slot=slot, mails=mails)


def today(per_day: int) -> Day | None:
    """How the day stands; None where there is no limit."""
    if not per_day:
        return None
    used = rows(USED)[0][0]
    return Day(per_day, used, rows(AGAIN)[0][0] if used >= per_day else None)
