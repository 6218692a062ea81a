"""A report leaves only when asked, only as shown, and only to where it was sent."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from migration_planner.scanner.command import main
from migration_planner.scanner.problems import ScanError
from migration_planner.scanner.sending import check_address
from tests.scanner.conftest import write


class Receiver(BaseHTTPRequestHandler):
    """A real server that keeps what it gets, and answers as its path says."""

    got: list[tuple[str, str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.got.append((self.path, self.headers["Authorization"], body))
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Location", "/200/elsewhere")
        self.end_headers()
        self.wfile.write(b"Thank you.\x1b[2J")

    do_GET = do_POST

    def log_message(self, *words: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Receiver.got = []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def tree(tmp_path: Path) -> str:
    return str(write(tmp_path, {"CLAUDE.md": "Use tabs.\n"}))


def test_what_is_sent_is_what_was_shown(tree: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([tree, "--send", f"{address}/200/reports", "--token", "T1", "--yes"]) == 0
    ((path, token, body),) = Receiver.got
    assert (path, token) == ("/200/reports", "Bearer T1")
    shown = capsys.readouterr().err
    assert body.decode() in shown
    assert "\x1b" not in shown
    assert json.loads(body)["findings"][0]["path"] == "CLAUDE.md"


def test_showing_sends_nothing(tree: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([tree, "--show", "--send", f"{address}/200/", "--token", "T1"]) == 0
    assert Receiver.got == []
    assert '"path": "CLAUDE.md"' in capsys.readouterr().err


def test_a_scan_that_is_not_asked_to_send_sends_nothing(tree: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object, **_more: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert main([tree]) == 0


def test_the_token_may_come_from_the_environment(tree: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIGRATION_SCAN_TOKEN", "T2")
    assert main([tree, "--send", f"{address}/200/", "--yes"]) == 0
    assert Receiver.got[0][1] == "Bearer T2"


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(tree: str, address: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([tree, "--send", f"{address}/{code}/", "--token", "T1", "--yes"]) == 2
    assert [path for path, _token, _body in Receiver.got] == [f"/{code}/"]
    assert "follows no redirection" in capsys.readouterr().err


def test_a_refusal_ends_with_2_and_says_so(tree: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([tree, "--send", f"{address}/403/", "--token", "T1", "--yes"]) == 2
    assert "answered 403 and did not take the report. Check the token." in capsys.readouterr().err


@pytest.mark.parametrize("token", ["", "a b", "a\nX: y", "ä"])
def test_a_token_that_is_none_is_refused_before_anything_is_sent(tree: str, address: str, token: str) -> None:
    assert main([tree, "--send", f"{address}/200/", "--token", token, "--yes"]) == 2
    assert Receiver.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://planner.acme.example/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://user:word@planner.acme.example/",
        "https:///x",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "http://[::1",
        "planner",
    ],
)
def test_an_address_that_is_neither_encrypted_nor_here_is_refused(url: str) -> None:
    with pytest.raises(ScanError):
        check_address(url)


@pytest.mark.parametrize(
    "url", ["https://planner.acme.example/x", "http://127.0.0.1:8000/", "http://[::1]:1/", "http://localhost/"]
)
def test_encrypted_or_here_is_fine(url: str) -> None:
    check_address(url)
