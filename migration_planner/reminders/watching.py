"""What owners and administrators see on every page when mail does not go as it should: in one statement, however many pages."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from migration_planner.people.models import User
from migration_planner.reminders import checking
from migration_planner.reminders.checking import Fault
from migration_planner.reminders.health import SILENT_AFTER
from migration_planner.reminders.statements import rows


@dataclass(frozen=True)
class PauseShown:
    """A pause in force: of all mail, or of that about one ban."""

    ban_id: int | None
    ban: str
    since: datetime
    by: str
    why: str


@dataclass(frozen=True)
class Watch:
    """The pauses a reader can do something about, or suffers from, and what is wrong with the sender."""

    pauses: list[PauseShown]
    #: For how many minutes nothing was heard of the sender, when that is too long; 0 when it never ran.
    silent_minutes: int | None
    trouble: str
    faults: list[Fault]

    @property
    def is_calm(self) -> bool:
        return not (self.pauses or self.trouble or self.faults or self.silent_minutes is not None)


#: A sender that never ran matters once something is published.
LOOK = """
    SELECT (SELECT json_agg(found) FROM (
                SELECT pause.ban_id, coalesce(tool.name || ' → ' || new.name, '') AS ban, pause.since, person.name AS by,
                       pause.why
                FROM reminders_pause AS pause JOIN people_user AS person ON person.id = pause.by_id
                LEFT JOIN planning_ban AS ban ON ban.id = pause.ban_id LEFT JOIN planning_tool AS tool ON tool.id = ban.tool_id
                LEFT JOIN planning_tool AS new ON new.id = ban.replacement_id
                WHERE pause.ended_at IS NULL AND (pause.ban_id IS NULL OR %(all)s OR EXISTS (
                    SELECT FROM planning_ban_owners AS owned WHERE owned.ban_id = pause.ban_id AND owned.user_id = %(user)s))
                ORDER BY pause.ban_id NULLS FIRST) AS found),
           (SELECT extract(epoch FROM clock_timestamp() - at)::int FROM reminders_heartbeat WHERE of = 'sender'),
           (SELECT trouble FROM reminders_heartbeat WHERE of = 'sender'),
           EXISTS (SELECT FROM planning_ban WHERE state = 'published'),
           (SELECT found FROM reminders_check ORDER BY day DESC LIMIT 1)
"""


def watch(user: User) -> Watch:
    pauses, seconds, trouble, is_published, found = rows(LOOK, all=user.is_administrator, user=user.pk)[0]
    return Watch(
        [_pause(each) for each in _json(pauses)],
        _silence(seconds, is_published),
        trouble or "",
        checking.faults(_json(found)),
    )


def _json(value: Any) -> list[dict[str, Any]]:
    """Django has the driver give some columns of JSON as text."""
    return (json.loads(value) if isinstance(value, str) else value) or []


def _pause(row: dict[str, Any]) -> PauseShown:
    return PauseShown(**{**row, "since": datetime.fromisoformat(row["since"])})


def _silence(seconds: int | None, is_published: bool) -> int | None:
    if seconds is None:
        return 0 if is_published else None
    return seconds // 60 if seconds > SILENT_AFTER.total_seconds() else None
