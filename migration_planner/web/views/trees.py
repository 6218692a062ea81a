"""The organisation under one ban, to open team by team. What is open, and by what it is sorted, stands in the address."""

from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from migration_planner.planning import tree
from migration_planner.planning.permissions import can_see_figures
from migration_planner.planning.tree import Branch
from migration_planner.web.http import Request, require
from migration_planner.web.lookups import number, visible_ban

HEADINGS: dict[str, Promise] = {
    "team": _("Team"),
    "people": _("People"),
    "done": _("Done"),
    "verified": _("Verified"),
    "claimed": _("Claimed"),
    "started": _("Started"),
    "blocked": _("Blocked"),
    "waived": _("Waived"),
    "not_started": _("Not started"),
    "unfinished": _("Still to finish"),
}


@dataclass(frozen=True)
class Heading:
    """A column: its words, the link that sorts by it (or turns it round), and what `aria-sort` says."""

    title: Promise
    url: str
    sorted: str
    is_text: bool


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    ban = visible_ban(request, pk)
    require(can_see_figures(request.user, ban))
    opened, sort = _opened(request.GET.get("open", "")), request.GET.get("sort", tree.DEFAULT)
    sort = sort if sort.removeprefix("-") in tree.COLUMNS else tree.DEFAULT
    url = reverse("ban-tree", args=[ban.pk])
    found = tree.of_ban(ban, opened, sort) if ban.published_at else None
    context = {
        "ban": ban,
        "tree": found,
        "rows": [(branch, _toggled(url, opened, sort, branch)) for branch in found.branches] if found else [],
        "headings": [_heading(name, url, opened, sort) for name in HEADINGS],
        "wide": tree.WIDE,
    }
    answer = render(request, "bans/tree.html#tree" if request.htmx else "bans/tree.html", context)
    answer["Vary"] = "HX-Request"
    return answer


def _opened(text: str) -> list[int]:
    """The teams that stand open, in the order they were opened; the latest ones, when there are too many."""
    found = [each for part in text[:2000].split(",") if (each := number(part))]
    return list(dict.fromkeys(found))[-tree.MOST_OPEN :]


def _toggled(url: str, opened: list[int], sort: str, branch: Branch) -> str:
    team = branch.row.team_id
    return _address(url, [each for each in opened if each != team] if branch.is_open else [*opened, team], sort)


def _heading(name: str, url: str, opened: list[int], sort: str) -> Heading:
    """Numbers begin with the largest, names with the first."""
    first, second = (name, f"-{name}") if name == "team" else (f"-{name}", name)
    state = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    return Heading(HEADINGS[name], _address(url, opened, second if sort == first else first), state, name == "team")


def _address(url: str, opened: list[int], sort: str) -> str:
    asked = QueryDict(mutable=True)
    if opened:
        asked["open"] = ",".join(map(str, opened))
    if sort != tree.DEFAULT:
        asked["sort"] = sort
    return f"{url}?{asked.urlencode(safe=',')}" if asked else url
