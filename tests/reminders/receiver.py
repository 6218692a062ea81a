"""A program on loopback that takes webhooks, keeps what it got, and answers as it is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class Receiver:
    """Requests as (headers, body). `answers` are given in turn, the last one for ever."""

    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [204])
    #: What is waited for before an answer is given, if anything.
    patience: Event | None = None
    port: int = 0

    def url(self, path: str = "/hook?key=my-secret-key") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]

    def answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if state.patience:
                state.patience.wait(10)
            status = state.answer()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", state.url("/elsewhere"))
            text = b"" if status == 204 else f"You asked {state.url()} and it said {status}".encode()
            self.send_header("Content-Length", str(len(text)))
            with suppress(BrokenPipeError):  # whoever asked has not waited for the answer
                self.end_headers()
                self.wfile.write(text)

        def log_message(self, *_anything: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
