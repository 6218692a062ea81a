"""The embedded PostgreSQL survives what happens to developers' machines."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from migration_planner.lib import sockets
from migration_planner.local.postgres import Cluster
from tests.local.processes import ROOT, belonging_to, own_folder, wait_until

JOIN_AND_WAIT = """
import sys, time
from pathlib import Path
from migration_planner.local.postgres import Cluster
cluster = Cluster(Path(sys.argv[1]), durable=False)
print(cluster.join(), flush=True)
sys.stdin.read()
cluster.leave()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with own_folder() as folder:
        yield folder
        postmaster = Cluster(folder).server.postmaster()
        if postmaster is not None:
            postmaster.send_signal(signal.SIGQUIT)
            postmaster.wait(20)


@pytest.fixture
def another() -> Iterator[Cluster]:
    """The cluster of some other checkout."""
    with own_folder() as folder:
        cluster = Cluster(folder, durable=False)
        yield cluster
        cluster.leave()


@pytest.fixture
def cluster(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home)
    yield cluster
    cluster.leave()


@pytest.fixture
def other_user(home: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Start another process that joins the cluster and stays until its input ends."""
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", JOIN_AND_WAIT, str(home)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        started.append(subprocess.Popen(command, cwd=ROOT, text=True, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def answer(address: str) -> int:
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT 1").fetchone()[0]


def keep_a_row(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept (what text)")


def kept_a_row(address: str) -> bool:
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone()[0]


def test_the_first_one_starts_the_server_and_the_last_one_stops_it(cluster: Cluster, home: Path) -> None:
    first, second = cluster.join(), Cluster(home, durable=False)
    assert second.join() == first
    cluster.leave()
    assert answer(first) == 1
    second.leave()
    assert cluster.server.postmaster() is None


def test_when_the_last_one_has_left_nothing_runs_any_more(
    home: Path, other_user: Callable[[], "subprocess.Popen[str]"]
) -> None:
    starter, joiner = other_user(), other_user()
    starter.stdout.readline()
    joiner.stdout.readline()
    starter.communicate(timeout=60)  # whoever started the keeper leaves first
    wait_until(lambda: len(keepers(home)) == 1, 10)
    joiner.communicate(timeout=60)
    assert keepers(home) == []
    assert belonging_to(home) == []


def test_the_data_are_there_at_the_next_start(cluster: Cluster) -> None:
    keep_a_row(cluster.join())
    cluster.leave()
    assert kept_a_row(cluster.join())


def test_four_processes_that_start_at_once_share_one_server(
    home: Path, other_user: Callable[[], "subprocess.Popen[str]"]
) -> None:
    processes = [other_user() for _ in range(4)]
    addresses = {process.stdout.readline().strip() for process in processes}
    assert len(addresses) == 1
    assert answer(addresses.pop()) == 1
    for process in processes:
        process.communicate(timeout=60)
    assert Cluster(home).server.postmaster() is None


def test_a_killed_server_is_started_again_with_its_data(cluster: Cluster) -> None:
    keep_a_row(cluster.join())
    cluster.server.postmaster().kill()
    assert kept_a_row(cluster.join())


def test_the_server_of_a_killed_user_is_stopped_soon(
    home: Path, other_user: Callable[[], "subprocess.Popen[str]"]
) -> None:
    user = other_user()
    user.stdout.readline()
    user.kill()
    user.wait()
    wait_until(lambda: Cluster(home).server.postmaster() is None, 30)


def test_a_server_that_belongs_to_no_one_is_joined_and_then_stopped(
    home: Path, cluster: Cluster, other_user: Callable[[], "subprocess.Popen[str]"]
) -> None:
    user = other_user()
    user.stdout.readline()
    wait_until(lambda: len(keepers(home)) == 1, 10)
    keepers(home)[0].kill()
    user.kill()
    user.wait()
    left_over = cluster.server.postmaster()
    cluster.join()
    assert cluster.server.postmaster() == left_over
    cluster.leave()
    assert cluster.server.postmaster() is None


def keepers(home: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if is_keeper(process, home)]


def is_keeper(process: psutil.Process, home: Path) -> bool:
    try:
        return process.cmdline()[-2:] == ["migration_planner.local.keeper", str(home)]
    except psutil.Error:
        return False


def test_a_pid_file_whose_number_belongs_to_another_server_does_not_mislead(cluster: Cluster, another: Cluster) -> None:
    keep_a_row(cluster.join())
    foreign = another.join()
    pid_file = cluster.server.data / "postmaster.pid"
    content = pid_file.read_text().splitlines()
    killed = cluster.server.postmaster()
    killed.kill()
    killed.wait(10)
    pid_file.write_text("\n".join([str(another.server.postmaster().pid), *content[1:]]) + "\n")
    assert kept_a_row(cluster.join())
    assert answer(foreign) == 1
    assert not kept_a_row(foreign)


def test_a_first_start_that_was_killed_leaves_nothing_half_made(cluster: Cluster, home: Path) -> None:
    half = home / "postgres.new-killed"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    assert answer(cluster.join()) == 1
    assert not half.exists()


def test_an_empty_pid_file_does_not_stop_the_start(cluster: Cluster) -> None:
    cluster.join()
    cluster.leave()
    (cluster.server.data / "postmaster.pid").touch()
    assert answer(cluster.join()) == 1


@pytest.mark.parametrize("name", ["x" * 120, "with a blank, and a comma"])
def test_a_path_that_no_socket_can_have_gets_its_socket_elsewhere(home: Path, name: str) -> None:
    cluster = Cluster(home / name, durable=False)
    try:
        assert answer(cluster.join()) == 1
        assert cluster.server.socket == sockets.folder(cluster.server.data) != cluster.server.data
        assert cluster.server.socket.stat().st_mode & 0o077 == 0
    finally:
        cluster.leave()
        cluster.server.socket.rmdir()


def test_nothing_is_said(home: Path, other_user: Callable[[], "subprocess.Popen[str]"]) -> None:
    command = [sys.executable, "-c", JOIN_AND_WAIT, str(home)]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}
    done = subprocess.run(command, cwd=ROOT, env=environment, input="", capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


def test_the_keeper_of_a_removed_folder_ends_and_makes_nothing_anew(cluster: Cluster, home: Path) -> None:
    cluster.join()
    cluster.leave()
    shutil.rmtree(home)
    home.mkdir()
    lock = os.open(os.devnull, os.O_RDWR)
    assert cluster.keep(lock) is True
    assert list(home.iterdir()) == []
    (home / "postgres.start").touch()
    assert cluster.keep(os.dup(lock)) is True
    assert [path.name for path in home.iterdir()] == ["postgres.start"]
