"""`manage.py up` as a whole, in a checkout of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.local.processes import belonging_to, copy_of_the_checkout, free_port, get, own_folder, wait_until

pytestmark = pytest.mark.production
KEPT = ("PATH", "HOME", "LANG")
Up = subprocess.Popen[str]


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    with own_folder() as folder:
        yield copy_of_the_checkout(folder)


@pytest.fixture
def up(checkout: Path) -> Iterator[Callable[[int], Up]]:
    started: list[Up] = []

    def start(port: int) -> Up:
        started.append(manage(checkout, "up", PORT=str(port)))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def manage(checkout: Path, *arguments: str, **settings: str) -> Up:
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", *arguments], cwd=checkout, env={**environment, **settings},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def until_ready(process: Up) -> str:
    """What it said up to the line that tells where to go."""
    said = ""
    while "Ready:" not in said:
        line = process.stdout.readline()
        assert line, f"it ended before it was ready: {said}"
        said += line
    return said


def end(process: Up, how: signal.Signals = signal.SIGINT) -> str:
    process.send_signal(how)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


def facts(checkout: Path) -> dict[str, Any]:
    return json.loads((checkout / ".local" / "up.json").read_text())


def test_the_first_start_shows_where_to_go_and_ctrl_c_leaves_nothing_behind(
    checkout: Path, up: Callable[[int], Up]
) -> None:
    port = free_port()
    process = up(port)
    said = until_ready(process)
    assert "Demo:" in said
    assert re.search(rf"Ready: http://127\.0\.0\.1:{port}/local/ - step in as \w+", said)
    assert "Step in as" in get(port, "/local/")[2]
    assert get(port, "/readyz")[0] == 200
    assert get(port, "/static/web/app.css")[0] == 200
    assert "Stopped" in end(process)
    assert belonging_to(checkout) == []
    assert not (checkout / ".local" / "up.json").exists()


def test_the_second_start_takes_seconds_and_keeps_the_data(checkout: Path, up: Callable[[int], Up]) -> None:
    began = time.monotonic()
    process = up(free_port())
    said = until_ready(process)
    assert time.monotonic() - began < 40  # a few seconds on a machine that does nothing else
    assert "Demo:" not in said
    end(process, signal.SIGTERM)
    assert belonging_to(checkout) == []


def test_commands_beside_it_share_its_database_and_its_mail(checkout: Path, up: Callable[[int], Up]) -> None:
    port = free_port()
    until_ready(up(port))
    send = "from django.core.mail import send_mail; send_mail('Hello from beside', 'x', None, ['eve@acme.example'])"
    said, _ = manage(checkout, "shell", "-v0", "-c", send).communicate(timeout=60)
    assert not said.strip()
    assert "Hello from beside" in get(port, "/local/mail/?to=eve")[2]


def test_a_second_up_says_that_one_runs_already(checkout: Path, up: Callable[[int], Up]) -> None:
    port = free_port()
    until_ready(up(port))
    second = manage(checkout, "up", PORT=str(free_port()))
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert said.startswith(f"Migration Planner runs already: http://127.0.0.1:{port}/local/")
    assert get(port, "/livez")[0] == 200


def test_a_taken_port_is_said_before_anything_is_started(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path / "fresh")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = manage(checkout, "up", PORT=str(port))
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith(f"Port {port} on 127.0.0.1 is taken. Choose another: PORT=")
    assert not (checkout / ".local" / "postgres").exists()


@pytest.mark.parametrize("position", [0, 1, 2, 3], ids=["web", "worker", "beat", "sender"])
def test_a_process_that_dies_is_named_and_started_again(checkout: Path, up: Callable[[int], Up], position: int) -> None:
    port = free_port()
    process = up(port)
    until_ready(process)
    before = facts(checkout)["children"]
    psutil.Process(before[position][0]).kill()
    line = process.stdout.readline()
    assert line.startswith(
        f"The {['web', 'worker', 'beat', 'sender'][position]} process ended by itself (killed by signal 9)"
    )
    wait_until(lambda: facts(checkout)["children"][position] != before[position], 20)
    wait_until(lambda: get(port, "/livez")[0] == 200, 20)
    end(process)
    wait_until(lambda: belonging_to(checkout) == [], 20, lambda: str(belonging_to(checkout)))


def test_a_killed_up_takes_everything_with_it_and_does_not_break_the_next(
    checkout: Path, up: Callable[[int], Up]
) -> None:
    port = free_port()
    process = up(port)
    until_ready(process)
    process.kill()
    process.wait()
    until_ready(up(port))  # at once, on the same port
    again = psutil.Process(facts(checkout)["pid"])
    again.kill()
    wait_until(lambda: belonging_to(checkout) == [], 30, lambda: str(belonging_to(checkout)))
