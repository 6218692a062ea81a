"""Keeping what a claim is about: its lease, and the words its mails were given. Set-based."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import psycopg
from django.db import connection

from migration_planner.reminders.mail import Frozen
from migration_planner.reminders.statements import run


def renew(token: UUID, mails: Sequence[int], lease: timedelta) -> None:
    run(
        """
        UPDATE reminders_mail SET lease_until = clock_timestamp() + %(lease)s
        WHERE id IN (SELECT id FROM reminders_mail WHERE id = ANY(%(mails)s) AND lease_token = %(token)s
                     FOR NO KEY UPDATE SKIP LOCKED)
        """,
        mails=list(mails),
        token=token,
        lease=lease,
    )


def end_orphans() -> int:
    """End the leases of senders whose session with the database is gone. That they lapse by themselves is the second net."""
    return run(
        """
        UPDATE reminders_mail SET lease_until = clock_timestamp() - interval '1 second'
        WHERE id IN (SELECT id FROM reminders_mail
                     WHERE state = 'waiting' AND lease_until >= clock_timestamp()
                       AND lease_pid NOT IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
                     FOR NO KEY UPDATE SKIP LOCKED)
        """
    )


def give_back(token: UUID, mails: Sequence[int]) -> None:
    run(
        """
        UPDATE reminders_mail SET lease_token = NULL, lease_until = NULL, in_hand_since = NULL
        WHERE id = ANY(%(mails)s) AND lease_token = %(token)s
        """,
        mails=list(mails),
        token=token,
    )


#: The words travel as they are: Django's own cursor would write them into the statement as text.
WORDS = """
    UPDATE reminders_mail AS mail SET message_id = words.message_id, date = words.date, subject = words.subject,
           raw = words.raw, carries = string_to_array(words.carries, ',')::bigint[],
           names = string_to_array(words.names, ',')::bigint[]
    FROM unnest(%(mails)s::bigint[], %(ids)s::text[], %(dates)s::timestamptz[], %(subjects)s::text[], %(raws)b::bytea[],
                %(carries)s::text[], %(names)s::text[]) AS words(id, message_id, date, subject, raw, carries, names)
    WHERE mail.id = words.id
"""


def keep_words(frozen: Sequence[tuple[int, Frozen, list[int], list[int]]]) -> None:
    """Keep the words of mails, with the reminders they speak for and the checklists they name: (mail, words, those, these)."""
    values = {
        "mails": [mail for mail, _words, _carries, _names in frozen],
        "ids": [words.message_id for _mail, words, _carries, _names in frozen],
        "dates": [words.date for _mail, words, _carries, _names in frozen],
        "subjects": [words.subject for _mail, words, _carries, _names in frozen],
        "raws": [words.raw for _mail, words, _carries, _names in frozen],
        "carries": [",".join(map(str, carries)) for _mail, _words, carries, _names in frozen],
        "names": [",".join(map(str, names)) for _mail, _words, _carries, names in frozen],
    }
    connection.ensure_connection()
    with connection.wrap_database_errors:
        psycopg.Cursor(connection.connection).execute(WORDS, values)
