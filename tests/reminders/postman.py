"""Sending without a mail server: what is due is claimed and composed as ever, and then counts as taken, set by set."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Min

from migration_planner.planning.models import Ban
from migration_planner.reminders import balancing, checking, outbox, unfounded, weekly
from migration_planner.reminders.claiming import Claim, claim
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.planning import plan
from migration_planner.reminders.statements import run

DAY = timedelta(days=1)
TAKEN = """
    WITH went AS (
        UPDATE reminders_mail SET state = 'sent', sent_at = %(now)s, lease_token = NULL, lease_until = NULL
        WHERE id = ANY(%(mails)s) AND raw IS NOT NULL RETURNING id
    ), told AS (
        UPDATE reminders_reminder SET state = 'sent' WHERE state = 'waiting' AND mail_id IN (SELECT id FROM went)
    )
    INSERT INTO reminders_attempt (mail_id, at, worker, code, text, queue_id) SELECT id, %(now)s, 'test', 250, 'OK', '' FROM went
"""
EMPTY = """
    UPDATE reminders_mail SET state = 'cancelled', reason = 'nothing_left', lease_token = NULL, lease_until = NULL
    WHERE id = ANY(%(mails)s) AND state = 'waiting'
"""


#: Where nobody reads the words, they are not made; all else goes its way.
UNREAD = """
    UPDATE reminders_mail AS mail SET message_id = '<' || id || '@unread>', date = %(now)s, subject = '',
           raw = '', carries = '{}'
    WHERE id = ANY(%(mails)s) AND raw IS NULL AND person_id <> ALL(%(readers)s)
      AND EXISTS (SELECT FROM reminders_reminder AS carried WHERE carried.mail_id = mail.id AND carried.state = 'waiting')
"""


def tick(*, now: datetime, readers: Sequence[int] | None = None) -> None:
    """One pass of the clock; the mail server takes everything at once. Only mails to `readers`, if any, get words."""
    plan(now=now)
    send(now=now, readers=readers)


def send(*, now: datetime, readers: Sequence[int] | None = None) -> None:
    """What is due, as the sender does it between two passes of the clock."""
    outbox._cancel_empty(now)
    while claimed := claim(now=now):
        take(claimed, now=now, readers=readers)


def take(claimed: Claim, *, now: datetime, readers: Sequence[int] | None = None) -> None:
    if readers is not None:
        unfounded.end_in(claimed.mails)
        weekly.keep_silent(claimed.mails)
        run(UNREAD, mails=claimed.mails, now=now, readers=list(readers))
    outbox.freeze(claimed, now=now)
    run(TAKEN, mails=claimed.mails, now=now)
    run(EMPTY, mails=claimed.mails)


def go(ban: Ban, start: datetime, *, days: int, readers: Sequence[int] | None = None) -> int:
    """Tick day by day, and send whenever a mail falls due; the balance holds after each. Returns how often."""
    moment, ticked, end, ticks = start, start - DAY, start + days * DAY, 0
    while moment < end:
        if ticks % 10 == 1:  # as the database does by itself outside of a test's transaction
            run("ANALYZE reminders_reminder, reminders_mail, planning_checklist, planning_event")
        if moment >= ticked + DAY:
            tick(now=moment, readers=readers)
            ticked = moment
        else:
            send(now=moment, readers=readers)
        balanced(ban, moment)
        due = Mail.objects.waiting().filter(not_before__gt=moment).aggregate(first=Min("not_before"))["first"]
        moment, ticks = min(due or end, ticked + DAY), ticks + 1
    return ticks


def balanced(ban: Ban, now: datetime) -> None:
    """due = sent + cancelled + suppressed + dead + held + waiting, for the ban and for each day of it, and nothing stranded."""
    days = balancing.by_day(ban, now=now)
    assert all(each.balance.adds_up for each in days)
    assert balancing.total(days).due == Reminder.objects.filter(ban=ban).count()
    assert balancing.total(days).overdue == 0
    assert checking.quick(now=now) == []
