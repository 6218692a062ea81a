"""Lines to the database on which a few mails at a time are taken and marked, each few in a transaction of their own.

A line sends its statements without waiting for their results (libpq's pipeline mode), so that PostgreSQL works while the mail
server does. A sender has two: while the last of a few is with the mail server, the next few are locked and read on the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
from django.db import DatabaseError, connection

Row = tuple[Any, ...]
Parameters = Mapping[str, Any]
Statement = tuple[str, Parameters]


class Line:
    """One transaction at a time: `begin` it, read its `rows`, then `end` it or `undo` it."""

    def __init__(self, raw: "psycopg.Connection[Any]", *, nested: bool = False) -> None:
        """`nested`: inside a transaction of the caller's, whose savepoints stand for transactions of our own."""
        self._raw = raw
        self._words = NESTED if nested else OWN
        self._pipeline: ExitStack | None = None
        self._reads: list[psycopg.Cursor[Row]] = []

    def begin(self, statements: Sequence[Statement], *, before: Sequence[Statement] = ()) -> None:
        """Open a transaction and send its first statements. `before` go ahead in a transaction of their own."""
        self.settle()
        self._pipeline = ExitStack()
        self._pipeline.enter_context(connection.wrap_database_errors)
        self._pipeline.enter_context(self._raw.pipeline())
        for group in (before, statements):
            if group:
                self._say(self._words.begin)
                self._reads = [self._send(*each) for each in group]
            if group is before and before:
                self._say(self._words.end)

    def rows(self) -> list[list[Row]]:
        """What each of the first statements found."""
        with connection.wrap_database_errors:
            return [cursor.fetchall() for cursor in self._reads]

    def say(self, statements: Sequence[Statement]) -> None:
        """Send statements of the transaction. Whether all went well, `settle` tells."""
        for each in statements:
            self._send(*each)

    def end(self, statements: Sequence[Statement], *, derived: bool = False) -> None:
        """Send the last statements and the commit. Whether all went well, `settle` tells.

        `derived`: they follow from what is kept for good already, so that nothing need wait until they are on the disk.
        """
        self.say(statements)
        if derived:
            self._say(self._words.lazily)
        self._say(self._words.end)

    def undo(self) -> None:
        """Take the transaction back."""
        self._say(self._words.undo)
        self.settle()

    def abandon(self) -> None:
        """Take back whatever may be open, after something went wrong: the reason counts, not what comes of this."""
        if self._pipeline is not None:
            with suppress(DatabaseError):
                self.settle()
            with suppress(psycopg.Error):
                self._say(self._words.undo)

    def settle(self) -> None:
        """Wait until the last transaction is kept for good. Raises DatabaseError when it is not."""
        if self._pipeline is not None:
            pipeline, self._pipeline = self._pipeline, None
            pipeline.close()

    def _send(self, statement: str, parameters: Parameters) -> "psycopg.Cursor[Row]":
        cursor = psycopg.Cursor(self._raw)
        return cursor.execute(statement, parameters, prepare=True, binary=True)

    def _say(self, words: Sequence[str]) -> None:
        for word in words:
            psycopg.Cursor(self._raw).execute(word, prepare=False)


class _Words:
    def __init__(self, begin: str, end: str, *undo: str, lazily: Sequence[str] = ()) -> None:
        self.begin, self.end, self.undo, self.lazily = (begin,), (end,), undo, lazily


OWN = _Words("BEGIN", "COMMIT", "ROLLBACK", lazily=["SET LOCAL synchronous_commit = off"])
NESTED = _Words("SAVEPOINT mail", "RELEASE SAVEPOINT mail", "ROLLBACK TO SAVEPOINT mail", "RELEASE SAVEPOINT mail")


@contextmanager
def connections(count: int) -> "Iterator[list[psycopg.Connection[Any]]]":
    """So many connections beside Django's."""
    with ExitStack() as opened:
        yield [opened.enter_context(_own_connection()) for _ in range(count)]


@contextmanager
def _own_connection() -> "Iterator[psycopg.Connection[Any]]":
    """A connection beside Django's, with its settings. Closing it takes back whatever was not committed."""
    wrapper = connection.copy()
    wrapper.connect()
    raw = wrapper.connection
    raw.prepare_threshold = 0
    raw.execute("SET plan_cache_mode = force_generic_plan")  # planning anew would take longer than the work itself
    raw.execute("SET enable_hashjoin = off")  # a few rows by their keys: no plan is to read a whole table for them
    try:
        yield raw
    finally:
        wrapper.close()
