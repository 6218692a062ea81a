"""Handing a frozen message to the mail server, and telling apart whose fault a refusal is.

One connection is kept for as long as mails go. `smtplib` is driven command by command: what a refusal means depends on the
command that met it (RFC 5321, 4.2 and 4.3.2).
"""

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache, lru_cache
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

#: At RCPT, these say that we may not send at all, not that the address is bad (RFC 4954, 6).
NOT_ALLOWED_TO_SEND = {530, 534, 535, 538}
#: Begins what is kept of a lane that was closed without an answer of the server.
NO_ANSWER = "no answer: "
SECONDS = 10
#: An answer that has not come by then is slow.
SLOW_MS = 50
WAITS = 354
#: What MAIL, RCPT and DATA hope for.
HOPED = ({250}, {250, 251}, {WAITS})
Reply = tuple[int, bytes]
Act = Callable[[], None]
#: In a command these would begin another one.
CONTROL = re.compile(r"[\x00-\x20\x7f<>]")
#: A line that begins with a dot would end the message (RFC 5321, 4.5.2).
LEADING_DOT = b"\n."
#: Before it the server has taken nothing (RFC 5321, 4.1.1.4).
END = b".\r\n"


def nothing() -> None:
    """What is done where nothing is to be done."""


@dataclass(frozen=True)
class Answer:
    """What the server said in the end: its code and words, and whether the message may have arrived all the same."""

    code: int | None
    text: str
    at_address: bool = False
    unsure: bool = False

    @property
    def accepted(self) -> bool:
        return self.code is not None and 200 <= self.code < 300

    @property
    def for_good(self) -> bool:
        return self.code is not None and self.code >= 500

    @property
    def queue_id(self) -> str:
        """Servers name the message they took at the end of their words: "2.0.0 Ok: queued as 4Bx1"."""
        return self.text.split()[-1][:200] if self.accepted and "queued as" in self.text.lower() else ""


class LaneClosedError(Exception):
    """The server takes nothing from us just now: no mail is to blame, and none is tried."""


class Lane:
    """One way out: a connection that is opened with the first message and kept until the end."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None
        self._dirty = False
        #: To whom the server was asked already to take the next message.
        self._asked = ""

    def __enter__(self) -> "Lane":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(
        self,
        address: str,
        raw: bytes,
        following: str | None = None,
        *,
        ahead: Act = nothing,
        meanwhile: Act = nothing,
        slow: Act = nothing,
    ) -> Answer:
        """Hand over one message. Raises LaneClosedError when the server refuses us rather than the message.

        `following`: to whom the next one goes, if that is known; a server that pipelines is asked for it right behind the words
        (RFC 2920, 3.1). `ahead` is called before the dot that ends the words; if that fails, the server takes nothing.
        `meanwhile` is called behind that dot, while the server works, and must not fail. `slow` is called while we wait for an
        answer that does not come soon, be it before the words or after them.
        """
        try:
            recipient = _ascii(address)
        except UnicodeError:
            return Answer(553, "5.1.3 No mail server can be asked for this address.", at_address=True)
        try:
            return self._envelope(recipient, slow) or self._words(raw, following, ahead, meanwhile, slow)
        except LaneClosedError:
            raise
        except BaseException:
            self._drop()  # without the final dot the server forgets the message (RFC 5321, 4.1.1.4)
            raise

    def _words(self, raw: bytes, following: str | None, ahead: Act, meanwhile: Act, slow: Act) -> Answer:
        smtp = self._smtp
        assert smtp is not None  # noqa: S101 - it has just said that it waits
        try:
            smtp.send(_stuffed(raw))
            asked = self._ask(smtp, following)
            ahead()
            smtp.send(END + asked)
            meanwhile()
            code, text = _reply(smtp, slow)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(None, f"{type(error).__name__}: {error}", unsure=True)
        self._dirty = code != 250
        if self._dirty and self._asked:
            self._drop()  # it waits for the next message, which is not to go at once
        return Answer(code, _text(text))

    def _envelope(self, recipient: str, slow: Act) -> Answer | None:
        """Name sender and recipient. None when the server waits for the words, else its refusal.

        A kept connection that went stale is opened anew, once: no words have gone yet.
        """
        kept = self._smtp is not None
        try:
            smtp = self._ready(recipient)
            return self._refusal(smtp, self._talk(smtp, recipient, slow))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            if kept and getattr(error, "smtp_code", 421) == 421:
                return self._envelope(recipient, slow)
            raise LaneClosedError(said(error)) from error

    def _ask(self, smtp: smtplib.SMTP, following: str | None) -> bytes:
        """The commands for the next message, where they may go along with the words of this one."""
        with suppress(UnicodeError):
            if following and smtp.has_extn("pipelining"):
                self._asked = _ascii(following)
                return _commands(self._asked)
        return b""

    def _ready(self, recipient: str) -> smtplib.SMTP:
        if self._asked not in ("", recipient):
            self._drop()  # the server waits for a message that does not come
        smtp = self._smtp or self._open()
        if self._dirty:
            smtp.rset()
            self._dirty = False
        return smtp

    def _talk(self, smtp: smtplib.SMTP, recipient: str, slow: Act) -> list[Reply]:
        """Sender, recipient and the wish to send words: at once where the server allows it (RFC 2920), else one by one."""
        if smtp.has_extn("pipelining"):
            was_asked, self._asked = bool(self._asked), ""
            if not was_asked:
                smtp.send(_commands(recipient))
            return [_reply(smtp, slow) for _ in HOPED]
        replies: list[Reply] = []
        for command, hoped in zip(_commands(recipient).decode().splitlines(), HOPED, strict=True):
            smtp.putcmd(command)
            replies.append(_reply(smtp, slow))
            if replies[-1][0] not in hoped:
                break
        return replies

    def _refusal(self, smtp: smtplib.SMTP, replies: list[Reply]) -> Answer | None:
        """The first reply that is not what its command hopes for, and whom it is about."""
        refused = [place for place, reply in enumerate(replies) if reply[0] not in HOPED[place]]
        if not refused:
            return None
        place, (code, text) = refused[0], replies[refused[0]]
        if replies[-1][0] == WAITS:  # it waits for words although nobody is to get them (RFC 2920, 3.1)
            smtp.docmd(".")
        if place == 0 or code == 421 or code in NOT_ALLOWED_TO_SEND:
            raise smtplib.SMTPResponseException(code, _text(text))
        self._dirty = True
        return Answer(code, _text(text), at_address=place == 1)

    def _open(self) -> smtplib.SMTP:
        # Our name is said, not looked up: a slow name server must not hold up the mail.
        how: dict[str, Any] = {
            "timeout": settings.EMAIL_TIMEOUT or SECONDS,
            "local_hostname": urlsplit(settings.BASE_URL).hostname,
        }
        where = settings.EMAIL_HOST, settings.EMAIL_PORT
        smtp: smtplib.SMTP
        if settings.EMAIL_USE_SSL:
            smtp = smtplib.SMTP_SSL(*where, context=ssl.create_default_context(), **how)
        else:
            smtp = smtplib.SMTP(*where, **how)
        self._smtp = smtp
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        if smtp.sock is not None:
            smtp.file = Reading(smtp.sock)
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot follows its words at once
        return smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp, self._dirty, self._asked = None, False, ""

    def _close(self) -> None:
        """Say goodbye; a server that is gone already hears none."""
        if self._asked:
            self._drop()
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()
            self._smtp = None


def _commands(recipient: str) -> bytes:
    """Sender, recipient and the wish to send words."""
    return f"MAIL FROM:<{_sender()}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode("ascii")


def _stuffed(raw: bytes) -> bytes:
    first = b"." if raw.startswith(b".") else b""
    return first + raw.replace(LEADING_DOT, LEADING_DOT + b".")


class Reading:
    """What the server said, line by line, as smtplib reads it; and whether some of it is here already."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._kept = sock, b""
        self._waiting = select.poll()
        self._waiting.register(sock, select.POLLIN)

    def short(self) -> Reply | None:
        """A reply of one line that is here already; None for any other, which smtplib reads."""
        line, end, rest = self._kept.partition(b"\r\n")
        if not end or line[3:4] != b" " or not line[:3].isdigit():
            return None
        self._kept = rest
        return int(line[:3]), line[4:].strip()

    def readline(self, most: int) -> bytes:
        while b"\n" not in self._kept and len(self._kept) < most and (more := self._sock.recv(4096)):
            self._kept += more
        line = self._kept[: min(self._kept.find(b"\n") + 1 or most, most)]
        self._kept = self._kept[len(line) :]
        return line

    def comes_soon(self) -> bool:
        if self._kept or (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()):
            return True
        return bool(self._waiting.poll(SLOW_MS))

    def close(self) -> None:
        """The socket is closed by whoever opened it."""


def _reply(smtp: smtplib.SMTP, slow: Act) -> Reply:
    if isinstance(smtp.file, Reading):
        if not smtp.file.comes_soon():
            slow()
        if reply := smtp.file.short():
            return reply
    return smtp.getreply()


@lru_cache(maxsize=256)
def _ascii(address: str) -> str:
    """The address with its domain as the mail system knows it (RFC 5891). UnicodeError where it has no such form."""
    if CONTROL.search(address):
        raise UnicodeError(f"{address!r} would be more than one line")
    local, _at, domain = address.rpartition("@")
    return f"{local.encode('ascii').decode()}@{_domain(domain)}"


@lru_cache(maxsize=1024)
def _domain(domain: str) -> str:
    return domain.encode("idna").decode()


def _sender() -> str:
    return _address_in(settings.DEFAULT_FROM_EMAIL)


@cache
def _address_in(words: str) -> str:
    return parseaddr(words)[1]


def said(error: Exception) -> str:
    """What closed the lane, as a line to keep: the server's code and words, or what went wrong before it spoke."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return f"{NO_ANSWER}{getattr(error, 'strerror', None) or error or type(error).__name__}"


def _text(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
