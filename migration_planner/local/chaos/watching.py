"""Looking at the outbox from outside while everything happens: does it add up at every moment, and is it done?"""

import threading
from dataclasses import dataclass
from types import TracebackType

import psycopg

LOOK_EVERY_SECONDS = 1.0
#: One statement, so one moment. In limbo is a reminder that says it ended otherwise than the mail that carries it.
BALANCE = """
    SELECT count(*), count(*) FILTER (WHERE reminder.state = 'waiting'),
           count(*) FILTER (WHERE reminder.state IN ('sent', 'cancelled', 'suppressed', 'dead', 'held')),
           count(*) FILTER (WHERE (reminder.state IN ('sent', 'dead', 'held') OR mail.state IN ('sent', 'dead', 'held'))
                              AND reminder.state <> 'cancelled' AND reminder.state <> mail.state)
    FROM reminders_reminder AS reminder LEFT JOIN reminders_mail AS mail ON mail.id = reminder.mail_id
    WHERE reminder.rung = 'publishing'
"""
LEFT = "SELECT count(*) FROM reminders_mail WHERE state = 'waiting' AND due_at <= clock_timestamp()"
STATES = """
    SELECT person.email, mail.state, mail.reason
    FROM reminders_mail AS mail JOIN people_user AS person ON person.id = mail.person_id
    WHERE mail.due_at <= clock_timestamp()
"""


@dataclass
class Balance:
    samples: int = 0
    broken: int = 0


def ask(database: str, statement: str) -> list[tuple[object, ...]] | None:
    """What the database says; None while it says nothing, or has no such table yet."""
    try:
        with psycopg.connect(database, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(statement).fetchall()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return None


def left(database: str) -> int | None:
    found = ask(database, LEFT)
    return int(str(found[0][0])) if found else None


class Watcher:
    """Samples the balance every second until it is left."""

    def __init__(self, database: str, due: int) -> None:
        self.database, self.due, self.balance = database, due, Balance()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Balance:
        self._thread.start()
        return self.balance

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._ending.wait(LOOK_EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        found = ask(self.database, BALANCE)
        if found:
            due, waiting, ended, limbo = (int(str(number)) for number in found[0])
            self.balance.samples += 1
            self.balance.broken += due != self.due or waiting + ended != due or limbo > 0
