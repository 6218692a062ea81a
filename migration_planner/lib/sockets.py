"""Where an embedded PostgreSQL listens: a socket in the file system, and no port on any network."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

#: The name PostgreSQL gives its socket.
NAME = ".s.PGSQL.5432"
#: A socket's path has room for 107 bytes on Linux and 103 on macOS.
LONGEST = 103
#: Commas, blanks and the like have a meaning of their own somewhere between our URL and PostgreSQL's configuration.
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


def folder(data: Path) -> Path:
    """The folder of the socket that serves the data folder `data`: that folder itself wherever its path allows it."""
    if len(os.fsencode(data / NAME)) <= LONGEST and PLAIN.fullmatch(str(data)):
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()).resolve() / f"migration-planner-{digest}"
