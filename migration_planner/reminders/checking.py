"""Does it all add up? The nightly look over every reminder, every mail and every kept counter, and the quick one in between."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from migration_planner.planning.counting import differences
from migration_planner.planning.models import Ban
from migration_planner.reminders.housekeeping import tidy
from migration_planner.reminders.models import Check
from migration_planner.reminders.statements import rows

#: From this hour (UTC) on the look over the day before is taken.
HOUR = 2
#: A reminder in any other state would be missing from the balance. The pairs of ban and state that occur are read off the
#: index, one step each, however many rows there are of each.
UNBALANCED = """
    WITH RECURSIVE place AS (
        (SELECT ban_id, state FROM reminders_reminder ORDER BY ban_id, state LIMIT 1)
        UNION ALL
        SELECT next.ban_id, next.state FROM place, LATERAL (
            SELECT ban_id, state FROM reminders_reminder WHERE (ban_id, state) > (place.ban_id, place.state)
            ORDER BY ban_id, state LIMIT 1) AS next
    )
    SELECT count(*) FROM place JOIN reminders_reminder USING (ban_id, state)
    WHERE place.state NOT IN ('sent', 'cancelled', 'suppressed', 'dead', 'held', 'waiting')
"""
#: Due, not ended, and yet in a mail that will not go: nobody would ever hear it.
STRANDED = """
    SELECT count(*) FROM reminders_reminder AS reminder JOIN reminders_mail AS mail ON mail.id = reminder.mail_id
    WHERE reminder.state = 'waiting' AND mail.state <> 'waiting' AND reminder.due_at <= %(now)s
"""
#: A reminder says one thing and its mail another.
CONTRADICTED = """
    SELECT count(*) FROM reminders_reminder AS reminder JOIN reminders_mail AS mail ON mail.id = reminder.mail_id
    WHERE reminder.state IN ('sent', 'dead', 'held') AND mail.state <> reminder.state
"""
#: Marked as sent, and no line of the ledger says so.
UNPROVEN = """
    SELECT count(*) FROM reminders_mail AS mail WHERE state = 'sent'
    AND NOT EXISTS (SELECT FROM reminders_attempt AS attempt WHERE attempt.mail_id = mail.id)
"""
QUICK = {"unbalanced": UNBALANCED, "stranded": STRANDED}
DEEP = {**QUICK, "contradicted": CONTRADICTED, "unproven": UNPROVEN}


@dataclass(frozen=True)
class Fault:
    """Rows that are not as they ought to be: what, how many, and of which ban where that is known."""

    what: str
    count: int
    ban: int | None = None


def quick(*, now: datetime) -> list[Fault]:
    """What can be asked at any moment: is every reminder in a place, and none in a mail that has ended?"""
    return _ask(QUICK, now)


def deep(*, now: datetime) -> list[Fault]:
    """Everything. Each question is one statement, so nobody has to stand still for it."""
    return [*_ask(DEEP, now), *_counters()]


def check_daily(*, now: datetime) -> Check | None:
    """Look at everything once a day, keep what was found, and tidy up. None before the hour, or when it has been done."""
    today = now.astimezone(UTC)
    if today.hour < HOUR or Check.objects.filter(pk=today.date()).exists():
        return None
    found = check(today.date(), now=now)
    tidy(now=now)
    return found


def check(day: date, *, now: datetime) -> Check:
    found = [vars(fault) for fault in deep(now=now)]
    return Check.objects.update_or_create(day=day, defaults={"at": now, "found": found})[0]


def latest() -> Check | None:
    return Check.objects.order_by("-day").first()


def faults(found: list[dict[str, Any]]) -> list[Fault]:
    return [Fault(each["what"], each["count"], each.get("ban")) for each in found]


def _ask(questions: dict[str, str], now: datetime) -> list[Fault]:
    counted = [Fault(what, rows(statement, now=now)[0][0]) for what, statement in questions.items()]
    return [fault for fault in counted if fault.count]


def _counters() -> list[Fault]:
    found = []
    for ban in Ban.objects.exclude(published_at__isnull=True).order_by("pk"):
        differing = differences(ban)
        if differing:
            found.append(Fault("counters", differing.total, ban.pk))
    return found
