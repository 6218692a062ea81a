"""Which messages rooms ought to get: each ban's announcement once, and each week the figures of a team that is not done.

Derived from rooms and bans alone, days ahead, under a key that two clocks cannot fill twice.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from migration_planner.lib.encryption import UnreadableError, key_name, seal, unseal
from migration_planner.reminders.falling import Place, Window, first_hour, mondays
from migration_planner.reminders.models import Room, RoomMessage
from migration_planner.reminders.models.rooms import STALE_AFTER
from migration_planner.reminders.statements import rows, run

#: Rooms are written to at this hour of their clock, on Mondays; so far ahead is planned.
HOUR, AHEAD = 9, timedelta(days=8)
Kind = RoomMessage.Kind

#: Rooms and the bans in force under which somebody of their teams is unfinished.
CONCERNED = """
    SELECT room.id, room.zone, room.made_at, ban.id, ban.published_at, ban.cutoff_at
    FROM reminders_room AS room JOIN people_team AS team ON team.id = room.team_id
    JOIN planning_ban AS ban ON ban.state = 'published'
    WHERE room.removed_at IS NULL AND EXISTS (
        SELECT FROM planning_migration AS migration
        WHERE migration.ban_id = ban.id AND migration.people > migration.done + migration.waived
          AND (migration.path = team.path OR (migration.path >= team.path || '/' AND migration.path < team.path || '0')))
    ORDER BY room.id, ban.id
"""
#: What was cancelled because its ban had ended, or its team was done, is taken up again while it lies ahead.
WANT = """
    INSERT INTO reminders_roommessage AS known (room_id, ban_id, kind, week, due_at, not_before, state, reason, tries)
    SELECT room, ban, kind, week, due_at, due_at, 'waiting', '', 0
    FROM unnest(%(rooms)s::bigint[], %(bans)s::bigint[], %(kinds)s::text[], %(weeks)s::date[], %(dues)s::timestamptz[])
         AS wanted(room, ban, kind, week, due_at)
    ON CONFLICT (room_id, ban_id, kind, week) DO UPDATE
    SET due_at = excluded.due_at, not_before = excluded.due_at, state = 'waiting', reason = ''
    WHERE excluded.due_at > %(now)s
      AND ((known.state = 'waiting' AND known.tries = 0 AND known.lease_token IS NULL AND known.due_at > %(now)s
            AND known.due_at <> excluded.due_at)
           OR (known.state = 'cancelled' AND known.reason IN ('ended', 'not_meant')))
"""
END = """
    UPDATE reminders_roommessage AS message SET state = 'cancelled', reason = 'ended', lease_token = NULL, lease_until = NULL
    FROM planning_ban AS ban
    WHERE ban.id = message.ban_id AND ban.state <> 'published' AND message.state = 'waiting'
      AND (message.lease_until IS NULL OR message.lease_until < clock_timestamp())
"""


class Wish(NamedTuple):
    room: int
    ban: int
    kind: str
    week: date | None
    due_at: datetime


@transaction.atomic
def plan(*, now: datetime) -> int:
    """Derive the messages of the coming days, and end those of bans that have ended. Returns how many were added or put right."""
    run(END)
    _seal_anew()
    wishes = list(_wishes(now))
    if not wishes:
        return 0
    rooms, bans, kinds, weeks, dues = (list(column) for column in zip(*wishes, strict=True))
    return run(WANT, rooms=rooms, bans=bans, kinds=kinds, weeks=weeks, dues=dues, now=now)


def _wishes(now: datetime) -> Iterator[Wish]:
    """A room hears nothing from before it was made."""
    fall = cache(_mondays)
    for room, zone, made_at, ban, published_at, cutoff_at in rows(CONCERNED):
        window = Window(published_at, cutoff_at)
        if published_at >= made_at:
            yield Wish(room, ban, Kind.ANNOUNCEMENT, None, first_hour(published_at, cutoff_at, _place(zone)))
        for week, due_at in fall(window, zone, now):
            if due_at >= made_at:
                yield Wish(room, ban, Kind.FIGURES, week, due_at)


def _mondays(window: Window, zone: str, now: datetime) -> list[tuple[date, datetime]]:
    """The Mondays from some days ago, since the clock may have stood still, up to those ahead."""
    falls = mondays(window, _place(zone), after=now - STALE_AFTER, until=now + AHEAD)
    return [(fall.reckoned_from.date(), fall.due_at) for fall in falls]


def _place(zone: str) -> Place:
    return Place(zone, HOUR, hours=settings.MAIL_HOURS)


def _seal_anew() -> None:
    """After a change of SECRET_KEY: seal the addresses with the new one while the old one still opens them."""
    for room in Room.objects.in_use().exclude(sealed_with=key_name()).select_for_update(skip_locked=True):
        try:
            address, secret = unseal(room.address), unseal(room.secret) if room.secret else ""
        except UnreadableError:
            continue  # its messages say so, one by one
        room.address, room.secret, room.sealed_with = seal(address), seal(secret) if secret else b"", key_name()
        room.save(update_fields=["address", "secret", "sealed_with"])
