"""A message as bytes: seven bits all the way, so that no line is long and no server on the way has to change anything.

Python's email package parses or folds every header it is given; here they are made right, and it would take most of the time
that composing a mail takes. It is asked only where a header has to be folded.
"""

import base64
import binascii
from collections.abc import Mapping
from email import policy

POLICY = policy.compat32.clone(linesep="\r\n", mangle_from_=False)
#: From this share of bytes beyond ASCII on, base64 is the shorter, and quoted-printable no longer legible.
MANY = 0.16
ASCII = bytes(range(128))
LONGEST_LINE = 78
#: Neither base64 nor quoted-printable can contain these (RFC 2045, 6.7).
WORDS, WHOLE = "=_alternative", "=_mixed"
CALENDAR = "deadline.ics"


def message(headers: Mapping[str, str], *, text: str, html: str, calendar: bytes = b"") -> bytes:
    """One message with the same words as text and as HTML, and with a calendar file where there is one.

    Header values are one line each, or folded already.
    """
    head = "".join(_header(name, value) for name, value in {**headers, "MIME-Version": "1.0"}.items()).encode("ascii")
    kind, body = _together("alternative", WORDS, _words(text, "plain"), _words(html, "html"))
    if calendar:
        kind, body = _together("mixed", WHOLE, kind + body, _calendar(calendar))
    return head + kind + body


def _together(subtype: str, boundary: str, *parts: bytes) -> tuple[bytes, bytes]:
    """Several parts as one: its header with the empty line that ends all headers, and its body."""
    kind = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")
    begin = f"--{boundary}\r\n".encode("ascii")
    return kind, b"".join(begin + part for part in parts) + f"--{boundary}--\r\n".encode("ascii")


def _words(words: str, subtype: str) -> bytes:
    encoding, body = _encoded(words.replace("\r\n", "\n").encode())
    return _lines(f'Content-Type: text/{subtype}; charset="utf-8"', encoding, "") + body


def _calendar(raw: bytes) -> bytes:
    kind = f'Content-Type: text/calendar; charset="utf-8"; method=PUBLISH;\r\n name="{CALENDAR}"'
    where = f'Content-Disposition: attachment; filename="{CALENDAR}"'
    return _lines(kind, where, "Content-Transfer-Encoding: base64", "") + base64.encodebytes(raw).replace(
        b"\n", b"\r\n"
    )


def _header(name: str, value: str) -> str:
    if "\n" in value or (value.isascii() and len(name) + len(value) + 2 <= LONGEST_LINE):
        lines = value.replace("\r\n", "\n").replace("\n", "\r\n")
        return f"{name}: {lines}\r\n"
    return POLICY.fold(name, value)


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _encoded(raw: bytes) -> tuple[str, bytes]:
    """The header that names the encoding, and the encoded words, which end with a line end."""
    beyond = len(raw.translate(None, delete=ASCII))
    if beyond > len(raw) * MANY:
        body = base64.encodebytes(raw.replace(b"\n", b"\r\n"))
        return "Content-Transfer-Encoding: base64", body.replace(b"\n", b"\r\n")
    body = binascii.b2a_qp(raw).replace(b"\n", b"\r\n")
    return "Content-Transfer-Encoding: quoted-printable", body if body.endswith(b"\r\n") else body + b"\r\n"
