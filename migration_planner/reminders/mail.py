"""Composing a mail: from what it has to say to the bytes that go over the wire.

Links carry no authority: whoever opens one has to sign in, and opening one changes nothing.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache, lru_cache
from uuid import NAMESPACE_URL, uuid4, uuid5

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext as _t

from migration_planner.planning.models import Event
from migration_planner.reminders import mime
from migration_planner.reminders.bundles import token_of
from migration_planner.reminders.deadlines import attached
from migration_planner.reminders.facts import Reader, Topic
from migration_planner.reminders.links import host, url
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.models.escalations import level_in
from migration_planner.reminders.words import Clock, by_urgency, sections, subject

#: Where the reader's name, the address and the checklist stand in what is written once: characters that no text may contain.
NAME, ADDRESS, ANY = "\ufdd0", "\ufdd1", -1
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
    """Write to `reader` about `topics`, in their language and zone, as of `now`.

    Most people of a wave read the same but for their name and the address of their checklist: the rest is written once.
    """
    anybody = tuple(
        replace(topic, checklist_id=topic.checklist_id and ANY, first_mail="", changed_at=None) for topic in topics
    )
    form = _form(reader.language, reader.zone, anybody, now)
    target = _target(topics)
    text = form.text.replace(NAME, reader.name).replace(ADDRESS, target)
    return Letter(form.subject, text, form.html.replace(NAME, escape(reader.name)).replace(ADDRESS, escape(target)))


@lru_cache(maxsize=256)
def _form(language: str, zone: str, topics: tuple[Topic, ...], now: datetime) -> Letter:
    """The letter with marks where the name and the address belong."""
    with translation.override(language):
        clock = Clock(zone, now)
        title = one_line(subject(topics, clock))
        context = {
            "name": NAME,
            "language": language,
            "subject": title,
            "sections": sections(topics, clock),
            "url": ADDRESS,
            "button": _button(topics),
            "why": _why(topics),
            "preferences_url": url("preferences"),
        }
        # Plain again: it is no HTML, and a page that shows it must escape it.
        text = "".join([render_to_string("mail/mail.txt", context)])
        html = inlined(render_to_string("mail/mail.html", context))
    return Letter(title, text, html)


def freeze(reader: Reader, topics: Sequence[Topic], *, day: date, now: datetime) -> Frozen:
    """Compose once, with the Message-ID and Date that every copy will bear."""
    letter = compose(reader, topics, now=now)
    message_id = f"<{day:%Y%m%d}.{uuid4().hex}@{host()}>"
    headers = {
        "From": _address(*parseaddr(settings.DEFAULT_FROM_EMAIL)),
        "To": _address(reader.name, reader.email),
        "Subject": _words(letter.subject, "Subject"),
        "Date": format_datetime(now),
        "Message-ID": message_id,
        "List-Id": f"Migration Planner <reminders.{host()}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": reader.language,
        **_series(reader, by_urgency(topics)[0]),
        **_pausing(reader, topics),
    }
    raw = mime.message(headers, text=letter.text, html=letter.html, calendar=_calendar(reader, topics, now))
    return Frozen(message_id, now, letter.subject, raw)


def _series(reader: Reader, first: Topic) -> dict[str, str]:
    """What lets a mail program put the mails about one ban together, however their subjects differ.

    All refer to the first one that went (RFC 5322, 3.6.4). Outlook goes by a topic and an index of its own: 22 bytes, of
    which the last 16 name the conversation ([MS-OXOMSG] 2.2.1.3); they stay the same for a person and a ban.
    """
    index = b"\x01" + bytes(5) + uuid5(NAMESPACE_URL, f"{host()}/bans/{first.ban.id}/people/{reader.id}").bytes
    outlook = {"Thread-Topic": _words(one_line(f"{first.ban.tool} → {first.ban.replacement}"), "Thread-Topic")}
    earlier = {"In-Reply-To": first.first_mail, "References": first.first_mail} if first.first_mail else {}
    return {**earlier, **outlook, "Thread-Index": b64encode(index).decode()}


def _pausing(reader: Reader, topics: Sequence[Topic]) -> dict[str, str]:
    """The button by which a mail program pauses the weekly figures (RFC 8058), where a mail carries nothing else."""
    if any(topic.kinds != {Reminder.Kind.BUNDLE} for topic in topics):
        return {}
    address = url("bundles-pause", token_of(reader.id))
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _calendar(reader: Reader, topics: Sequence[Topic], now: datetime) -> bytes:
    """The deadlines that are announced, as a file for the reader's calendar; nothing when none is."""
    announced = [
        topic for topic in by_urgency(topics) if Reminder.Kind.ANNOUNCEMENT in topic.kinds and topic.open_steps
    ]
    with translation.override(reader.language):
        return attached(announced, now=now) if announced else b""


def one_line(text: str) -> str:
    """Text that is safe in a header: no line ends, no other control characters."""
    return " ".join(CONTROL.sub(" ", text).split())


def _address(name: str, address: str) -> str:
    return formataddr((one_line(name), one_line(address)))


def _words(text: str, header: str) -> str:
    """Text as a header carries it: encoded, and folded, where it is not plain (RFC 2047)."""
    return text if text.isascii() else Header(text, "utf-8", header_name=header).encode()


def _own(topics: Sequence[Topic]) -> list[Topic]:
    """Those that ask something of the reader, most urgent first."""
    return [topic for topic in by_urgency(topics) if topic.asks]


def _escalated(topics: Sequence[Topic]) -> bool:
    return any(level_in(told.role) for topic in topics for told in topic.theirs)


def _target(topics: Sequence[Topic]) -> str:
    """The one page the one button opens. Of a draft there is no checklist yet to lead to."""
    own = _own(topics)
    if not own and _escalated(topics):
        return url("escalations")
    if len(topics) == 1 and len(topics[0].waivers) == 1 and not own:
        return url("waiver", topics[0].waivers[0].waiver_id)
    if len(topics) == 1 and len(topics[0].finished) == 1 and topics[0].kinds == {Reminder.Kind.THANKS}:
        return url("team", topics[0].ban.id, topics[0].finished[0].team_id)
    if len(topics) == 1 and (not own or topics[0].is_proposal):
        return url("ban", topics[0].ban.id)
    pk = own[0].checklist_id if len(topics) == 1 else None
    return url("checklist", pk) if pk else url("home")


def _button(topics: Sequence[Topic]) -> str:
    """What the one button says."""
    if not _own(topics) and _escalated(topics):
        return _t("Open the list of these people")
    if len(topics) > 1:
        return _t("Open your work")
    if topics[0].is_proposal:
        return _t("Open the ban")
    if not _own(topics) and topics[0].waivers:
        return _t("Open the waiver") if len(topics[0].waivers) == 1 else _t("Open the ban")
    return _t("Open your checklist") if _own(topics) else _t("Open the figures")


def _why(topics: Sequence[Topic]) -> str:
    reasons = _why_asked(topics)
    if own := [topic for topic in _own(topics) if not topic.is_proposal]:
        reasons.append(_t("You get this because you are in the audience of a ban of your organisation."))
        if any(
            Reminder.Kind.WITHDRAWAL not in topic.kinds and topic.kinds != {Reminder.Kind.QUESTION} for topic in own
        ):
            reasons.append(_t("Reminders stop when you are done."))
        if any(topic.question for topic in own):
            reasons.append(
                _t("You are asked because figures of use do not fit your checklist; you can see what is held.")
            )
    if any(topic.waivers for topic in topics):
        reasons.append(
            _t("You are told of waivers that you have, asked for or granted, or that people of your team have.")
        )
    if _escalated(topics):
        reasons.append(
            _t("You are told of people below you because they are late, and you are a line manager above them.")
        )
    if any(not level_in(told.role) for topic in topics for told in topic.theirs):
        reasons.append(_t("You are told of other people because you lead their team or are their line manager."))
    return " ".join(reasons + _why_led(topics))


def _why_led(topics: Sequence[Topic]) -> list[str]:
    reasons = []
    if any(topic.finished for topic in topics):
        reasons.append(_t("You are thanked because you lead a team that is done, or stand in for its lead."))
    if any(topic.bundle for topic in topics):
        reasons.append(_t("You get the figures once a week because you lead a team."))
    return reasons


def _why_asked(topics: Sequence[Topic]) -> list[str]:
    proposed = any(change.verb == Event.Verb.PROPOSED for topic in topics for change in topic.changes)
    return [_t("You are asked to confirm a change because you own a ban.")] if proposed else []


def inlined(html: str) -> str:
    """The page of a mail with its styles where mail programs look for them."""
    return str(_inliner().inline(html))


@cache
def _inliner() -> css_inline.CSSInliner:
    """Puts the styles where mail programs look for them; what is for dark screens stays in the head."""
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
