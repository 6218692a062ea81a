"""A message as bytes: seven bits all the way, so that no line is long and no server on the way has to change anything.

Python's email package parses or folds every header it is given; here they are made right, and it would take most of the time
that composing a mail takes. It is asked only where a header has to be folded.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from email import policy

POLICY = policy.compat32.clone(linesep="\r\n", mangle_from_=False)
#: From this share of bytes beyond ASCII on, base64 is the shorter, and quoted-printable no longer legible.
MANY = 0.16
ASCII = bytes(range(128))
LONGEST_LINE = 78
#: Neither base64 nor quoted-printable can contain this (RFC 2045, 6.7).
BOUNDARY = "=_alternative"


def message(headers: Mapping[str, str], *, text: str, html: str) -> bytes:
    """One message with the same words as text and as HTML. Header values are one line each, or folded already."""
    kind = {"MIME-Version": "1.0", "Content-Type": f'multipart/alternative;\r\n boundary="{BOUNDARY}"'}
    head = "".join(_header(name, value) for name, value in {**headers, **kind}.items())
    parts = b"".join(_part(words, subtype) for words, subtype in ((text, "plain"), (html, "html")))
    return b"%b\r\n%b--%b--\r\n" % (head.encode("ascii"), parts, BOUNDARY.encode())


def _header(name: str, value: str) -> str:
    if "\n" in value or (value.isascii() and len(name) + len(value) + 2 <= LONGEST_LINE):
        lines = value.replace("\r\n", "\n").replace("\n", "\r\n")
        return f"{name}: {lines}\r\n"
    return POLICY.fold(name, value)


def _part(words: str, subtype: str) -> bytes:
    encoding, body = _encoded(words.replace("\r\n", "\n").encode())
    return b"".join(_lines(f"--{BOUNDARY}", f'Content-Type: text/{subtype}; charset="utf-8"', encoding, "")) + body


def _lines(*lines: str) -> Iterator[bytes]:
    for line in lines:
        yield f"{line}\r\n".encode("ascii")


def _encoded(raw: bytes) -> tuple[str, bytes]:
    """The header that names the encoding, and the encoded words, which end with a line end."""
    beyond = len(raw.translate(None, delete=ASCII))
    if beyond > len(raw) * MANY:
        body = base64.encodebytes(raw.replace(b"\n", b"\r\n"))
        return "Content-Transfer-Encoding: base64", body.replace(b"\n", b"\r\n")
    body = binascii.b2a_qp(raw).replace(b"\n", b"\r\n")
    return "Content-Transfer-Encoding: quoted-printable", body if body.endswith(b"\r\n") else body + b"\r\n"
