"""The lane over a server that takes several commands at once (RFC 2920)."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from migration_planner.reminders.smtp import Lane, LaneClosedError, _stuffed


class Script:
    """Answers each command with what is next for its verb; what is not foreseen is "250 OK"."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.answers: dict[str, list[str]] = {}
        self.slow: dict[str, float] = {}
        self.heard: list[str] = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with suppress(ConnectionError), connection, connection.makefile("rwb") as file:
                self.talk(file)

    def talk(self, file: Any) -> None:
        self.say(file, "220 hello")
        for line in file:
            word = line.decode().strip().split(" ")[0].upper()
            self.heard.append(word)
            if word == "WORDS":
                continue
            time.sleep(self.slow.get(word, 0))
            first = "250-here\r\n250 PIPELINING" if word == "EHLO" else "250 OK"
            answer = self.answers.get(word, []).pop(0) if self.answers.get(word) else first
            self.say(file, answer)

    def say(self, file: Any, answer: str) -> None:
        file.write(f"{answer}\r\n".encode())
        file.flush()


@pytest.fixture
def script(settings: Any) -> Iterator[Script]:
    server = Script()
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.listening.getsockname()
    yield server
    server.listening.close()


def test_sender_recipient_and_the_wish_to_send_go_at_once_and_words_after_them(script: Script) -> None:
    script.answers = {"DATA": ["354 go"]}
    with Lane() as lane:
        assert lane.send("eve@acme.example", b"words\r\n").accepted
    assert script.heard == ["EHLO", "MAIL", "RCPT", "DATA", "WORDS", ".", "QUIT"]


def test_a_server_that_waits_for_words_after_refusing_the_address_gets_none_and_the_next_mail_goes(
    script: Script,
) -> None:
    script.answers = {"RCPT": ["550 5.1.1 no such user"], "DATA": ["354 go", "354 go"], ".": ["554 nobody"]}
    with Lane() as lane:
        refused = lane.send("eve@acme.example", b"words\r\n")
        assert (refused.code, refused.at_address) == (550, True)
        assert lane.send("lee@acme.example", b"words\r\n").accepted
    assert script.heard == ["EHLO", "MAIL", "RCPT", "DATA", ".", "RSET", "MAIL", "RCPT", "DATA", "WORDS", ".", "QUIT"]


def test_a_refused_sender_closes_the_lane_whatever_is_said_of_the_address(script: Script) -> None:
    script.answers = {"MAIL": ["550 5.7.1 not from you"], "RCPT": ["550 no"], "DATA": ["554 no"]}
    with Lane() as lane, pytest.raises(LaneClosedError, match="not from you"):
        lane.send("eve@acme.example", b"words\r\n")


def test_the_words_are_not_ended_when_what_is_to_come_before_their_end_fails(script: Script) -> None:
    script.answers = {"DATA": ["354 go"]}

    def fail() -> None:
        raise RuntimeError("not kept")

    with Lane() as lane, pytest.raises(RuntimeError, match="not kept"):
        lane.send("eve@acme.example", b"words\r\n", ahead=fail)
    assert "." not in script.heard, "without the dot the server has taken nothing"


def test_what_can_be_done_meanwhile_is_done_between_the_end_of_the_words_and_the_answer(script: Script) -> None:
    script.answers, script.slow = {"DATA": ["354 go"]}, {".": 0.2}
    began, done = time.monotonic(), list[float]()
    with Lane() as lane:
        answer = lane.send("eve@acme.example", b"words\r\n", meanwhile=lambda: done.append(time.monotonic() - began))
        assert (answer.accepted, time.monotonic() - began > 0.2, done[0] < 0.2) == (True, True, True)


def test_the_next_message_is_asked_for_along_with_the_words_of_this_one(script: Script) -> None:
    script.answers = {"DATA": ["354 go", "354 go"]}
    heard_before_the_second: list[str] = []
    with Lane() as lane:
        assert lane.send("eve@acme.example", b"words\r\n", "lee@acme.example").accepted
        assert lane.send(
            "lee@acme.example", b"words\r\n", ahead=lambda: heard_before_the_second.extend(script.heard)
        ).accepted
    assert heard_before_the_second == ["EHLO", "MAIL", "RCPT", "DATA", "WORDS", ".", "MAIL", "RCPT", "DATA"]
    assert script.heard == [*heard_before_the_second, "WORDS", ".", "QUIT"]


def test_what_was_asked_for_and_does_not_go_is_dropped_and_nobody_gets_it(script: Script) -> None:
    script.answers = {"DATA": ["354 go", "354 go", "354 go"]}
    with Lane() as lane:
        lane.send("eve@acme.example", b"words\r\n", "lee@acme.example")
        lane.send("lou@acme.example", b"words\r\n", "lee@acme.example")
    assert script.heard.count("WORDS") == 2
    assert "QUIT" not in script.heard


def test_a_refusal_of_the_words_drops_what_was_asked_for_behind_them(script: Script) -> None:
    script.answers = {"DATA": ["354 go", "354 go", "354 go"], ".": ["451 later"]}
    with Lane() as lane:
        assert lane.send("eve@acme.example", b"words\r\n", "lee@acme.example").code == 451
        assert lane.send("lee@acme.example", b"words\r\n").accepted
    assert script.heard.count("EHLO") == 2


def test_an_answer_that_does_not_come_soon_is_told_once_for_each_wait(script: Script) -> None:
    script.answers = {"DATA": ["354 go"]}
    script.slow = {".": 0.2}
    told: list[int] = []
    with Lane() as lane:
        assert lane.send("eve@acme.example", b"words\r\n", slow=lambda: told.append(len(script.heard))).accepted
    assert told == [6]


def test_lines_that_begin_with_a_dot_are_doubled_wherever_they_stand() -> None:
    assert _stuffed(b".a\r\n.\r\n..b\r\nc.d\r\n") == b"..a\r\n..\r\n...b\r\nc.d\r\n"
