"""The production profile for real: gunicorn, a Celery worker and beat as processes, over PostgreSQL and Redis."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from migration_planner.local.postgres import Cluster
from migration_planner.local.server import SUPERUSER
from tests.local.processes import ROOT, free_port, get, own_folder, wait_until

pytestmark = pytest.mark.production
PROXY = {"Host": "planner.acme.example", "X_Forwarded_Proto": "https"}
APPLICATION = "planner_app"
CELERY = ["-m", "celery", "-A", "migration_planner.config"]


@pytest.fixture(scope="module")
def database() -> Iterator[tuple[str, str]]:
    """The address for the owner of the tables, and that for the application, whose role can do nothing yet."""
    with own_folder() as folder:
        cluster = Cluster(folder, durable=False)
        owners = cluster.join()
        with psycopg.connect(owners) as connection:
            connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        yield owners, owners.replace(f"//{SUPERUSER}@", f"//{APPLICATION}@")
        cluster.leave()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = os.environ.get("REDIS_SERVER") or shutil.which("redis-server") or shutil.which("valkey-server")
    if not program:
        pytest.fail(
            "This test needs a Redis server. Install one (Debian: apt-get install redis-server), or set REDIS_SERVER."
        )
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with running(command, folder / "log", {}) as process:
        wait_until(lambda: "eady to accept" in (folder / "log").read_text(), 20)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()
        process.wait(20)


@contextmanager
def running(command: list[str], log: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, stdout=file, stderr=file
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def run(environment: dict[str, str], *arguments: str) -> str:
    whole = {"PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "-W", "ignore", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout + (done.stderr if "check" in arguments else "")


def test_the_production_profile_runs_ticks_and_ends(
    production: dict[str, str], database: tuple[str, str], redis: str, tmp_path: Path
) -> None:
    owners, ours = database
    environment = {**production, "DATABASE_URL": ours, "CELERY_BROKER_URL": redis, "BEHIND_PROXY": "true"}
    run({"DJANGO_SETTINGS_MODULE": "migration_planner.config.build"}, "-m", "django", "collectstatic", "--no-input")
    port = free_port()
    web = ["-m", "gunicorn", "--no-control-socket", "--workers", "2", "--bind", f"127.0.0.1:{port}"]
    beat = [*CELERY, "beat", "--schedule", str(tmp_path / "schedule"), "--pidfile=", "--loglevel", "INFO"]
    worker = [*CELERY, "worker", "--concurrency", "1", "--loglevel", "INFO"]
    commands = {"web": [*web, "migration_planner.config.wsgi"], "worker": worker, "beat": beat}
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(running([sys.executable, *command], tmp_path / name, environment))
            for name, command in commands.items()
        }
        wait_until(lambda: get(port, "/livez", Host=PROXY["Host"])[0] == 200, 30, (tmp_path / "web").read_text)
        before_the_migration_it_is_not_ready(port)
        owner = {**environment, "DATABASE_URL": owners}
        run(owner, "manage.py", "migrate", "--no-input")
        run(owner, "manage.py", "grant_role", APPLICATION)
        assert get(port, "/readyz", Host=PROXY["Host"])[::2] == (200, "ok\n")
        the_sign_in_page_is_strict(port)
        nothing_of_local_mode_is_there(port)
        the_tick_reaches_the_worker(tmp_path / "worker")
        the_application_cannot_rewrite_history(environment, owner)
        children = [child for process in processes.values() for child in psutil.Process(process.pid).children(True)]
        for process in processes.values():
            process.terminate()
        assert {name: process.wait(30) for name, process in processes.items()} == {"web": 0, "worker": 0, "beat": 0}
        assert psutil.wait_procs(children, timeout=10)[1] == []


def before_the_migration_it_is_not_ready(port: int) -> None:
    status, _, text = get(port, "/readyz", Host=PROXY["Host"])
    assert status == 503
    assert "migrations missing" in text


def the_sign_in_page_is_strict(port: int) -> None:
    status, headers, text = get(port, "/accounts/login/", **PROXY)
    assert (status, "<form" in text) == (200, True)
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert headers["Set-Cookie"].startswith("__Host-csrftoken=")
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(headers["Set-Cookie"].split("; "))
    style = text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    status, headers, _ = get(port, style, **PROXY)
    assert (status, "immutable" in headers["Cache-Control"]) == (200, True)
    assert get(port, "/accounts/login/", Host=PROXY["Host"])[0] == 301
    assert get(port, "/accounts/login/", Host="elsewhere.example", X_Forwarded_Proto="https")[0] == 400


def nothing_of_local_mode_is_there(port: int) -> None:
    for path in ("/local/", "/local/mail/", "/local/step-in/1/"):
        assert get(port, path, **PROXY)[0] in {302, 404}
        assert "Step in" not in get(port, path, **PROXY)[2]


def the_application_cannot_rewrite_history(environment: dict[str, str], owner: dict[str, str]) -> None:
    assert (
        int(
            run(
                {"DJANGO_SETTINGS_MODULE": "migration_planner.config.settings", **environment},
                "-m",
                "tests.local.story",
            )
        )
        > 2
    )
    for whose, warned in ((environment, False), (owner, True)):
        said = run(whose, "manage.py", "check", "--deploy", "--database", "default", "--fail-level", "ERROR")
        assert ("evidence.W001" in said) is warned, said


def the_tick_reaches_the_worker(log: Path) -> None:
    done = "Task migration_planner.reminders.tasks.tick"
    wait_until(lambda: f"{done}[" in log.read_text() and "succeeded" in log.read_text(), 90, log.read_text)
