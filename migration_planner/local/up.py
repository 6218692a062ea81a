"""Everything at once: database, web, worker, beat, sender and mail catcher, until somebody presses Ctrl-C."""

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
from django.core.management import call_command
from django.utils import timezone

from migration_planner.local import broker
from migration_planner.local.children import Child, Hopeless
from migration_planner.local.demo import load
from migration_planner.local.environment import ENDING, HOME, ROOT
from migration_planner.local.mail.catcher import LOOPBACK
from migration_planner.local.reservation import Reservation
from migration_planner.planning.models import Ban

START_SECONDS = 60
LOOK_EVERY_SECONDS = 0.2
LARGEST_LOG_BYTES = 5_000_000
GUNICORN = [
    "-m",
    "gunicorn",
    "--no-control-socket",
    "--workers",
    "2",
    "--graceful-timeout",
    "5",
    "--access-logfile",
    "-",
]
CELERY = ["-m", "celery", "-A", "migration_planner.config"]
WORKER = [
    "worker",
    "--pool",
    "solo",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
    "--loglevel",
    "INFO",
]


def run(reservation: Reservation, say: Callable[[str], None]) -> None:
    """Prepare the database, start everything, watch over it. Returns after Ctrl-C or SIGTERM, when all has ended.

    Raises Hopeless when something does not start or dies again and again; then too nothing is left running.
    """
    children = _children(reservation)
    try:
        _prepare(say)
        for child in children:
            child.start()
        _tell(reservation, children)
        _wait_for_web(reservation.port, children[0])
        say(_where_to_go(reservation.port))
        _watch(reservation, children, say)
    except KeyboardInterrupt:
        say("Stopping …")
    finally:
        _end(children)
    say("Stopped. The data are kept; `make run` goes on with them.")


def _prepare(say: Callable[[str], None]) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    broker.prepare()
    load.ensure(HOME, now=timezone.now(), say=say)


def _children(reservation: Reservation) -> list[Child]:
    logs = reservation.home / "logs"
    logs.mkdir(exist_ok=True)
    schedule = str(reservation.home / "beat-schedule")
    listening = reservation.listening.fileno()
    web = [*GUNICORN, "--bind", f"fd://{listening}", "migration_planner.config.wsgi"]
    return [
        Child("web", web, _log(logs / "web.log"), (reservation.lock, listening)),
        Child("worker", [*CELERY, *WORKER], _log(logs / "worker.log"), (reservation.lock,)),
        Child(
            "beat",
            [*CELERY, "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "INFO"],
            _log(logs / "beat.log"),
            (reservation.lock,),
        ),
        Child("sender", [str(ROOT / "manage.py"), "send_loop"], _log(logs / "sender.log"), (reservation.lock,)),
    ]


def _log(path: Path) -> Path:
    if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path


def _tell(reservation: Reservation, children: list[Child]) -> None:
    pids = [child.process.pid for child in children if child.process]
    reservation.tell(children=[(pid, psutil.Process(pid).create_time()) for pid in pids])


def _wait_for_web(port: int, web: Child) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and web.died() is None:
        try:
            urllib.request.urlopen(f"http://{LOOPBACK}:{port}/readyz", timeout=5)
        except (urllib.error.URLError, OSError):
            time.sleep(LOOK_EVERY_SECONDS)
        else:
            return
    raise Hopeless(f"The web process does not answer. Read {web.log}")


def _where_to_go(port: int) -> str:
    ban = Ban.objects.live().order_by("pk").first()
    person = ban.owners.order_by("pk").first() if ban else None
    whom = f"step in as {person.name} (owner) or as anybody else" if person else "step in as whom you like"
    return f"Ready: http://{LOOPBACK}:{port}/local/ - {whom}; Ctrl-C stops everything."


def _watch(reservation: Reservation, children: list[Child], say: Callable[[str], None]) -> None:
    while True:
        for child in children:
            if child.died() is not None:
                say(child.revive())
                _tell(reservation, children)
        time.sleep(LOOK_EVERY_SECONDS)


def _end(children: list[Child]) -> None:
    """End all, whatever is pressed meanwhile."""
    for name in ENDING:
        signal.signal(name, signal.SIG_IGN)
    for child in children:
        child.ask_to_end()
    for child in children:
        child.wait_for_end()
