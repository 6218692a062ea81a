"""Sending a report to the application, when asked: encrypted or on this machine only, and to nowhere else."""

from __future__ import annotations

import ipaddress
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from . import VERSION
from .problems import ScanError
from .report import Report

SECONDS = 30
ANSWER = 64_000


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A report and its token go to the address that was given, or nowhere."""

    def redirect_request(self, *_words: Any, **_more: Any) -> None:
        return None


def payload(report: Report) -> bytes:
    """Exactly what is sent."""
    return json.dumps(report.as_dict(), ensure_ascii=True, indent=1).encode("ascii")


def check_address(url: str) -> None:
    """Raises ScanError unless it is https, or http to this very machine, without a user or password in it."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ScanError(f"{url!r} is not an address.") from error
    if parts.username or parts.password:
        raise ScanError("The address holds a user or password; give the token by --token or MIGRATION_SCAN_TOKEN.")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        raise ScanError("Reports are sent by https only; http works to this machine alone (127.0.0.1).")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def send(data: bytes, url: str, token: str) -> str:
    """POST the report. Returns what the application says. Raises ScanError when it does not take it."""
    check_address(url)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "User-Agent": f"migration-planner-scan/{VERSION}",
    }
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ScanError("Sending needs the token of the team: --token T, or the variable MIGRATION_SCAN_TOKEN.")
    request = urllib.request.Request(url, data=data, headers=headers, method="POST")  # noqa: S310 - checked above
    handlers: list[Any] = [_NoRedirect()]
    if _is_loopback(urlsplit(url).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=SECONDS) as answer:
            return str(answer.read(ANSWER).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        raise ScanError(
            f"The application answered {error.code} and did not take the report.{_said(error) or _hint(error.code)}"
        ) from error
    except (OSError, ValueError) as error:
        raise ScanError(f"The report could not be sent: {error}.") from error


def _said(error: urllib.error.HTTPError) -> str:
    """What the application says about it, in one line without anything that a terminal would obey."""
    try:
        detail = json.loads(error.read(ANSWER).decode("utf-8"))["detail"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f" {''.join(letter for letter in detail if letter.isprintable())[:1000]}" if isinstance(detail, str) else ""


def _hint(code: int) -> str:
    if 300 <= code < 400:
        return " It points elsewhere; a report follows no redirection. Give the final address."
    return " Check the token." if code in (401, 403) else ""
