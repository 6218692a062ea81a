from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from migration_planner.people.models import User
from migration_planner.planning.models import Gap, Tool
from migration_planner.web import seeking
from migration_planner.web.views import search as view

SEARCH = reverse("search")
Found = Callable[..., dict[str, list[str]]]


@pytest.fixture
def found(client: Client) -> Found:
    """What somebody finds: titles by kind."""

    def ask(user: Any, typed: str, **more: str) -> dict[str, list[str]]:
        client.force_login(user)
        answer = client.get(SEARCH, {"q": typed, **more})
        assert answer.status_code == 200
        return {group.key: [str(hit.title) for hit in group.hits] for group in answer.context["groups"]}

    return ask


def test_leads_owners_and_auditors_find_their_people_and_nobody_else_does(
    found: Found, ban: Any, owner: Any, lead: Any, employee: Any, outsider: Any, auditor: Any, person: Any, sales: Any
) -> None:
    person("evelyn", home=sales)
    assert found(auditor, "eve")["people"] == ["Eve", "Evelyn"]
    assert found(owner, "eve@")["people"] == ["Eve"]
    assert found(lead, "eve")["people"] == ["Eve"]
    assert "people" not in found(employee, "lee")
    assert "people" not in found(outsider, "eve")


def test_who_leads_nobody_under_the_ban_finds_nobody_of_another_team(
    found: Found, person: Any, sales: Any, employee: Any, draft: Any, owner: Any, now: Any
) -> None:
    from migration_planner.planning import publishing

    sally = person("sally", home=sales, role="lead")
    eva = person("eva", home=sales)
    publishing.publish(draft, by=owner, now=now)
    assert found(sally, "ev")["people"] == [eva.name]


def test_a_draft_shows_its_owner_no_people_of_its_audience(found: Found, draft: Any, owner: Any, employee: Any) -> None:
    assert "people" not in found(owner, "eve")
    assert found(owner, "old editor")["bans"] == [str(draft)]


def test_teams_are_found_by_those_who_may_open_their_page(
    found: Found, ban: Any, owner: Any, lead: Any, employee: Any, outsider: Any, search: Any, sales: Any
) -> None:
    assert found(employee, "search")["teams"] == ["Search"]
    assert found(owner, "acme/sa").get("teams") is None  # nobody works there, so no ban moves it
    assert found(owner, "acme")["teams"][0] == "Acme"
    assert "teams" not in found(outsider, "acme")


def test_bans_tools_and_gaps_are_found_by_whom_they_concern(
    found: Found, ban: Any, owner: Any, employee: Any, outsider: Any, now: Any
) -> None:
    gap = Gap.objects.create(ban=ban, title="No editor macros", opened_by=owner, opened_at=now)
    assert found(employee, "old editor") == {"bans": [str(ban)], "tools": ["Old Editor"]}
    assert found(employee, "MACROS")["gaps"] == [gap.title]
    assert found(outsider, "editor") == {}


def test_playbooks_and_workflows_are_for_those_who_read_playbooks(found: Found, owner: Any, employee: Any) -> None:
    rows = found(owner, "hooks")["workflows"]
    assert any("ook" in row for row in rows)
    assert "workflows" not in found(employee, "hooks")


def test_pages_are_those_one_may_open(found: Found, owner: Any, employee: Any, administrator: Any) -> None:
    assert "Draft a ban" in found(owner, "draft a")["pages"]
    assert "pages" not in found(employee, "draft a")
    assert found(administrator, "rooms")["pages"] == ["Rooms of teams"]
    client = Client()
    for user in (owner, employee, administrator):
        client.force_login(user)
        for group in seeking.fixed(user):
            assert [hit.url for hit in group.hits if client.get(hit.url).status_code not in (200, 302)] == []


def test_what_is_found_leads_to_pages_that_open(client: Client, ban: Any, lead: Any, employee: Any) -> None:
    client.force_login(lead)
    for typed in ("eve", "search", "old editor"):
        groups = client.get(SEARCH, {"q": typed}).context["groups"]
        hits = [hit for group in groups for hit in group.hits]
        assert hits
        for url in [hit.url for hit in hits] + [url for hit in hits for _title, url in hit.links]:
            assert client.get(url).status_code == 200, url


def test_a_handful_leads_to_all_of_them_page_by_page(
    client: Client, auditor: Any, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "SHOWN", 3)
    for number in range(8):
        person(f"mia{number}")
    client.force_login(auditor)
    group = client.get(SEARCH, {"q": "mia"}).context["groups"][0]
    assert len(group.hits) == seeking.HANDFUL
    seen, url = [], group.all_url
    while url:
        answer = client.get(url)
        seen += [hit.title for hit in answer.context["hits"]]
        url = f"{group.all_url}&cursor={after}" if (after := answer.context["page"].after) else ""
    assert seen == [f"Mia{number}" for number in range(8)]


def test_all_teams_come_page_by_page_too(client: Client, ban: Any, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "SHOWN", 1)
    client.force_login(owner)
    seen, cursor = [], ""
    while cursor is not None:
        answer = client.get(SEARCH, {"q": "acme", "in": "teams", "cursor": cursor})
        seen += [hit.title for hit in answer.context["hits"]]
        cursor = answer.context["page"].after
    assert seen == ["Acme", "Engineering", "Search"]


def test_before_and_after_a_search_without_hits_the_page_says_what_to_try(client: Client, employee: Any) -> None:
    client.force_login(employee)
    assert "What are you looking for?" in client.get(SEARCH).content.decode()
    nothing = client.get(SEARCH, {"q": "<nothing>"}).content.decode()
    assert "Nothing found for “&lt;nothing&gt;”" in nothing
    assert "Try fewer or shorter words" in nothing
    assert "Type at least two letters" in client.get(SEARCH, {"q": "x"}).content.decode()


def test_htmx_gets_the_results_alone_and_the_palette_offers_pages_at_once(client: Client, employee: Any) -> None:
    client.force_login(employee)
    part = client.get(SEARCH, {"q": "wo", "at": "palette"}, headers={"hx-request": "true"})
    assert part["Vary"].startswith("HX-Request")
    text = part.content.decode()
    assert "<html" not in text
    assert 'role="option"' in text
    offered = client.get(SEARCH, {"at": "palette"}, headers={"hx-request": "true"}).content.decode()
    assert reverse("preferences") in offered


def test_the_number_of_questions_does_not_depend_on_what_is_found(
    client: Client,
    ban: Any,
    owner: Any,
    lead: Any,
    person: Any,
    search: Any,
    django_assert_max_num_queries: Any,
    now: Any,
) -> None:
    for number in range(4):
        person(f"old{number}", home=search)
        Tool.objects.create(name=f"Old thing {number}", decided_at=now)
        Gap.objects.create(ban=ban, title=f"Old gap {number}", opened_by=owner, opened_at=now)
    for user in (owner, lead):
        client.force_login(user)
        with django_assert_max_num_queries(15):
            assert client.get(SEARCH, {"q": "old"}).status_code == 200
    assert User.objects.count() > 4
