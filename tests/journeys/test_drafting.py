"""An owner bans a tool: from a playbook to checklists, with and without JavaScript, and with somebody else at the same draft."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from migration_planner.planning import playbooks
from migration_planner.planning.drafting import draft_ban
from migration_planner.planning.models import Ban
from tests.journeys.conftest import DESK, PHONE, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PARTS = ["basics", "audience", "cutoff", "steps", "steps/new", "ladder", "preview", "discarding"]
CHANGES = [
    "",
    "history",
    "people",
    "changes/cutoff",
    "changes/scope",
    "changes/owners",
    "steps",
    "audience",
    "ladder",
    "close",
    "withdrawal",
]
SHARED = ["steps", "audience", "ladder"]


@pytest.fixture
def fresh(owner: Any) -> Ban:
    return draft_ban(
        playbooks.find("any-tool"),
        by=owner,
        now=timezone.now(),
        owners=[owner],
        tool="Slow Chat",
        replacement="Quick Chat",
    )


@pytest.mark.parametrize(("javascript", "viewport"), [(True, DESK), (False, PHONE)])
def test_from_a_playbook_to_checklists(
    open_page: OpenPage, owner: Any, lead: Any, employee: Any, javascript: bool, viewport: Any
) -> None:
    page = open_page("/bans/", by=owner, javascript=javascript, viewport=viewport)
    page.get_by_role("link", name="Draft a ban").first.click()
    card = page.locator("#any-tool")
    card.get_by_label("Banned tool").fill("Slow Chat")
    card.get_by_label("Replacement").fill("Quick Chat")
    card.get_by_role("button", name="Draft from").click()
    page.get_by_label("Stated reason").fill("Its vendor is gone.")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name=re.compile("Include ?: Acme")).click()
    expect(page.locator("#audience .figures")).to_contain_text("3")
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("Date").fill((timezone.now() + timedelta(days=40)).date().isoformat())
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name=re.compile("Move down ?: Tell your team")).click()
    expect(page.locator("#steps tbody tr").nth(1)).to_contain_text("Tell your team")
    page.get_by_role("link", name="Continue").click()
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("Yes, this goes to 3 people").check()
    page.get_by_role("button", name="Publish to 3 people").click()
    expect(page.get_by_role("status").first).to_contain_text("Published to 3 people")
    ban = Ban.objects.get()
    assert ban.is_live
    assert (ban.reason, ban.checklists.count()) == ("Its vendor is gone.", 3)


def test_with_javascript_a_choice_is_read_out_and_the_focus_stays_near(
    open_page: OpenPage, fresh: Ban, owner: Any, lead: Any
) -> None:
    page = open_page(f"/bans/{fresh.pk}/audience/", by=owner)
    page.get_by_role("button", name=re.compile("Include ?: Acme")).click()
    expect(page.locator("#live")).to_contain_text("2 people in the audience")
    expect(page.locator("#teams").get_by_role("button", name=re.compile("Take off the list ?: Acme"))).to_be_focused()
    page.goto(f"/bans/{fresh.pk}/steps/")
    page.get_by_role("button", name=re.compile("Make optional ?: Read what is banned")).click()
    expect(page.get_by_role("link", name="Read what is banned")).to_be_focused()
    page.goto(f"/bans/{fresh.pk}/cutoff/")
    page.get_by_label("Time zone").select_option("UTC")
    expect(page.locator("#reading")).to_contain_text("18:00 (UTC)")


def test_two_owners_at_one_draft_lose_no_words(open_page: OpenPage, fresh: Ban, owner: Any) -> None:
    first, second = (open_page(f"/bans/{fresh.pk}/basics/", by=owner) for _tab in range(2))
    first.get_by_label("Stated reason").fill("Theirs.")
    first.get_by_role("button", name="Save", exact=True).click()
    second.get_by_label("Stated reason").fill("Mine, at length.")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_text("Saved meanwhile by somebody else")).to_be_visible()
    expect(second.locator("main")).to_contain_text("Theirs.")
    expect(second.get_by_label("Stated reason")).to_have_value("Mine, at length.")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_role("status").first).to_contain_text("Saved")
    fresh.refresh_from_db()
    assert fresh.reason == "Mine, at length."


def sound(page: Page, axe: Callable[[Page], list[str]], paths: list[str]) -> None:
    for path in paths:
        page.goto(path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], path  # type: ignore[index]


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_every_page_of_a_draft_keeps_the_rules_of_accessibility(
    open_page: OpenPage, fresh: Ban, owner: Any, axe: Any, viewport: Any
) -> None:
    page = open_page("/bans/", by=owner, viewport=viewport)
    sound(page, axe, ["/bans/", "/bans/new/", "/playbooks/", "/playbooks/any-tool/"])
    sound(page, axe, [f"/bans/{fresh.pk}/{part}/" for part in PARTS])


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_every_page_of_a_ban_in_force_keeps_the_rules_of_accessibility(
    open_page: OpenPage, ban: Ban, owner: Any, axe: Any, viewport: Any
) -> None:
    page = open_page("/bans/", by=owner, viewport=viewport)
    sound(page, axe, [f"/bans/{ban.pk}/{part}/".replace("//", "/") for part in CHANGES + SHARED])


def test_what_a_new_cutoff_means_is_read_before_a_reason_is_given(open_page: OpenPage, owner: Any, ban: Ban) -> None:
    page = open_page(f"/bans/{ban.pk}/changes/cutoff/", by=owner)
    page.get_by_label("Date").fill((timezone.localdate() + timedelta(days=400)).isoformat())
    page.get_by_label("Time", exact=True).click()  # leaving the field is what counts as a change
    expect(page.locator("#reading")).to_contain_text("days of notice from now")
