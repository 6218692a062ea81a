"""Who may work on a ban at the same time as whom.

Marks of many people go on side by side; what touches all of a ban's rows at once (publishing, ending, changing steps, a new
roster) waits for them, and they wait for it. Advisory locks of PostgreSQL: nothing is written, all end with the transaction.
Locks of several bans are taken in the order of their numbers, so two holders never wait for each other.
"""

from collections.abc import Iterable

from django.db import connection

#: Keeps these locks apart from any other advisory lock in the same database.
SPACE = 0x6D70
#: The roster's own lock, in the place before every ban's: whoever needs both takes this one first.
ROSTER = 0


def hold_roster() -> None:
    """Work by the roster as it stands, beside others who do: no new one comes into force before the transaction ends."""
    hold_ban(ROSTER)


def hold_roster_alone() -> None:
    """Bring a new roster into force, alone."""
    hold_ban_alone(ROSTER)


def hold_ban(ban_id: int) -> None:
    """Work on one row of a ban, beside others who do the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [SPACE, ban_id])


def holding(bans: str) -> str:
    """The statement that holds every ban a statement finds: its one column is their ids, in order."""
    return f"SELECT pg_advisory_xact_lock_shared({SPACE}, ban.id::int) FROM ({bans}) AS ban(id)"  # noqa: S608 - ours


def hold_ban_alone(ban_id: int) -> None:
    """Work on all rows of a ban, alone."""
    hold_bans_alone([ban_id])


def hold_bans_alone(ban_ids: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        for ban_id in sorted(ban_ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SPACE, ban_id])
