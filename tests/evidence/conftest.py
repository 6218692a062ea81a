from tests.reminders.conftest import mailbox

__all__ = ["mailbox"]
