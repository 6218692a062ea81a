"""Mail as it would have gone: the product plans it, and here it counts as taken, set by set. Nothing leaves the machine.

What falls due between two looks goes at its own moment: who had finished by then gets nothing, who finished later did. The
words of such a mail are two sentences, since nobody was there to read them. A few addresses refuse for good, and a few mails
are put off once.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from migration_planner.local.year import letters
from migration_planner.reminders import unfounded, weekly
from migration_planner.reminders.settling import IS_BACK
from migration_planner.reminders.statements import OF_OTHERS, OF_TEAM_STEP, rows, run

WORKER = "simulated"
DUE = "SELECT id FROM reminders_mail WHERE state = 'waiting' AND not_before <= %(now)s ORDER BY id"
#: Whoever had finished when their mail fell due. What tells of other people depends on those, and a question on its answer.
FINISHED = f"""
    UPDATE reminders_reminder AS reminder SET state = 'cancelled', reason = 'done', mail_id = NULL
    FROM reminders_mail AS mail, planning_checklist AS checklist
    WHERE mail.id = ANY(%(mails)s) AND reminder.mail_id = mail.id AND reminder.state = 'waiting'
      AND checklist.ban_id = reminder.ban_id AND checklist.person_id = reminder.person_id
      AND checklist.state = 'done' AND checklist.done_at <= mail.not_before
      AND reminder.kind NOT IN {OF_OTHERS} AND reminder.kind NOT IN ('question', 'waiver')
      AND NOT {IS_BACK} AND NOT {OF_TEAM_STEP}
"""  # noqa: S608 - constants of the product
EMPTY = """
    UPDATE reminders_mail AS mail SET state = 'cancelled', reason = 'nothing_left'
    WHERE id = ANY(%(mails)s) AND NOT EXISTS (
        SELECT FROM reminders_reminder AS carried WHERE carried.mail_id = mail.id AND carried.state = 'waiting')
"""
#: Frozen as it would be, with two sentences of words.
FREEZE = """
    WITH said AS MATERIALIZED (
        SELECT carried.mail_id, array_agg(carried.id ORDER BY carried.id) AS carries,
               string_agg(DISTINCT tool.name || ' → ' || replacement.name, ', ') AS subject,
               string_agg(DISTINCT tool.name || ' to ' || replacement.name, ', ') AS plain
        FROM reminders_reminder AS carried JOIN planning_ban AS ban ON ban.id = carried.ban_id
        JOIN planning_tool AS tool ON tool.id = ban.tool_id
        JOIN planning_tool AS replacement ON replacement.id = ban.replacement_id
        WHERE carried.mail_id = ANY(%(mails)s) AND carried.state = 'waiting' GROUP BY 1
    ), letter AS MATERIALIZED (
        SELECT mail.id, said.subject, said.carries, mail.not_before, person.email, person.name, said.plain,
               '<' || to_char(mail.day, 'YYYYMMDD') || '.' || md5(%(seed)s || person.email || mail.day) || '@' || %(host)s || '>'
                   AS message_id
        FROM said JOIN reminders_mail AS mail ON mail.id = said.mail_id AND mail.state = 'waiting'
        JOIN people_user AS person ON person.id = mail.person_id
    )
    UPDATE reminders_mail AS mail
    SET message_id = letter.message_id, date = letter.not_before, subject = letter.subject, carries = letter.carries,
        raw = convert_to(
            'From: Migration Planner <planner@' || %(host)s || E'>\\r\\nTo: ' || letter.email
            || E'\\r\\nSubject: ' || letter.plain || E'\\r\\nMessage-ID: ' || letter.message_id
            || E'\\r\\nDate: ' || to_char(letter.not_before AT TIME ZONE 'UTC', 'Dy, DD Mon YYYY HH24:MI:SS +0000')
            || E'\\r\\nMIME-Version: 1.0\\r\\nContent-Type: text/plain; charset="utf-8"\\r\\n'
            || E'Content-Transfer-Encoding: 8bit\\r\\n\\r\\nHello ' || letter.name
            || E',\\r\\n\\r\\nthis mail was about ' || letter.subject
            || E'.\\r\\nIt belongs to a simulated time: its full words were never composed.\\r\\n', 'UTF8')
    FROM letter WHERE letter.id = mail.id AND mail.message_id IS NULL
"""
#: Addresses that no server takes: the same few people all year, each from their first mail on.
REFUSE = """
    WITH refused AS (
        UPDATE reminders_mail AS mail SET state = 'dead', reason = 'address_refused', tries = 1, last_code = 550,
               last_text = '5.1.1 User unknown'
        FROM people_user AS person
        WHERE mail.id = ANY(%(mails)s) AND mail.state = 'waiting' AND person.id = mail.person_id
          AND pg_temp.chance(%(seed)s || person.email || '/refused') < 0.01
        RETURNING mail.id, mail.person_id, mail.not_before
    ), carried AS (
        UPDATE reminders_reminder SET state = 'dead', reason = 'address_refused'
        WHERE state = 'waiting' AND mail_id IN (SELECT id FROM refused)
    ), marked AS (
        UPDATE people_user AS person SET address_refused_at = refused.not_before FROM refused WHERE person.id = refused.person_id
    )
    INSERT INTO reminders_attempt (mail_id, at, worker, code, text, queue_id)
    SELECT id, not_before, %(worker)s, 550, '5.1.1 User unknown', '' FROM refused ORDER BY not_before, id
"""
SEND = """
    WITH going AS MATERIALIZED (
        SELECT mail.id, pg_temp.chance(%(seed)s || message_id || '/again') < 0.004 AS again,
               mail.not_before + interval '1 second' * ceil(90 * pg_temp.chance(%(seed)s || message_id || '/pace')) AS at
        FROM reminders_mail AS mail WHERE mail.id = ANY(%(mails)s) AND mail.state = 'waiting'
    ), attempts AS (
        SELECT id, at, 451 AS code, '4.7.1 Try again later' AS text FROM going WHERE again
        UNION ALL
        SELECT id, CASE WHEN again THEN at + interval '10 minutes' ELSE at END, 250, '2.0.0 OK' FROM going
    ), carried AS (
        UPDATE reminders_reminder SET state = 'sent' WHERE state = 'waiting' AND mail_id IN (SELECT id FROM going)
    ), sent AS (
        UPDATE reminders_mail AS mail
        SET state = 'sent', sent_at = CASE WHEN going.again THEN going.at + interval '10 minutes' ELSE going.at END,
            tries = going.again::int, last_code = 250, last_text = '2.0.0 OK'
        FROM going WHERE mail.id = going.id
    )
    INSERT INTO reminders_attempt (mail_id, at, worker, code, text, queue_id)
    SELECT id, at, %(worker)s, code, text, '' FROM attempts ORDER BY at, id
"""


@transaction.atomic
def deliver(*, now: datetime, seed: str, host: str, in_words: bool = False) -> list[int]:
    """Let everything that fell due until `now` go at its moment, with its real words if they are wanted.

    Returns the mails that were due, cancelled ones included.
    """
    mails = [pk for (pk,) in rows(DUE, now=now)]
    if not mails:
        return []
    known: dict[str, Any] = {"mails": mails, "seed": seed, "host": host, "worker": WORKER}
    run(FINISHED, **known)
    unfounded.end_in(mails)
    weekly.keep_silent(mails)
    run(EMPTY, **known)
    if in_words:
        letters.compose(mails, now=now)
    for statement in (FREEZE, REFUSE, SEND):
        run(statement, **known)
    return mails
