"""A mail server on loopback that takes, refuses, defers, stalls and cuts, and writes down each message it took.

A process of its own: `python -m migration_planner.local.chaos.mailserver FOLDER '{"defer": 0.3}'`. It writes its port to
FOLDER/port, and for each message it took a line of JSON to FOLDER/taken. It ends on SIGTERM.
"""

import asyncio
import hashlib
import json
import os
import random
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ADDRESS = re.compile(rb"<([^>]*)>")
HEADER = re.compile(rb"^(Message-ID|Date): *(.*?)\r$", re.MULTILINE | re.IGNORECASE)
END = b"\r\n.\r\n"
HELLO, BYE, OK, GO = b"220 chaos ESMTP\r\n", b"221 Bye\r\n", b"250 OK\r\n", b"354 Go ahead\r\n"
GREYLISTED, NO_SUCH = b"451 4.7.1 Come back later\r\n", b"550 5.1.1 No such user\r\n"


@dataclass(frozen=True)
class Manner:
    """How the server behaves. Shares are of all messages; domains are lists of names."""

    seed: int = 1
    #: 451 at RCPT.
    defer: float = 0.0
    #: The message is taken, and the connection cut instead of the answer.
    cut: float = 0.0
    #: The message is taken, and no answer comes.
    stall: float = 0.0
    #: So long every answer to DATA takes.
    latency_ms: float = 0.0
    #: 451 and 550 at RCPT for all of a domain.
    deferred_domains: tuple[str, ...] = ()
    refused_domains: tuple[str, ...] = ()
    #: The message is on the disk before the server answers: with its 250 it takes responsibility (RFC 5321, 6.1).
    durable: bool = True
    #: 550 at MAIL FROM: we are not wanted. While the file FOLDER/refuse-us exists.
    refuses_us: bool = False


@dataclass
class Book:
    """What was taken. A line is with the operating system before the sender hears of it."""

    folder: Path
    durable: bool
    file: int = field(init=False)
    spool: int = field(init=False)

    def __post_init__(self) -> None:
        self.file = os.open(self.folder / "taken", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.spool = os.open(self.folder / "spool", os.O_WRONLY | os.O_CREAT, 0o644)

    def write(self, recipient: str, raw: bytes, began: float, how: str) -> None:
        named = {
            name.lower(): value.decode() for name, value in HEADER.findall(raw.partition(b"\r\n\r\n")[0] + b"\r\n")
        }
        line = {
            "to": recipient,
            "id": named.get(b"message-id", ""),
            "date": named.get(b"date", ""),
            "hash": hashlib.sha256(raw).hexdigest(),
            "began": began,
            "taken": time.time(),
            "how": how,
        }
        os.write(self.file, (json.dumps(line) + "\n").encode())
        if self.durable:
            os.pwrite(self.spool, raw, 0)  # one place will do: what is measured is the wait for the disk
            os.fdatasync(self.spool)


class Conversation(asyncio.Protocol):
    """One connection. Commands may come one by one or several at once (RFC 2920)."""

    def __init__(self, manner: Manner, book: Book, chance: random.Random) -> None:
        self.manner, self.book, self.chance = manner, book, chance
        self.buffer, self.recipient, self.began = b"", "", 0.0
        self.in_data = self.unwelcome = self.waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - as asyncio has it
        self.transport = transport
        transport.write(HELLO)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._go_on()

    def _go_on(self) -> None:
        """What came is answered in its order: nothing while the answer to a message is still to come."""
        while not self.waits and (self._message() if self.in_data else self._command()):
            pass

    def _command(self) -> bool:
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            return False
        self.buffer = rest
        self.transport.write(self._answer(line[:4].upper(), line))
        return True

    def _answer(self, verb: bytes, line: bytes) -> bytes:
        if verb == b"EHLO":
            return b"250-chaos\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
        if verb == b"MAIL":
            self.recipient, self.unwelcome = "", self._unwanted()
            return b"550 5.7.1 Not from you\r\n" if self.unwelcome else OK
        if verb in (b"RCPT", b"DATA") and self.unwelcome:
            return b"503 5.5.1 Say who you are first\r\n"
        if verb == b"RCPT":
            return self._at_recipient(ADDRESS.search(line))
        if verb == b"DATA" and not self.recipient:
            return b"554 5.5.1 No valid recipients\r\n"
        if verb == b"DATA":
            self.in_data, self.began = True, time.time()
            return GO
        if verb == b"QUIT":
            asyncio.get_running_loop().call_soon(self.transport.close)
            return BYE
        return OK

    def _unwanted(self) -> bool:
        return self.manner.refuses_us and (self.book.folder / "refuse-us").exists()

    def _at_recipient(self, found: "re.Match[bytes] | None") -> bytes:
        recipient = found[1].decode() if found else ""
        domain = recipient.rpartition("@")[2]
        if domain in self.manner.refused_domains:
            return NO_SUCH
        if domain in self.manner.deferred_domains or self._by_chance(self.manner.defer):
            return GREYLISTED
        self.recipient = recipient
        return OK

    def _message(self) -> bool:
        raw, end, rest = self.buffer.partition(END)
        if not end:
            return False
        self.buffer, self.in_data = rest, False
        how = (
            "cut" if self._by_chance(self.manner.cut) else "stalled" if self._by_chance(self.manner.stall) else "taken"
        )
        self.book.write(self.recipient, raw, self.began, how)
        self._conclude(how)
        return True

    def _conclude(self, how: str) -> None:
        self.waits = how != "taken" or bool(self.manner.latency_ms)
        if how == "cut":
            self.transport.abort()
        elif how == "taken" and self.manner.latency_ms:
            asyncio.get_running_loop().call_later(self.manner.latency_ms / 1000, self._accept)
        elif how == "taken":
            self._accept()

    def _accept(self) -> None:
        self.transport.write(b"250 2.0.0 Ok: queued as %08X\r\n" % self.chance.getrandbits(32))
        if self.waits:
            self.waits = False
            self._go_on()

    def _by_chance(self, share: float) -> bool:
        return bool(share) and self.chance.random() < share


async def serve(folder: Path, manner: Manner) -> None:
    book, chance = Book(folder, manner.durable), random.Random(manner.seed)  # noqa: S311 - to be repeated, not to be secret
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ending.set)
    server = await loop.create_server(lambda: Conversation(manner, book, chance), "127.0.0.1", 0)
    aside = folder / "port.new"
    aside.write_text(str(server.sockets[0].getsockname()[1]))
    aside.rename(folder / "port")
    await ending.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Manner(**json.loads(sys.argv[2]))))
