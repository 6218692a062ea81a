"""A chat service on loopback: takes what is posted, as each of the five would, and answers as it is told."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

#: What each service says when it took a message.
YES: dict[str, tuple[int, str]] = {
    "dingtalk": (200, '{"errcode":0,"errmsg":"ok"}'),
    "feishu": (200, '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}'),
    "wecom": (200, '{"errcode":0,"errmsg":"ok"}'),
    "slack": (200, "ok"),
    "teams": (202, ""),
}
#: What each says when it will not take it: service, answer, whether trying again is of no use.
NO: list[tuple[str, tuple[int, str], bool]] = [
    ("dingtalk", (200, '{"errcode":310000,"errmsg":"keywords not in content"}'), True),
    ("dingtalk", (200, '{"errcode":300001,"errmsg":"token is not exist"}'), True),
    ("dingtalk", (200, '{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}'), False),
    ("feishu", (200, '{"code":19001,"data":{},"msg":"param invalid: incoming webhook access token invalid"}'), True),
    (
        "feishu",
        (200, '{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}'),
        True,
    ),
    ("feishu", (200, '{"code":11232,"msg":"frequency limited psm"}'), False),
    ("wecom", (200, '{"errcode":93000,"errmsg":"invalid webhook url"}'), True),
    ("wecom", (200, '{"errcode":45009,"errmsg":"api freq out of limit"}'), False),
    ("wecom", (200, "<html>Sign in to the network</html>"), False),
    ("slack", (404, "no_service"), True),
    ("slack", (400, "invalid_payload"), True),
    ("slack", (429, "rate_limited"), False),
    ("slack", (200, "<html>Sign in to the network</html>"), False),
    ("teams", (404, "The workflow is not found."), True),
    ("teams", (200, "Webhook message delivery failed with error: HTTP error 429"), False),
    ("teams", (500, "Oops"), False),
    ("dingtalk", (302, ""), True),
    ("dingtalk", (200, '{"errcode":false}'), False),
    ("feishu", (200, "[" * 9_000), False),
]


class Chat:
    """What was posted, as (path, body), and what is answered; `before_answer` is called when the words are in."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.answer: tuple[int, str] = YES["slack"]
        self.before_answer: Callable[[], None] = lambda: None
        self.port = 0

    def url(self, path: str = "/hook/secret-token-1234") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def texts(self) -> list[str]:
        """Everything that was written, with the structure around it."""
        return [json.dumps(body, ensure_ascii=False) for _path, body in self.posts]


@contextmanager
def chat() -> Iterator[Chat]:
    service = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.posts.append((self.path, json.loads(body)))
            service.before_answer()
            status, text = service.answer
            self.send_response(status)
            if status == 302:
                self.send_header("Location", service.url("/elsewhere"))
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_anything: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_port
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
