"""The processes of a scenario: started, killed, and ended by their own numbers."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from migration_planner.local.chaos.mailserver import Manner
from migration_planner.local.environment import ROOT

PYTHON = [sys.executable, "-W", "ignore"]
#: Whoever is started ends with whoever started it, be that killed (see local/child.py).
CHILD = [*PYTHON, "-m", "migration_planner.local.child"]
MANAGE = [*PYTHON, str(ROOT / "manage.py")]
SENDER = [*MANAGE, "send_loop", "--every", "1"]
START_SECONDS, END_SECONDS = 30, 40


class Process:
    def __init__(self, command: Sequence[str], log: Path, environment: dict[str, str]) -> None:
        self.command, self.log, self.environment = list(command), log, environment
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as file:
            self.popen = subprocess.Popen(  # noqa: S603 - our own programs
                child(self.command), cwd=ROOT, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL,
                stdout=file, stderr=file,
            )  # fmt: skip

    @property
    def runs(self) -> bool:
        return self.popen.poll() is None

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()

    def end(self) -> int | None:
        """Ask it to end, and end it when it does not. Its exit code, or None when it had to be killed."""
        if self.runs:
            self.popen.terminate()
        try:
            return self.popen.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


def child(command: Sequence[str]) -> list[str]:
    """The command as one that does not outlive us."""
    return [*CHILD, str(os.getpid()), *command]


class MailServer(Process):
    def __init__(self, folder: Path, manner: Manner) -> None:
        self.folder = folder
        command = [*PYTHON, "-m", "migration_planner.local.chaos.mailserver", str(folder), json.dumps(asdict(manner))]
        super().__init__(command, folder / "mailserver.log", {})
        wait_for(folder / "port")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{(self.folder / 'port').read_text()}"


@dataclass
class Senders:
    """Real send loops. Whoever is killed is started again at once."""

    folder: Path
    environment: dict[str, str]
    count: int
    #: What surrounds the first of them besides, for example a clock that is wrong.
    aside: Mapping[str, str] = field(default_factory=dict)
    kills: int = 0
    running: list[Process] = field(default_factory=list)

    def start(self) -> None:
        for number in range(self.count):
            around = {**self.environment, **(self.aside if number == 0 else {})}
            self.running.append(Process(SENDER, self.folder / f"sender-{number}.log", around))

    def kill_one(self, chance: random.Random) -> None:
        victim = chance.choice(self.running)
        victim.kill()
        self.kills += 1
        victim.start()

    def end_one(self, chance: random.Random) -> int | None:
        """A deploy: SIGTERM, and the next one comes. The exit code."""
        victim = chance.choice(self.running)
        code = victim.end()
        victim.start()
        return code

    def end(self) -> list[int | None]:
        for process in self.running:
            if process.runs:
                process.popen.terminate()
        return [process.end() for process in self.running]


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{path} did not appear.")
        time.sleep(0.05)
