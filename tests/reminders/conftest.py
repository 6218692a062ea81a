"""A mail server on loopback that answers as it is told, and a clock to walk through the days."""

import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.db.models import Min


class Mailbox:
    """What the server took, and what it is to answer: `at_rcpt` and `at_data` map a recipient to an answer or an act."""

    def __init__(self) -> None:
        self.raw: list[tuple[str, bytes]] = []
        self.at_mail: str | None = None
        self.at_rcpt: dict[str, str] = {}
        self.at_data: dict[str, Callable[[Any], str]] = {}
        self.before_answer: Callable[[str], None] = lambda recipient: None
        #: What the server waits for before it answers RCPT, if anything.
        self.hesitate: Callable[[str], Awaitable[None]] | None = None

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _to, raw in self.raw]

    def to(self, person: Any) -> list[EmailMessage]:
        return [
            message_from_bytes(raw, policy=policy.default) for recipient, raw in self.raw if recipient == person.email
        ]

    def subjects(self, person: Any) -> list[str]:
        return [str(message["Subject"]) for message in self.to(person)]

    def clear(self) -> None:
        self.raw.clear()

    def keep(self, envelope: Any) -> str:
        self.raw.append((envelope.rcpt_tos[0], bytes(envelope.original_content)))
        return f"250 2.0.0 Ok: queued as {len(self.raw):06X}"


class Handler:
    """What aiosmtpd asks. Apart from the mailbox, because for every connection it reads all attributes of its handler."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self._box.at_mail:
            return self._box.at_mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self._box.hesitate:
            await self._box.hesitate(address)
        if answer := self._box.at_rcpt.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        recipient = envelope.rcpt_tos[0]
        if act := self._box.at_data.get(recipient):
            return act((server, envelope))
        self._box.before_answer(recipient)
        return self._box.keep(envelope)


class Server(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, enable_SMTPUTF8=False, ident="test", hostname="localhost")  # asks no name server


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    server = Server(Handler(box), hostname="127.0.0.1", port=_free_port())
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield box
    server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def walk() -> Callable[..., None]:
    """Let the clock tick for some days, once a day; between, what falls due is sent as by the sender: walk(start, days=3)."""
    from migration_planner.reminders.models import Mail
    from migration_planner.reminders.outbox import drain
    from migration_planner.reminders.ticking import tick

    def go(start: datetime, *, days: float) -> None:
        moment, ticks, end = start, start, start + timedelta(days=days)
        while moment < end:
            if moment >= ticks:
                tick(now=moment)
                ticks = moment + timedelta(days=1)
            else:
                drain(now=moment)
            due = Mail.objects.waiting().filter(not_before__gt=moment).aggregate(first=Min("not_before"))["first"]
            moment = min(due or end, ticks)

    return go
