"""An SMTP server on loopback that keeps what it is given. It lives in a thread of the command that needs it."""

import socket
from asyncio import AbstractServer
from collections.abc import Awaitable

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from migration_planner.local.mail.box import Box

LOOPBACK = "127.0.0.1"
LARGEST_BYTES = 30_000_000


class _Keep:
    def __init__(self, box: Box) -> None:
        self.box = box

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        for recipient in envelope.rcpt_tos:
            self.box.put(recipient, envelope.original_content or b"")
        return "250 Kept"


class Catcher(Controller):
    """A mail catcher on a free port; it ends with its process, or by `stop`."""

    def __init__(self, box: Box) -> None:
        self._listening = socket.create_server((LOOPBACK, 0))
        port = self._listening.getsockname()[1]
        super().__init__(
            _Keep(box), LOOPBACK, port, data_size_limit=LARGEST_BYTES, ident="Migration Planner keeps mail"
        )

    def _create_server(self) -> Awaitable[AbstractServer]:
        # A port that was only looked up might be somebody else's by the time it is bound; this one is bound already.
        return self.loop.create_server(self._factory_invoker, sock=self._listening)
