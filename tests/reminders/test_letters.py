"""Mails as mail programs see them: their threads, their two forms, their language."""

import re
from base64 import b64decode
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from html import unescape
from typing import Any

import pytest
from django.core import mail as outgoing

from migration_planner.planning.models import Step
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.ticking import tick
from tests.reminders.kinds import MORNING, ask_for_a_password, send_every_kind


@pytest.fixture
def every_kind(ban: Any, owner: Any, lead: Any, mailbox: Any) -> Any:
    send_every_kind(ban, owner=owner, lead=lead)
    return mailbox


def html_of(message: Any) -> str:
    return str(message.get_body(("html",)).get_content())


def text_of(message: Any) -> str:
    return str(message.get_body(("plain",)).get_content())


def read(html: str) -> str:
    """The words that a page shows."""
    return " ".join(unescape(re.sub(r"<!--.*?-->|<[^>]+>", " ", html.partition("</head>")[2], flags=re.S)).split())


# Threads.


def test_every_later_mail_about_a_ban_refers_to_the_first_that_went(every_kind: Any, employee: Any) -> None:
    first, *later = every_kind.to(employee)
    assert len(later) > 5
    assert (first["References"], first["In-Reply-To"]) == (None, None)
    assert {str(message["References"]).strip() for message in later} == {first["Message-ID"]}
    assert {str(message["In-Reply-To"]).strip() for message in later} == {first["Message-ID"]}
    assert len({message["Message-ID"] for message in every_kind.messages}) == len(every_kind.messages)


def test_outlook_finds_one_topic_and_one_conversation_for_each_person_and_ban(
    every_kind: Any, employee: Any, lead: Any
) -> None:
    theirs, others = every_kind.to(employee), every_kind.to(lead)
    assert {str(make_header(decode_header(message["Thread-Topic"]))) for message in theirs} == {
        "Old Editor → New Editor"
    }
    [index], [other] = ({message["Thread-Index"] for message in some} for some in (theirs, others))
    assert index != other
    assert len(b64decode(index)) == 22
    assert b64decode(index)[0] == 1


def test_a_first_mail_that_never_went_is_no_root(
    ban: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    mailbox.at_data[employee.email] = lambda turn: "554 5.6.0 Message refused"
    tick(now=MORNING)
    mailbox.at_data.clear()
    walk(MORNING + timedelta(hours=1), days=22)
    first, second = mailbox.to(employee)
    assert first["References"] is None
    assert str(second["References"]).strip() == first["Message-ID"]


# Form.


def test_every_mail_says_the_same_in_text_and_in_html_and_no_line_is_long(every_kind: Any) -> None:
    for recipient, raw in every_kind.raw:
        assert max(map(len, raw.splitlines())) < 998, recipient
        assert raw.isascii()
        message = message_from_bytes(raw, policy=policy.default)
        shown = read(html_of(message))
        words = [" ".join(line.strip(" -:").split()) for line in text_of(message).splitlines()]
        for line in filter(None, words):
            assert line in shown, line


def test_html_is_one_column_of_tables_without_pictures_and_with_styles_where_outlook_reads_them(
    every_kind: Any,
) -> None:
    for message in every_kind.messages:
        html = html_of(message)
        assert not re.search(
            r"<(img|script|form|link|svg|video|iframe)\b|background-image|url\(|position:|float:|flex|grid", html
        )
        assert '<meta name="color-scheme" content="light dark">' in html
        assert "@media (prefers-color-scheme: dark)" in html
        assert not re.search(r'<(?:p|td class="part"|h1|h2|li)(?![^>]*style=)[ >]', html.partition("<body")[2])
        assert len(re.findall(r"<td[^>]*bgcolor=", html)) == 1  # the button keeps its colour in every program
        assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 2
        widths = re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.S)
        assert all(row.count("<td") <= 1 for row in widths if "<table" not in row)


def test_every_link_is_ours_and_plain(every_kind: Any, settings: Any) -> None:
    for message in every_kind.messages:
        links = re.findall(r'href="([^"]*)"', html_of(message))
        assert links
        for link in links:
            assert re.fullmatch(
                rf"{re.escape(settings.BASE_URL)}/(checklists/\d+/|bans/\d+/(teams/\d+/)?|waivers/\d+/|escalations/|preferences/)?",
                link,
            ), link


# Language.

#: What stays as it is in every language: names, addresses, zones, the tools.
NAMES = re.compile(
    r"https?://\S+|\S+@\S+|Migration Planner|Old Editor|New Editor|Asia/\w+|Europe/\w+|Acme|Engineering|Search|\b(Eve|Lee|Olga)\b"
)


def english(words: str) -> list[str]:
    """Runs of Latin words that are no names."""
    return re.findall(r"[A-Za-z]{2,}(?:[ ,'’]+[A-Za-z]+)*", NAMES.sub("", words))


@pytest.fixture
def in_chinese(draft: Any, owner: Any, lead: Any, employee: Any) -> Any:
    """The ban, published in Chinese to readers of Chinese, so that what is English in their mail is ours."""
    from migration_planner.planning import publishing

    for person in (owner, lead, employee):
        person.language = "zh-hans"
        person.save(update_fields=["language"])
    for number, step in enumerate(Step.objects.filter(ban=draft)):
        step.title = f"第{number}步"
        step.save()
    draft.reason, draft.reason_source, draft.help = "供应商读取代码。", "安全评审", "问平台组"
    draft.save()
    draft.write_scope("所有公司电脑。", by=owner, now=draft.created_at)
    publishing.publish(draft, by=owner, now=draft.created_at)
    return draft


def test_a_reader_of_chinese_gets_no_english_sentence_in_a_mail_of_any_kind(
    in_chinese: Any, owner: Any, lead: Any, mailbox: Any
) -> None:
    send_every_kind(in_chinese, owner=owner, lead=lead)
    for message in mailbox.messages:
        assert message["Content-Language"] == "zh-hans"
        for words in (str(message["Subject"]), text_of(message), read(html_of(message))):
            assert english(words) == [], words
        for part in message.iter_attachments():
            from icalendar import Calendar

            for event in Calendar.from_ical(part.get_payload(decode=True)).events:
                assert english(f"{event['SUMMARY']} {event['DESCRIPTION']}") == []


def test_english_is_found_where_it_is(ban: Any, employee: Any, mailbox: Any) -> None:
    tick(now=MORNING)
    assert len(english(text_of(mailbox.to(employee)[0]))) > 10


def test_the_mail_about_a_password_speaks_its_readers_language_whoever_asks(employee: Any, client: Any) -> None:
    employee.language = "zh-hans"
    employee.save()
    ask_for_a_password(employee)
    [message] = outgoing.outbox
    assert english(message.subject) == []
    assert english(message.body) == []
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    assert english(read(str(html))) == []
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_mail_of_every_kind_is_marked_as_sent_by_a_machine(every_kind: Any) -> None:
    for message in every_kind.messages:
        assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert Mail.objects.filter(state="sent").count() == len(every_kind.messages)
    assert set(Reminder.objects.sent().values_list("kind", flat=True)) == set(Reminder.Kind.values)
