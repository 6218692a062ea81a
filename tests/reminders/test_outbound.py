"""Addresses that somebody typed in cannot be turned against our own network; what is sealed tells nothing."""

import socket
from typing import Any

import pytest

from migration_planner.lib import encryption, outbound
from tests.reminders.chat import chat

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.8", "172.16.9.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.8",
    "2002:7f00:1::", "2002:a00:8::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "ff02::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "203.119.24.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_a_private_network_may_be_called(address: str) -> None:
    assert not outbound.may_be_called(address, local=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called_but_not_from_local_mode(address: str) -> None:
    assert outbound.may_be_called(address, local=False)
    assert not outbound.may_be_called(address, local=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/x", "ftp://hooks.slack.com/x", "https://hooks.slack.com:8443/x", "https://", "https:///x", "x",
        "https://me@hooks.slack.com/x", "https://hooks.slack.com@evil.example/x", "https://hooks.slack.com/a b",
        "https://hooks.slack.com/\r\nHost: evil", "https://hooks.slack.com:99999/x", "https://höoks.example/", "https://[::1/x",
        "https://hooks.slack.com/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_only_plain_addresses_with_https_are_taken(url: str) -> None:
    with pytest.raises(outbound.ForbiddenError):
        outbound.split(url, local=False)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_of_this_machine_is_connected_to(host: str) -> None:
    with (
        pytest.raises((outbound.ForbiddenError, outbound.UnreachableError)) as refused,
        outbound.call(f"https://{host}/", local=False),
    ):
        pass
    assert str(refused.value) in {"leads to no public address", "the name is not known"}


def test_the_address_that_was_looked_at_is_the_one_connected_to(monkeypatch: Any) -> None:
    """A name server that answers otherwise the second time is asked once only."""
    answers = iter(["8.8.8.8", "127.0.0.1"])
    called: list[str] = []

    def resolve(host: str, port: int, **_kind: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connected(opened: socket.socket, address: Any, _seconds: float) -> socket.socket:
        opened.close()
        called.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(outbound, "_connected", connected)
    with pytest.raises(outbound.UnreachableError), outbound.call("https://rebinding.example/x", local=False):
        pass
    assert called == ["8.8.8.8"]
    with pytest.raises(outbound.ForbiddenError), outbound.call("https://rebinding.example/x", local=False):
        pass
    assert called == ["8.8.8.8"]


def test_from_local_mode_nothing_leaves_the_machine() -> None:
    for url in ("https://hooks.slack.com/services/x", "http://10.0.0.8/", "http://127.0.0.1.evil.example/"):
        with pytest.raises(outbound.ForbiddenError):
            outbound.split(url, local=True)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with chat() as service:
        service.answer = (302, "")
        with outbound.call(service.url(), local=True) as line:
            line.say(b"{}", service.url())
            assert line.hear().status == 302
        assert [path for path, _body in service.posts] == ["/hook/secret-token-1234"]


def test_an_answer_that_drips_is_cut_off(monkeypatch: Any) -> None:
    monkeypatch.setattr(outbound, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with outbound.call(url, local=True) as line:
            line.say(b"{}", url)
            with pytest.raises(outbound.UnreachableError, match="no answer in time"):
                line.hear()


def test_what_is_sealed_opens_with_the_key_it_was_sealed_with_and_with_no_other(settings: Any) -> None:
    sealed, name = encryption.seal("https://hooks.slack.com/services/T0/B0/key"), encryption.key_name()
    assert b"slack" not in sealed
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" + "y" * 40
    assert encryption.key_name() != name
    with pytest.raises(encryption.UnreadableError):
        encryption.unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert encryption.unseal(sealed) == "https://hooks.slack.com/services/T0/B0/key"
    with pytest.raises(encryption.UnreadableError):
        encryption.unseal(sealed[:-4] + b"AAA=")
