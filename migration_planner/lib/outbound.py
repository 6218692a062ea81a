"""Posting to an address that somebody typed in, so that it cannot be turned against our own network.

Over TLS, to public addresses alone. They are looked at in the moment of connecting, and the connection goes to the very
address that was looked at: a name that leads elsewhere a second later gains nothing. Redirects are never followed.
In local mode it is the other way round: nothing leaves the machine.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

#: So long a connection, and then the whole answer, may take; and so much of an answer is read.
CONNECT_SECONDS, ANSWER_SECONDS, MOST_BYTES = 4.0, 8.0, 65_536
LONGEST = 2_000
#: Addresses that carry an IPv4 address inside, which is what they lead to.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenError(Exception):
    """An address that may not be called, for a reason that does not pass by itself. Its text is a word from us, untranslated."""


class UnreachableError(Exception):
    """No connection, or no whole answer in time. Its text says what came instead."""


@dataclass(frozen=True)
class Answer:
    """What was said: the code of HTTP, and the beginning of the body."""

    status: int
    body: bytes


def split(url: str, *, local: bool) -> SplitResult:
    """The parts of an address that may be called. Raises ForbiddenError."""
    if len(url) > LONGEST or not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise ForbiddenError("not an address")
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise ForbiddenError("not an address") from None
    if not parts.hostname or "@" in parts.netloc:
        raise ForbiddenError("not an address")
    if local:
        if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname):
            raise ForbiddenError("leads away from this machine")
    elif parts.scheme != "https" or port not in (None, 443):
        raise ForbiddenError("not https")
    return parts


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_be_called(address: str, *, local: bool) -> bool:
    """Whether an IP address is a public one; in local mode, whether it is this machine."""
    found = _inner(ipaddress.ip_address(address.partition("%")[0]))
    if local:
        return found.is_loopback
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_loopback)


def _inner(address: Address) -> Address:
    """The IPv4 address inside of an IPv6 address that is but a wrapping of one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if wrapped is None and address in NAT64:
        wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return wrapped or address


class Call:
    """One POST: connected, then said, then answered; apart, so that the caller can look again before it speaks."""

    def __init__(self, connection: "_Checked") -> None:
        self._connection = connection

    def say(self, body: bytes, url: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Hand the words over; returns before anything is answered. Of `url` the path alone counts, which may be signed by now.

        Raises UnreachableError.
        """
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        own = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "MigrationPlanner"}
        try:
            self._connection.request("POST", target, body, {**own, **(headers or {})})
        except (OSError, HTTPException) as error:
            raise UnreachableError(_words(error)) from None

    def hear(self) -> Answer:
        """The answer, a redirect too. Raises UnreachableError."""
        end = monotonic() + ANSWER_SECONDS
        try:
            answer = self._connection.getresponse()
            body = b""
            while len(body) < MOST_BYTES and (some := answer.read1(4096)):
                body += some
                if monotonic() > end:
                    raise UnreachableError("the answer took too long")
        except (OSError, HTTPException, ValueError) as error:
            raise UnreachableError(_words(error)) from None
        return Answer(answer.status, body)


@contextmanager
def call(url: str, *, local: bool) -> Iterator[Call]:
    """A connection to `url`, ready to speak. Raises ForbiddenError and UnreachableError."""
    parts = split(url, local=local)
    connection = _Checked(parts, local=local)
    try:
        try:
            connection.connect()
        except (OSError, UnicodeError) as error:
            raise UnreachableError(_words(error)) from None
        yield Call(connection)
    finally:
        connection.close()


class _Checked(HTTPConnection):
    """A connection to an address that was looked at; with TLS, verified against the name, where the address says https."""

    def __init__(self, parts: SplitResult, *, local: bool) -> None:
        host, with_tls = parts.hostname or "", parts.scheme == "https"
        super().__init__(host, parts.port or (443 if with_tls else 80), timeout=CONNECT_SECONDS)
        self.default_port = 443 if with_tls else 80  # what is not to be repeated in the Host header
        self._local = local
        self._tls = ssl.create_default_context() if with_tls else None

    def connect(self) -> None:
        self.sock = self._open()
        if self._tls:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(ANSWER_SECONDS)

    def _open(self) -> socket.socket:
        """To the first allowed address that answers."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        allowed = [each for each in found if may_be_called(str(each[4][0]), local=self._local)]
        if not allowed:
            raise ForbiddenError("leads to no public address")
        last: OSError | None = None
        end = monotonic() + CONNECT_SECONDS
        for family, kind, protocol, _name, address in allowed:
            try:
                return _connected(socket.socket(family, kind, protocol), address, end - monotonic())
            except OSError as error:
                last = error
        raise last or TimeoutError


def _connected(opened: socket.socket, address: Any, seconds: float) -> socket.socket:
    try:
        opened.settimeout(max(seconds, 0.1))
        opened.connect(address)
    except BaseException:
        opened.close()
        raise
    return opened


def _words(error: Exception) -> str:
    """What went wrong, without the address: it is a secret."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "the name is not known"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or 'broken'}"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
