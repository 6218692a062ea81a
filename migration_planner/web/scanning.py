"""How to scan and send, for a ban and a team: the exact commands to copy. A token never stands in them."""

from dataclasses import dataclass

from migration_planner.planning.models import Ban, Migration
from migration_planner.planning.scans import programs
from migration_planner.reminders.links import url


@dataclass(frozen=True)
class HowTo:
    """Commands for a terminal, one a line, and the checksum of what they fetch."""

    fetch: str
    look: str
    send: str
    checksum: str
    size: int


def how_to(ban: Ban) -> HowTo | None:
    """None when there is no scanner for the ban. One query."""
    program = programs.of_ban(ban)
    if program is None:
        return None
    return HowTo(
        fetch=f'curl -fsSo scan.pyz -H "Authorization: Bearer $MIGRATION_SCAN_TOKEN" {url("ban-scan-program", ban.pk)}',
        look="python3 scan.pyz",
        send=f"python3 scan.pyz --send {url('api-reports')}",
        checksum=program.checksum,
        size=len(program.content),
    )


def of_team(migration: Migration) -> HowTo | None:
    return how_to(migration.ban)
