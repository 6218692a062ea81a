"""Pages about mail are tested over mail that went to a server."""

from tests.reminders.conftest import mailbox, walk

__all__ = ["mailbox", "walk"]
