"""The links of the header. A link stands here once its page exists; it is shown to those who may use it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from migration_planner.people.models import User
from migration_planner.planning.permissions import (
    can_draft,
    can_import_roster,
    can_see_calendars,
    can_see_signal_sources,
)


def _everybody(user: User) -> bool:
    return True


def _runs_or_reads(user: User) -> bool:
    return can_draft(user) or user.sees_everything


@dataclass(frozen=True)
class Section:
    """A link of the header: the name of its page, its words, who sees it, and other paths that belong to it."""

    page: str
    title: Promise
    shown_to: Callable[[User], bool]
    also: tuple[str, ...] = ()


SECTIONS = [
    Section("home", _("My work"), _everybody, also=("/checklists/",)),
    Section("tools", _("May I use it?"), _everybody),
    Section("portfolio", _("Portfolio"), _runs_or_reads),
    Section("bans", _("Bans"), _runs_or_reads),
    Section("gaps", _("Gaps"), _runs_or_reads),
    Section("playbooks", _("Playbooks"), _runs_or_reads),
    Section("mails", _("Mail"), lambda user: user.sees_everything, also=("/rooms/", "/hooks/")),
    Section("roster", _("Roster"), can_import_roster),
    Section("signals", _("Signals"), can_see_signal_sources),
    Section("calendars", _("Calendars"), can_see_calendars),
]


@dataclass(frozen=True)
class Link:
    url: str
    title: Promise
    is_current: bool


def links(user: User, path: str) -> list[Link]:
    """What the header offers this person, on the page at `path`. Asks the database nothing."""
    found = []
    for section in SECTIONS:
        url = url_or_none(section.page)
        if url and section.shown_to(user):
            found.append(Link(url, section.title, _is_within(path, url, section.also)))
    return found


def _is_within(path: str, url: str, also: tuple[str, ...]) -> bool:
    return path == url or (url != "/" and path.startswith(url)) or path.startswith(also)


def url_or_none(page: str, *args: object) -> str | None:
    """The address of a page, or None where this installation has no such page."""
    try:
        return reverse(page, args=args)
    except NoReverseMatch:
        return None


@cache
def path_if_served(path: str) -> str | None:
    """`path` itself where something answers at it, else None."""
    try:
        resolve(path)
    except Resolver404:
        return None
    return path
