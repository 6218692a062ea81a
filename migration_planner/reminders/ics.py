"""Deadlines as calendar programs read them: iCalendar (RFC 5545).

A deadline is an instant, and stands there in UTC: every calendar shows it on its reader's own clock, and no table of
daylight-saving rules has to travel along. It takes no time from the day (TRANSP:TRANSPARENT) and invites nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

PRODUCT = "-//Migration Planner//Migration Planner//EN"
#: How often calendars are asked to read a feed again (RFC 7986, 5.7).
REFRESH = timedelta(hours=1)


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
    for deadline in deadlines:
        calendar.add_component(_event(deadline))
    return bytes(calendar.to_ical())


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
