"""Starting, watching and ending the product's processes in tests, each by its own number."""

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder for a database. Not under pytest's own: every new run of pytest shuts that one to other users again,
    and PostgreSQL is another user where root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="planner-tests-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a page; 0 where nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        cookies = answer.msg.get_all("Set-Cookie") or []
        return answer.status, {**dict(answer.getheaders()), "Set-Cookie": "\n".join(cookies)}, answer.read().decode()
    except OSError:
        return 0, {}, ""
    finally:
        connection.close()


def wait_until(holds: Callable[[], bool], seconds: float, what: Callable[[], str] = lambda: "") -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it did not come true within {seconds} s. {what()}"
        time.sleep(0.1)


def copy_of_the_checkout(to: Path) -> Path:
    """The files of this checkout with a link to its virtual environment: a checkout with local data of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    (to / ".venv").symlink_to((ROOT / ".venv").resolve())
    return to


def belonging_to(folder: Path) -> list[str]:
    """Command lines of processes that work in the folder or name it."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            here = process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE
            if here and (any(str(folder) in word for word in line) or process.cwd() == str(folder)):
                found.append(" ".join(line))
        except psutil.Error:
            continue
    return found
