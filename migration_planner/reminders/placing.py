"""Putting reminders into mails: one mail for each person and local day, for all bans together.

A reminder joins the mail of its own day. When that day is over, because the clock stood still or the mail server took
nothing, it joins today's mail, which goes at once, or when mail may come again. When today's mail has gone already, rungs
keep silent (the mail of the day has said it, or the next one will), and what must be said goes into tomorrow's mail.

While the mail of one ban is paused, its reminders leave the mails that fall due, so that those go without them, and join
none until it goes on.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from migration_planner.reminders.places import place as place_at
from migration_planner.reminders.statements import FREE, rows, run

#: The day it is, the hour of the day after, and when a word that is late may come, for each zone and hour.
TODAY = """
    unnest(%(zones)s::text[], %(hours)s::int[], %(todays)s::date[], %(tomorrows)s::date[], %(nexts)s::timestamptz[],
           %(soon_days)s::date[], %(soons)s::timestamptz[])
    AS clock(zone, hour, today, tomorrow, next_at, soon_day, soon_at)
"""
OVER = f"mail.state = 'waiting' AND mail.due_at <= %(now)s AND mail.unsure = 0 AND {FREE}"
HOURS = f"""
    SELECT DISTINCT zone, reminder_hour FROM people_user WHERE id IN (
        SELECT person_id FROM reminders_reminder WHERE state = 'waiting' AND mail_id IS NULL
        UNION SELECT person_id FROM reminders_mail AS mail WHERE {OVER})
"""  # noqa: S608 - constants of this module

PAUSED = "EXISTS (SELECT FROM reminders_pause AS pause WHERE pause.ban_id = reminder.ban_id AND pause.ended_at IS NULL)"
#: What is about a paused ban leaves the mails that fall due. One that may have arrived stays as it is, and waits.
HOLD_BACK = f"""
    WITH due AS (
        SELECT reminder.id FROM reminders_reminder AS reminder JOIN reminders_mail AS mail ON mail.id = reminder.mail_id
        WHERE reminder.state = 'waiting' AND {PAUSED} AND {OVER} FOR NO KEY UPDATE OF mail SKIP LOCKED
    )
    UPDATE reminders_reminder SET mail_id = NULL WHERE state = 'waiting' AND id IN (SELECT id FROM due)
"""  # noqa: S608 - as above
#: Mail of a day that is over gives its reminders back. One that may have arrived stays as it is.
GIVE_BACK = f"""
    WITH over AS (
        SELECT mail.id FROM reminders_mail AS mail JOIN people_user AS person ON person.id = mail.person_id
        JOIN {TODAY} ON clock.zone = person.zone AND clock.hour = person.reminder_hour
        WHERE {OVER} AND mail.day < clock.today FOR NO KEY UPDATE OF mail SKIP LOCKED
    ), given AS (
        UPDATE reminders_reminder SET mail_id = NULL WHERE state = 'waiting' AND mail_id IN (SELECT id FROM over)
    )
    UPDATE reminders_mail SET state = 'cancelled', reason = 'superseded', lease_token = NULL, lease_until = NULL
    WHERE id IN (SELECT id FROM over)
"""  # noqa: S608 - as above

#: The mail each reminder without one ought to travel in.
PLACES = f"""
    SELECT reminder.id, reminder.person_id, reminder.kind, clock.today, clock.tomorrow, clock.next_at,
           CASE WHEN reminder.day < clock.today THEN clock.soon_day ELSE reminder.day END AS day,
           CASE WHEN reminder.day < clock.today THEN clock.soon_at ELSE reminder.due_at END AS due_at
    FROM reminders_reminder AS reminder JOIN people_user AS person ON person.id = reminder.person_id
    JOIN {TODAY} ON clock.zone = person.zone AND clock.hour = person.reminder_hour
    WHERE reminder.state = 'waiting' AND reminder.mail_id IS NULL AND NOT {PAUSED}
"""  # noqa: S608 - as above

#: A mail that was cancelled, or is left without reminders, begins anew; one that waits goes at the earliest of its times.
REVIVE = f"""
    WITH wanted AS (SELECT person_id, day, min(due_at) AS due_at FROM ({PLACES}) AS place GROUP BY person_id, day),
    found AS (
        SELECT mail.id, CASE WHEN EXISTS (SELECT FROM reminders_reminder AS carried
                                          WHERE carried.mail_id = mail.id AND carried.state = 'waiting')
                             THEN least(mail.due_at, wanted.due_at) ELSE wanted.due_at END AS due_at
        FROM reminders_mail AS mail JOIN wanted USING (person_id, day)
        WHERE (mail.state = 'cancelled' OR (mail.state = 'waiting' AND mail.message_id IS NULL))
          AND mail.unsure = 0 AND {FREE}
        FOR NO KEY UPDATE OF mail SKIP LOCKED
    )
    UPDATE reminders_mail AS mail
    SET state = 'waiting', reason = '', due_at = found.due_at,
        not_before = CASE WHEN mail.state = 'waiting' AND mail.tries > 0 THEN greatest(mail.not_before, found.due_at)
                          ELSE found.due_at END,
        tries = CASE mail.state WHEN 'waiting' THEN mail.tries ELSE 0 END,
        message_id = NULL, date = NULL, subject = NULL, raw = NULL, carries = NULL, names = NULL
    FROM found WHERE found.id = mail.id
      AND (mail.state = 'cancelled' OR mail.due_at <> found.due_at)
"""  # noqa: S608 - as above
MAKE = f"""
    INSERT INTO reminders_mail (person_id, day, due_at, not_before, state, reason, tries, unsure, last_text)
    SELECT person_id, day, min(due_at), min(due_at), 'waiting', '', 0, 0, '' FROM ({PLACES}) AS place
    GROUP BY person_id, day ON CONFLICT (person_id, day) DO NOTHING
"""  # noqa: S608 - as above
#: The mails are locked, so that none is frozen between our look at it and the arrival of one more reminder.
ATTACH = f"""
    WITH found AS (
        SELECT place.id, mail.id AS mail_id FROM ({PLACES}) AS place JOIN reminders_mail AS mail USING (person_id, day)
        WHERE mail.state = 'waiting' AND mail.message_id IS NULL AND {FREE}
        FOR NO KEY UPDATE OF mail SKIP LOCKED
    )
    UPDATE reminders_reminder AS reminder SET mail_id = found.mail_id FROM found
    WHERE found.id = reminder.id AND reminder.state = 'waiting'
"""  # noqa: S608 - as above

CLOSED = """
    EXISTS (SELECT FROM reminders_mail AS mail WHERE mail.person_id = place.person_id AND mail.day = place.day
            AND (mail.state IN ('sent', 'dead', 'held') OR mail.message_id IS NOT NULL))
"""
COVER = f"""
    UPDATE reminders_reminder AS reminder SET state = 'suppressed', reason = 'covered'
    FROM ({PLACES}) AS place
    WHERE place.id = reminder.id AND reminder.kind IN ('rung', 'theirs', 'bundle') AND place.day = place.today AND {CLOSED}
"""  # noqa: S608 - as above
#: A nudge of tomorrow covers that of today. An escalation waits, and joins the next day's mail once today is over.
MOVE_ON = f"""
    UPDATE reminders_reminder AS reminder SET day = place.tomorrow, due_at = place.next_at
    FROM ({PLACES}) AS place
    WHERE place.id = reminder.id AND reminder.kind NOT IN ('rung', 'theirs', 'bundle', 'escalation')
      AND place.day = place.today AND {CLOSED}
      AND NOT EXISTS (SELECT FROM reminders_reminder AS other WHERE other.person_id = reminder.person_id
                      AND other.ban_id = reminder.ban_id AND other.rung = reminder.rung AND other.day = place.tomorrow)
"""  # noqa: S608 - as above


def place(*, now: datetime) -> tuple[int, int]:
    """Give every waiting reminder its mail. Returns how many mails were made, and how many reminders kept silent."""
    run(HOLD_BACK, now=now)
    hours = rows(HOURS, now=now)
    if not hours:
        return 0, 0
    clock = {"now": now, **_today(hours, now)}
    run(GIVE_BACK, **clock)
    covered = run(COVER, **clock)
    run(MOVE_ON, **clock)
    run(REVIVE, **clock)
    mails = run(MAKE, **clock)
    run(ATTACH, **clock)
    return mails, covered


def _today(hours: Sequence[tuple[Any, ...]], now: datetime) -> dict[str, list[Any]]:
    """The parameters of `TODAY`."""
    places = [place_at(zone, hour) for zone, hour in hours]
    todays = [place.day(now) for place in places]
    tomorrows = [day + timedelta(days=1) for day in todays]
    soons = [place.soon(now) for place in places]
    return {
        "zones": [place.zone for place in places],
        "hours": [place.hour for place in places],
        "todays": todays,
        "tomorrows": tomorrows,
        "nexts": [place.instant(day) for place, day in zip(places, tomorrows, strict=True)],
        "soon_days": [place.day(soon) for place, soon in zip(places, soons, strict=True)],
        "soons": soons,
    }
