"""Finding and moving by keys alone, in a real browser; and that nothing needs them."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.doors import House
from tests.journeys.conftest import DESK, PHONE, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def test_the_palette_finds_opens_and_gives_the_focus_back(house: House, open_page: OpenPage, axe: Any) -> None:
    page = open_page("/", by=house.people["lead"], viewport=DESK)
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.locator(".seek").focus()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search for")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Preferences")).to_be_visible()
    assert axe(page) == []
    page.keyboard.type("eve")
    expect(page.get_by_role("option", name="Eve")).to_have_attribute("aria-selected", "true")
    chosen = page.locator("[role=option][aria-selected=true]").get_attribute("id")
    assert field.get_attribute("aria-activedescendant") == chosen
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()
    expect(page.locator(".seek")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("zzzz")
    expect(page.get_by_role("option", name="Nothing found")).to_be_visible()
    assert axe(page) == []
    field.fill("preferen")
    expect(page.get_by_role("option", name="Preferences")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/preferences/")
    assert errors == []


def test_enter_with_nothing_chosen_opens_the_page_of_the_search(house: House, open_page: OpenPage) -> None:
    page = open_page("/", by=house.people["employee"], viewport=PHONE)
    page.locator(".seek").click()
    page.get_by_role("combobox").fill("zzzz")
    expect(page.get_by_role("option", name="Nothing found")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=zzzz")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_rows_are_walked_ticked_and_acted_on_and_fields_keep_their_letters(house: House, open_page: OpenPage) -> None:
    path = reverse("team", args=[house.ban.pk, house.migration.team_id]) + "#people"
    page = open_page(path, by=house.people["lead"], viewport=DESK)
    page.keyboard.press("j")
    expect(page.locator(".at-row")).to_have_count(1)
    first = focused(page)
    page.keyboard.press("j")
    assert focused(page) != first
    page.keyboard.press("k")
    assert focused(page) == first
    box = page.locator("main tr:has(input[name=who])").first
    while not box.evaluate("row => row.classList.contains('at-row')"):
        page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("input[name=who]:checked")).to_have_count(1)
    page.keyboard.press("e")
    assert page.evaluate("document.activeElement.name") == "act"
    page.keyboard.press("Enter")
    page.wait_for_url("**/act/")
    page.goto(reverse("tools"))
    page.get_by_label("Name of the tool").press_sequentially("jk/?x")
    expect(page.get_by_label("Name of the tool")).to_have_value("jk/?x")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_the_question_mark_shows_the_keys_and_they_can_be_switched_off(
    house: House, open_page: OpenPage, axe: Any
) -> None:
    page = open_page("/", by=house.people["employee"], viewport=PHONE)
    page.keyboard.press("?")
    expect(page.get_by_role("cell", name="To the next row of a list")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Switch them on or off").click()
    page.get_by_role("button", name="Switch keys of one letter off").click()
    page.wait_for_url("**/preferences/#keys-switch")
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


def test_without_javascript_the_header_leads_to_the_search_and_the_keys_are_a_page(
    house: House, open_page: OpenPage
) -> None:
    page = open_page("/", by=house.people["lead"], viewport=PHONE, javascript=False)
    page.locator(".seek").click()
    page.locator("main input[name=q]").fill("eve")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("link", name="Eve", exact=True).click()
    page.wait_for_url("**/people/*/mail/")
    page.get_by_role("link", name="Keys").click()
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
