"""The embedded PostgreSQL of local mode: one cluster for each checkout, started by whoever comes first.

Everyone who uses the cluster holds a shared file lock. The operating system drops that lock when a process ends, however
it ends, so the last one out can tell that it is the last. Whoever starts the server starts a keeper beside it (see
keeper.py), which stops the server when its last user was killed and could not.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from migration_planner.local.server import PORT, SUPERUSER, Server

DATABASE = "migration_planner"
KEEPER = "migration_planner.local.keeper"
KEEPER_END_SECONDS = 5
TRIES = 3
PACKAGE = Path(__file__).resolve().parents[2]


class Cluster:
    """One PostgreSQL data folder and the right to use it until `leave`."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        """`home` holds the data folder and its locks. `durable=False` trades safety after a power cut for speed (tests)."""
        self.home = home.resolve()
        self.server = Server(self.home, durable=durable)
        self._in_use: int | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def join(self) -> str:
        """Start the cluster, or join it where it runs, and return the address of the product's database."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if self._in_use is None:
                self._in_use = _lock_file(self.home / "postgres.users", fcntl.LOCK_SH)
            self._ensure_keeper()
            self._start()
        return self.address(DATABASE)

    def leave(self) -> None:
        """Let go; stop the cluster when nobody else uses it."""
        if self._in_use is None:
            return
        with self._alone():
            os.close(self._in_use)
            self._in_use = None
            if self._stop_if_unused():
                self._dismiss_keeper()

    def keep(self, keeper: int) -> bool:
        """One look of the keeper, whose lock is `keeper`: stop an unused server. True when there is nothing left to keep.

        The keeper's lock is given back before anybody else may start the server, and would rely on this keeper.
        """
        try:
            start = _lock_file(self.home / "postgres.start", fcntl.LOCK_EX | fcntl.LOCK_NB, make=False)
        except FileNotFoundError:
            return True  # the folder was removed
        except BlockingIOError:
            return False
        try:
            stopped = self._stop_if_unused()
            if stopped:
                os.close(keeper)
            return stopped
        finally:
            os.close(start)

    def address(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={self.server.socket}&port={PORT}"

    def _start(self) -> None:
        for _ in range(TRIES):
            self.server.start()
            with suppress(psycopg.OperationalError):  # it was killed just now, and looked alive
                return self._ensure_database()
            time.sleep(0.2)
        self.server.start()
        return self._ensure_database()

    def _stop_if_unused(self) -> bool:
        try:
            users = _lock_file(self.home / "postgres.users", fcntl.LOCK_EX | fcntl.LOCK_NB, make=False)
        except FileNotFoundError:
            return True  # the folder was removed
        except BlockingIOError:
            return False
        try:
            self.server.stop()
        finally:
            os.close(users)
        return True

    def _ensure_keeper(self) -> None:
        with suppress(BlockingIOError):
            os.close(_lock_file(self.home / "postgres.keeper", fcntl.LOCK_EX | fcntl.LOCK_NB))
            self._keeper = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", KEEPER, str(self.home)],
                cwd=PACKAGE, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def _dismiss_keeper(self) -> None:
        """Nothing is left to keep. It would see that by itself at its next look, but nobody should have to wait for that."""
        for keeper in self._keepers():
            with suppress(psutil.Error):
                keeper.terminate()
                keeper.wait(KEEPER_END_SECONDS)
        if self._keeper is not None:
            self._keeper.poll()
            self._keeper = None

    def _keepers(self) -> Iterator[psutil.Process]:
        """The one we started, which may not have its lock yet, and the one that wrote its number beside the lock."""
        numbers = {self._keeper.pid} if self._keeper else set()
        with suppress(OSError, ValueError):
            numbers.add(int((self.home / "postgres.keeper").read_text()))
        for number in numbers:
            with suppress(psutil.Error):
                process = psutil.Process(number)
                if process.cmdline()[-2:] == [KEEPER, str(self.home)]:
                    yield process

    def _ensure_database(self) -> None:
        with psycopg.connect(self.address(SUPERUSER), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Starting and stopping are done by one process at a time."""
        lock = _lock_file(self.home / "postgres.start", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(lock)


def _lock_file(path: Path, how: int, *, make: bool = True) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if make else 0), 0o600)
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        os.close(handle)
        raise
    return handle
