"""Pages and marks through the real web server: two processes of gunicorn, one or eight clients."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from migration_planner.local.bench.server import Server
from migration_planner.people.models import User

CSRF = "b" * 32


@dataclass(frozen=True)
class Client:
    """Somebody signed in, who asks for pages one after the other."""

    port: int
    session: str

    @classmethod
    def of(cls, user: User, port: int) -> "Client":
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        return cls(port, str(session.session_key))

    def get(self, path: str) -> None:
        self._ask("GET", path, None, {})

    def post(self, path: str, **fields: str) -> None:
        body = urlencode({**fields, "csrfmiddlewaretoken": CSRF})
        self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookies = f"{settings.SESSION_COOKIE_NAME}={self.session}; {settings.CSRF_COOKIE_NAME}={CSRF}"
        connection.request(method, path, body, {"Cookie": cookies, "Connection": "close", **headers})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answered {answer.status}.")


def page_ms(client: Client, path: str, floor: str, *, runs: int = 40) -> tuple[float, float]:
    """The median times of a page and of its floor, one client, after a few that warm both processes up.

    They take turns, so that whatever else the machine does falls on both.
    """
    for _ in range(6):
        client.get(path)
        client.get(floor)
    times = [(_timed(lambda: client.get(path)), _timed(lambda: client.get(floor))) for _ in range(runs)]
    return statistics.median(page for page, _floor in times), statistics.median(bare for _page, bare in times)


def marks_ms(acts: Sequence[Sequence[Callable[[], None]]]) -> float:
    """Several clients at once, each with its own list of requests: wall time by the number of requests."""
    threads = [threading.Thread(target=lambda todo=todo: [act() for act in todo]) for todo in acts]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - started) * 1000 / sum(len(todo) for todo in acts)


def _timed(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


@contextmanager
def served() -> Iterator[Server]:
    """The web server of this database on a free port."""
    server = Server()
    try:
        yield server
    finally:
        server.stop()
