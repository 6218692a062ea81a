"""The one running `manage.py up` of a checkout: its lock, its port, and what others may know of it."""

import errno
import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from migration_planner.local.mail.catcher import LOOPBACK

#: How long the processes of a killed run may take to notice it and end.
GRACE_SECONDS = 20


class Refused(Exception):
    """This cannot be started now; the message says why, and what to do."""


@dataclass
class Reservation:
    """The right to be the running `up`. The children inherit the lock, so it is held until the last of them has ended."""

    home: Path
    listening: socket.socket
    lock: int
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    def tell(self, **facts: Any) -> None:
        """Write down what other commands may want to know: ports, and which processes belong to this run."""
        self.facts.update(facts)
        aside = self.home / "up.json.new"
        aside.write_text(json.dumps({"pid": os.getpid(), "port": self.port, **self.facts}))
        aside.rename(self.home / "up.json")

    def release(self) -> None:
        (self.home / "up.json").unlink(missing_ok=True)
        self.listening.close()
        os.close(self.lock)


def reserve(home: Path, port: int) -> Reservation:
    """Take the lock and the port, before anything is started. Raises Refused when either is taken."""
    home.mkdir(parents=True, exist_ok=True)
    lock = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock, home)
        reservation = Reservation(home, _listen(port), lock)
    except Refused:
        os.close(lock)
        raise
    reservation.tell()
    return reservation


def running(home: Path) -> dict[str, Any] | None:
    """What the running `up` has written down; None when none runs."""
    facts = _facts(home)
    return facts if facts and _alive(facts["pid"], "up") else None


def _take(lock: int, home: Path) -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if now_running := running(home):
            address = f"http://{LOOPBACK}:{now_running['port']}/local/"
            raise Refused(f"Migration Planner runs already: {address} - stop it there with Ctrl-C, or use it.")
        if time.monotonic() > deadline:
            _end_left_over(home)
            deadline = time.monotonic() + GRACE_SECONDS
        time.sleep(0.2)


def _end_left_over(home: Path) -> None:
    """Children of a killed run that did not end by themselves. Numbers are reused, so each is looked at twice."""
    for pid, started in (_facts(home) or {}).get("children", []):
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if abs(process.create_time() - started) < 1:
                process.kill()


def _listen(port: int) -> socket.socket:
    """Bind the port here and hand it to the web server: between looking and starting nobody can take it."""
    another = f"Choose another: PORT={port % 60_000 + 1} make run"
    try:
        return socket.create_server((LOOPBACK, port), backlog=512)
    except OverflowError:
        raise Refused(f"{port} is no port. {another}") from None
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise Refused(f"Port {port} on {LOOPBACK} {why}. {another}") from None


def _facts(home: Path) -> dict[str, Any] | None:
    try:
        facts: dict[str, Any] = json.loads((home / "up.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return facts


def _alive(pid: int, word: str) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and word in process.cmdline()
    except psutil.Error:
        return False
