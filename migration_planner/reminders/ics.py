"""Deadlines as calendar programs read them: iCalendar (RFC 5545).

A deadline is an instant, and stands there in UTC: every calendar shows it on its reader's own clock, and no table of
daylight-saving rules has to travel along. It takes no time from the day (TRANSP:TRANSPARENT) and invites nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar import Calendar, Event
from icalendar.parser import Contentline

PRODUCT = "-//Migration Planner//Migration Planner//EN"
#: How often calendars are asked to read a feed again (RFC 7986, 5.7).
REFRESH = timedelta(hours=1)
END = b"END:VCALENDAR"
#: Stands for what differs from reader to reader in what is written once.
MARK = "mark-of-the-reader"


@dataclass(frozen=True)
class Deadline:
    """One deadline of a person or a team. `uid` stays, `revision` rises with what people are told of anew."""

    uid: str
    title: str
    text: str
    at: datetime
    url: str
    revision: int
    changed_at: datetime


def feed(deadlines: Iterable[Deadline], *, name: str) -> bytes:
    """A calendar to subscribe to. The same deadlines give the same bytes."""
    calendar = _calendar()
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    return _bytes(calendar, deadlines)


def attachment(deadlines: Iterable[Deadline]) -> bytes:
    """A file to add to one's calendar: published, with no one to answer to (RFC 5546, 3.2.1)."""
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    return _bytes(calendar, deadlines)


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    return calendar


def _bytes(calendar: Calendar, deadlines: Iterable[Deadline]) -> bytes:
    whole = bytes(calendar.to_ical())
    events = b"".join(_named(_written(replace(each, uid=MARK, url=MARK)), each) for each in deadlines)
    return whole.replace(END, events + END)


def _named(event: bytes, deadline: Deadline) -> bytes:
    """The event with what is this person's own of it, each folded as a line has to be."""
    for name, value in ((b"UID", deadline.uid), (b"URL", deadline.url)):
        line = _folded(f"{name.decode()}:{value}")
        event = event.replace(name + b":" + MARK.encode() + b"\r\n", line)
    return event


def _folded(line: str) -> bytes:
    return bytes(Contentline(line).to_ical()) + b"\r\n"  # type: ignore[no-untyped-call]


@lru_cache(maxsize=256)
def _written(deadline: Deadline) -> bytes:
    """Most people of a wave get the same but for the address of their checklist: that is written once."""
    return bytes(_event(deadline).to_ical())


def _event(deadline: Deadline) -> Event:
    changed_at = deadline.changed_at.astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("uid", deadline.uid)
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", deadline.revision)
    event.add("dtstart", deadline.at.astimezone(UTC))
    event.add("summary", deadline.title)
    event.add("description", deadline.text)
    event.add("url", deadline.url)
    event.add("transp", "TRANSPARENT")
    return event
