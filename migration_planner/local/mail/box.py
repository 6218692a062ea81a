"""Where caught mail lies: a maildir, one file for each recipient, the newest name sorting first.

The recipient's address is part of the file's name, so that finding somebody's mail reads no mail at all.
"""

import os
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import quote, unquote

#: What a file's name may look like: an instant in nanoseconds, something unique, the recipient.
NAME = re.compile(r"\d{19}\.[0-9a-f]{12}\.[A-Za-z0-9%@._~-]{1,200}")
PAGE = 50
PARSER = BytesParser(policy=policy.default)


@dataclass(frozen=True)
class Line:
    """One mail in the list."""

    name: str
    recipient: str
    sender: str
    subject: str
    caught_at: datetime


class Box:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, recipient: str, content: bytes) -> None:
        """Store one mail whole or not at all: it is written aside and then moved to where it is seen."""
        for part in ("tmp", "new", "cur"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        address = quote(recipient.lower(), safe="@")[-200:].lstrip("%")
        name = f"{time.time_ns():019}.{secrets.token_hex(6)}.{address or '-'}"
        aside = self.folder / "tmp" / name
        with aside.open("wb") as file:
            file.write(content)
        aside.rename(self.folder / "new" / name)

    def names(self, *, recipient: str = "", before: str = "") -> list[str]:
        """Names of the newest mails, one page and one more; only those older than the name `before`."""
        wanted = quote(recipient.strip().lower(), safe="@")
        try:
            found = [entry.name for entry in os.scandir(self.folder / "new") if NAME.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        kept = (name for name in found if wanted in _address(name) and (not before or name < before))
        return sorted(kept, reverse=True)[: PAGE + 1]

    def read(self, name: str) -> EmailMessage | None:
        """The mail of that name; None when there is none, or when this is no name of ours."""
        if not NAME.fullmatch(name):
            return None
        try:
            with (self.folder / "new" / name).open("rb") as file:
                return PARSER.parse(file)
        except FileNotFoundError:
            return None

    def line(self, name: str) -> Line:
        mail = self.read(name) or EmailMessage()
        subject, sender = (str(mail.get(header, "")) for header in ("Subject", "From"))
        caught_at = datetime.fromtimestamp(int(name[:19]) / 1_000_000_000, UTC)
        return Line(name, unquote(_address(name)), sender, subject, caught_at)


def _address(name: str) -> str:
    return name.split(".", 2)[2]
