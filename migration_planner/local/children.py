"""The processes of a running `up`: started, watched, started again when they die, ended in order."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

#: A process that dies this often within the window has a fault that starting again does not mend.
TRIES, WINDOW_SECONDS = 3, 60
END_SECONDS = 15
TAIL_LINES = 25


class Hopeless(Exception):
    """A process dies again and again; the message shows the end of its log."""


@dataclass
class Child:
    name: str
    command: list[str]
    log: Path
    inherits: tuple[int, ...]
    process: subprocess.Popen[bytes] | None = None
    started: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.started.append(time.monotonic())
        wrapped = [
            sys.executable,
            "-m",
            "migration_planner.local.child",
            str(os.getpid()),
            sys.executable,
            *self.command,
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own programs
                wrapped, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=self.inherits,
                start_new_session=True,  # Ctrl-C goes to `up` alone, which ends the others in order
            )  # fmt: skip

    def died(self) -> int | None:
        """The exit code of a process that should be running; None while it runs."""
        return self.process.poll() if self.process else None

    def revive(self) -> str:
        """Start a dead process again and say so. Raises Hopeless when that does not help."""
        what = (
            f"The {self.name} process ended by itself ({_cause(self.died())}). The end of {self.log}:\n{self._tail()}"
        )
        since = time.monotonic() - WINDOW_SECONDS
        self.started = [moment for moment in self.started if moment > since]
        if len(self.started) >= TRIES:
            raise Hopeless(f"{what}\nIt did so {TRIES} times within a minute, so everything is stopped.")
        self.start()
        return f"{what}\nIt was started again."

    def ask_to_end(self) -> None:
        """Once: a second time would make Celery drop what it has in hand."""
        if self.process is not None and self.died() is None:
            self.process.terminate()

    def wait_for_end(self) -> None:
        """Give it a while; then end it."""
        if self.process is None:
            return
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join(f"  {line}" for line in lines)


def _cause(code: int | None) -> str:
    return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
