"""Every list of the product comes page by page, by keys and never by counting rows off, and shows each row once."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from migration_planner.lib import paging
from migration_planner.planning import publishing
from migration_planner.planning.models import Report
from migration_planner.web.templatetags import portions
from tests import scans
from tests.doors import House

PAGED = [
    "acknowledgements", "audiences", "bans", "checklists", "comments", "contradictions", "deciding", "debts", "escalations",
    "gaps", "mail_calendars", "mails", "outgoing", "people", "relapses", "rooms", "rosters", "scans", "search", "tools",
]  # fmt: skip
#: The rows of each list, however its page calls them.
LISTS = [
    "bans", "tools", "gaps", "ban-gaps", "ban-everybody", "team", "ban-history", "ban-mail", "ban-acknowledgements",
    "ban-contradictions", "ban-waivers", "waivers", "roster", "person-mail", "checklist-history", "checklist-comments",
    "ban-unreachable", "mails-held", "ban-audience", "rooms", "ban-gap-reasons", "escalations", "ban-relapses", "ban-mail-due",
]  # fmt: skip
NEXT = re.compile(r'<a href="([^"]*)"[^>]* rel="next"')


@pytest.fixture
def one_row_a_page(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From this call on."""

    def of_one(rows: Any, order: Any, cursor: Any = None, *, size: int = 50) -> Any:
        return paging.keyset(rows, order, cursor, size=1)

    def patch() -> None:
        modules = [f"migration_planner.web.views.{name}" for name in PAGED]
        for name in [*modules, "migration_planner.web.people", "migration_planner.web.gaps"]:
            monkeypatch.setattr(import_module(name), "keyset", of_one)

    return patch


def walked(client: Client, path: str) -> Iterator[Any]:
    """The pages from the first to the last, by their own links."""
    url: str | None = path
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, url
        yield answer
        found = NEXT.search(answer.content.decode())
        url = path.partition("?")[0] + unescape(found[1]).partition("#")[0] if found else None


def section(answer: Any, name: str) -> str:
    return str(answer.content.decode().partition(f'id="{name}"')[2].partition("</nav>")[0])


def rows_of(answer: Any) -> list[Any]:
    page = answer.context.get("page") or answer.context.get("people_page")
    return [row.pk for row in page.rows]


def test_a_list_shows_each_row_once_page_by_page_and_counts_none_off(
    house: House, client: Client, one_row_a_page: Callable[[], None]
) -> None:
    roles = {name: "administrator" if name in {"rooms", "mails-held"} else "owner" for name in LISTS}
    whole = {}
    for name, role in roles.items():
        client.force_login(house.people[role])
        whole[name] = rows_of(client.get(house.path(name)))
    one_row_a_page()
    for name, role in roles.items():
        client.force_login(house.people[role])
        with CaptureQueriesContext(connection) as asked:
            pages = [rows_of(answer) for answer in walked(client, house.path(name))]
        assert pages == [[pk] for pk in whole[name]] or (not whole[name] and pages == [[]]), name
        assert [query["sql"] for query in asked if re.search(r" OFFSET (?!0\b)", query["sql"])] == [], name
    assert sum(len(rows) > 1 for rows in whole.values()) > 10


def test_teams_below_come_in_portions_that_the_address_names_by_their_first_team(
    client: Client, draft: Any, owner: Any, person: Any, team: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "SHOWN", 2)
    for number in range(5):
        person(f"p{number}", home=team(f"Acme/Unit {number}"))
    publishing.publish(draft, by=owner, now=now)
    client.force_login(owner)
    for path in (reverse("ban", args=[draft.pk]), reverse("team", args=[draft.pk, team("Acme").pk])):
        shown = [re.findall(r">(Unit \d)</a>", section(answer, "teams")) for answer in walked(client, path)]
        assert sorted(name for names in shown for name in names) == [f"Unit {number}" for number in range(5)]
        assert max(map(len, shown)) == 2
        assert 'rel="prev"' in client.get(f"{path}?teams={team('Acme/Unit 4').pk}").content.decode()
        assert "Unit 0" in client.get(f"{path}?teams=nobody").content.decode()


def test_all_repositories_can_be_reached(
    house: House, client: Client, monkeypatch: pytest.MonkeyPatch, now: Any
) -> None:
    monkeypatch.setattr(portions, "SHOWN", 2)
    lead, sent = house.people["lead"], Report.objects.get().scanned_at
    for name in ("a", "b", "c", "d"):
        scans.send(house.migration.team, lead, name, sent)
    client.force_login(lead)
    path = reverse("team-scans", args=[house.ban.pk, house.migration.team_id])
    found = [set(re.findall(r">(\w+)</a>", section(page, "repositories"))) for page in walked(client, path)]
    assert sorted(name for names in found for name in names) == ["a", "b", "c", "d", "shop"]
    assert max(map(len, found)) == 2
