"""Which lists can be saved as a view, what of their address is kept, and how an address is made of it again."""

from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from django.http import QueryDict
from django.urls import NoReverseMatch, Resolver404, ResolverMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import SavedView
from migration_planner.people.models.saved_views import LONGEST_QUERY


class Readers(Enum):
    """Who may open a page; web/views/saved_views.py asks."""

    EVERYBODY = "everybody"
    OF_BAN = "those who see the ban"
    OF_FIGURES = "those who see its figures"
    OF_QUESTIONS = "those who see its contradictions"
    OF_TEAM = "those who see the team"
    OF_PORTFOLIO = "those who see the portfolio"


@dataclass(frozen=True)
class Listing:
    """A list that can be saved: its title, the parameters that are kept of its address, and who may open it."""

    title: Promise
    keeps: tuple[str, ...]
    readers: Readers = Readers.OF_FIGURES


LISTS = {
    "bans": Listing(_("Bans"), ("state",), Readers.EVERYBODY),
    "gaps": Listing(_("Gaps"), ("state", "workflow"), Readers.EVERYBODY),
    "tools": Listing(_("May I use it?"), ("q",), Readers.EVERYBODY),
    "search": Listing(_("Search"), ("q", "in"), Readers.EVERYBODY),
    "waivers": Listing(_("Waivers to decide"), (), Readers.EVERYBODY),
    "portfolio": Listing(_("Portfolio"), (), Readers.OF_PORTFOLIO),
    "ban-gaps": Listing(_("Gaps"), ("state", "workflow"), Readers.OF_BAN),
    "ban-everybody": Listing(_("All people"), ("state", "sort")),
    "ban-tree": Listing(_("Teams"), ("open", "sort")),
    "ban-heat": Listing(_("Heat map"), ("team",)),
    "ban-mail": Listing(_("Mail"), ("place", "day", "who")),
    "ban-waivers": Listing(_("Waivers"), ("state",)),
    "ban-acknowledgements": Listing(_("Acknowledgements"), ("state", "version")),
    "ban-relapses": Listing(_("Relapses"), ("of",)),
    "ban-contradictions": Listing(_("Contradictions"), ("kind",), Readers.OF_QUESTIONS),
    "team": Listing(_("People of a team"), ("state", "sort", "scope"), Readers.OF_TEAM),
}


@dataclass(frozen=True)
class Place:
    """A page of `LISTS`, what it is about (numbers by name), and what is asked of it."""

    page: str
    about: dict[str, int]
    query: str


def can_be_saved(match: ResolverMatch | None) -> bool:
    return match is not None and match.url_name in LISTS


def place_of(address: str) -> Place:
    """What to keep of the address of a page here. Raises DomainError for any page that is not in the list."""
    try:
        parts = urlsplit(address)
        match = resolve(parts.path) if not (parts.scheme or parts.netloc) else None
    except (ValueError, Resolver404):
        match = None
    if match is None or not can_be_saved(match):
        raise DomainError(_t("This page cannot be saved as a view. Open a list, and save it there."))
    query = _kept(str(match.url_name), parts.query)
    if len(query) > LONGEST_QUERY:
        raise DomainError(_t("Too much is open or filtered here to be saved. Close some of it first."))
    return Place(str(match.url_name), dict(match.kwargs), query)


def _kept(page: str, query: str) -> str:
    """Only what the list is known to ask for; never the page of a list one is on, which goes stale."""
    asked, kept = QueryDict(query), QueryDict(mutable=True)
    for name in LISTS[page].keeps:
        if value := asked.get(name):
            kept[name] = value
    return kept.urlencode(safe=",")


def address_of(view: SavedView) -> str | None:
    """Where a view leads: made anew, so that whatever stands in the table leads nowhere but to a list of ours. Else None."""
    if view.page not in LISTS:
        return None
    about: dict[str, Any] = view.about if isinstance(view.about, dict) else {}
    try:
        path = reverse(view.page, kwargs=about)
    except NoReverseMatch:
        return None
    query = _kept(view.page, view.query)
    return f"{path}?{query}" if query else path
