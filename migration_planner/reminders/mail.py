"""Composing a mail: from what it has to say to the bytes that go over the wire.

Links carry no authority: whoever opens one has to sign in, and opening one changes nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache
from urllib.parse import urlsplit
from uuid import uuid4

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _t

from migration_planner.reminders import mime
from migration_planner.reminders.facts import Reader, Topic
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.words import Clock, by_urgency, sections, subject

CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True)
class Letter:
    """What a reader gets to read."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Frozen:
    """A message as it will go, each time it goes."""

    message_id: str
    date: datetime
    subject: str
    raw: bytes


def compose(reader: Reader, topics: Sequence[Topic], *, now: datetime) -> Letter:
    """Write to `reader` about `topics`, in their language and zone, as of `now`."""
    with translation.override(reader.language):
        clock = Clock(reader.zone, now)
        title = one_line(subject(topics, clock))
        context = {
            "name": reader.name,
            "language": reader.language,
            "subject": title,
            "sections": sections(topics, clock),
            **_target(topics),
            "why": _why(topics),
            "preferences_url": url("preferences"),
        }
        text = render_to_string("mail/mail.txt", context)
        html = _inliner().inline(render_to_string("mail/mail.html", context))
    return Letter(title, text, html)


def freeze(reader: Reader, topics: Sequence[Topic], *, day: date, now: datetime) -> Frozen:
    """Compose once, with the Message-ID and Date that every copy will bear."""
    letter = compose(reader, topics, now=now)
    message_id = f"<{day:%Y%m%d}.{uuid4().hex}@{host()}>"
    series = f"<ban-{by_urgency(topics)[0].ban.id}.person-{reader.id}@{host()}>"
    headers = {
        "From": _address(*parseaddr(settings.DEFAULT_FROM_EMAIL)),
        "To": _address(reader.name, reader.email),
        "Subject": _words(letter.subject),
        "Date": format_datetime(now),
        "Message-ID": message_id,
        "In-Reply-To": series,
        "References": series,
        "List-Id": f"Migration Planner <reminders.{host()}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": reader.language,
    }
    return Frozen(message_id, now, letter.subject, mime.message(headers, text=letter.text, html=letter.html))


def url(name: str, *args: int) -> str:
    return settings.BASE_URL + reverse(name, args=args)


def host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def one_line(text: str) -> str:
    """Text that is safe in a header: no line ends, no other control characters."""
    return " ".join(CONTROL.sub(" ", text).split())


def _address(name: str, address: str) -> str:
    return formataddr((one_line(name), one_line(address)))


def _words(text: str) -> str:
    """Text as a header carries it: encoded, and folded, where it is not plain (RFC 2047)."""
    return text if text.isascii() else Header(text, "utf-8", header_name="Subject").encode()


def _own(topics: Sequence[Topic]) -> list[Topic]:
    """Those that ask something of the reader, most urgent first."""
    return [topic for topic in by_urgency(topics) if topic.asks]


def _target(topics: Sequence[Topic]) -> dict[str, str]:
    """The one page the one button opens, and what it says. Of a draft there is no checklist yet to lead to."""
    own = _own(topics)
    if len(topics) == 1 and own:
        pk = own[0].checklist_id
        return {"url": url("checklist", pk) if pk else url("home"), "button": _t("Open your checklist")}
    if len(topics) == 1:
        return {"url": url("ban", topics[0].ban.id), "button": _t("Open the figures")}
    return {"url": url("home"), "button": _t("Open your work")}


def _why(topics: Sequence[Topic]) -> str:
    reasons = []
    if own := _own(topics):
        reasons.append(_t("You get this because you are in the audience of a ban of your organisation."))
        if any(Reminder.Kind.WITHDRAWAL not in topic.kinds for topic in own):
            reasons.append(_t("Reminders stop when you are done."))
    if any(topic.theirs for topic in topics):
        reasons.append(_t("You are told of other people because you lead their team or are their line manager."))
    if any(topic.bundle for topic in topics):
        reasons.append(_t("You get the figures once a week because you lead a team."))
    return " ".join(reasons)


@cache
def _inliner() -> css_inline.CSSInliner:
    """Puts the styles where mail programs look for them; what is for dark screens stays in the head."""
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
