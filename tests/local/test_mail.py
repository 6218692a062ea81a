"""The mail catcher keeps what it is given, and shows it without letting it do anything."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from migration_planner.local.mail.box import PAGE, Box
from migration_planner.local.mail.catcher import Catcher


@pytest.fixture
def box(tmp_path: Path, settings: Any) -> Box:
    settings.LOCAL_MAIL = tmp_path / "mail"
    return Box(settings.LOCAL_MAIL)


@pytest.fixture
def catcher(box: Box) -> Iterator[Catcher]:
    catcher = Catcher(box)
    catcher.start()
    yield catcher
    catcher.stop()


def letter(to: str, subject: str = "3 days left", html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "planner@localhost", to, subject
    mail["Date"] = "Mon, 23 Nov 2026 09:00:00 +0100"
    mail.set_content("Two steps are still open. <b>Not bold</b>")
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def send(catcher: Catcher, *letters: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=5) as server:
        for mail in letters:
            server.send_message(mail)


def test_a_mail_is_kept_byte_for_byte_once_for_each_recipient(catcher: Catcher, box: Box) -> None:
    content = b"From: a@acme.example\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\n.leading dot\r\n"
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=5) as server:
        server.sendmail("a@acme.example", ["Eve@acme.example", "lee@acme.example"], content)
    assert [len(box.names(recipient=who)) for who in ("eve@", "lee@acme", "")] == [1, 1, 2]
    kept = box.folder / "new" / box.names(recipient="eve")[0]
    assert kept.read_bytes() == content
    assert box.line(kept.name).subject == "café"


def test_the_list_shows_the_newest_first_and_finds_a_recipient(client: Client, catcher: Catcher) -> None:
    send(catcher, letter("eve@acme.example", "the earlier one"), letter("lee@acme.example", "the later one"))
    page = client.get(reverse("local-mail")).content.decode()
    assert page.index("the later one") < page.index("the earlier one")
    found = client.get(reverse("local-mail"), {"to": "Eve@acme"}).content.decode()
    assert "the earlier one" in found
    assert "the later one" not in found


def test_the_list_is_paged_and_no_mail_is_left_out(client: Client, box: Box) -> None:
    for number in range(PAGE + 3):
        box.put("eve@acme.example", b"Subject: number-%03d\r\n\r\n" % number)
    first = client.get(reverse("local-mail"))
    assert len(first.context["lines"]) == PAGE
    second = client.get(reverse("local-mail"), {"before": first.context["older"]})
    assert [line.subject for line in second.context["lines"]] == ["number-002", "number-001", "number-000"]
    assert not second.context["older"]


def test_the_html_is_shut_in_a_frame_in_which_nothing_runs_and_nothing_loads(client: Client, catcher: Catcher) -> None:
    evil = "<html><head></head><body><script>alert(1)</script><img src='https://tracker.example/x'>hello</body></html>"
    send(catcher, letter("eve@acme.example", html=evil))
    page = client.get(reverse("local-mail"))
    name = page.context["lines"][0].name
    detail = client.get(reverse("local-mail-detail", args=[name]))
    assert "alert(1)" not in detail.content.decode()
    assert "&lt;b&gt;Not bold&lt;/b&gt;" in detail.content.decode()
    assert "frame-src 'self'" in detail["Content-Security-Policy"]
    frame = client.get(reverse("local-mail-html", args=[name]))
    policy = frame["Content-Security-Policy"]
    assert "hello" in frame.content.decode()
    assert {"default-src 'none'", "img-src data:"} <= set(policy.split("; "))
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("name", ["..%2F..%2Fsecret-key", "1", "1795400318000000000.0123456789ab.eve@acme.example"])
def test_only_names_of_kept_mail_are_read(client: Client, box: Box, name: str) -> None:
    box.put("eve@acme.example", b"Subject: x\r\n\r\n")
    assert client.get(f"/local/mail/{name}/").status_code == 404


def test_an_address_cannot_lead_out_of_the_folder(box: Box) -> None:
    box.put("../../../etc/passwd@acme.example", b"Subject: x\r\n\r\n")
    assert len(list((box.folder / "new").iterdir())) == 1
    assert len(box.names(recipient="passwd@acme")) == 1
