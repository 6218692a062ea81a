"""The main pages in a real browser: accessible on a phone and in the dark, nothing sideways, nothing in the console."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.doors import House
from tests.journeys.conftest import DESK, PHONE, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Who reads which pages. An address that two roles see differently stands twice.
PAGES = {
    "anonymous": ["account_login", "account_reset_password"],
    "employee": [
        "home", "checklist", "checklist-history", "preferences", "tokens", "ban", "account_change_password", "search",
        "keys", "views",
    ],
    "lead": ["home", "team", "checklist"],
    "owner": [
        "home", "bans", "ban", "ban-history", "ban-mail", "playbooks", "playbook", "roster", "roster-import", "ban-new",
        "ban-basics", "ban-audience", "ban-cutoff", "ban-steps", "ban-step", "ban-ladder", "ban-preview",
        "ban-withdrawal", "ban-forecast", "ban-waivers", "ban-gaps",
    ],
}  # fmt: skip
UNFOLD = "document.querySelectorAll('main details').forEach(part => part.open = true)"
WIDTH = "document.documentElement.scrollWidth"
#: A panel clips what is too wide for it, so the page does not scroll and the last column is gone without a trace.
CLIPPED = """[...document.querySelectorAll('.panel.flush')]
    .filter(panel => panel.scrollWidth > panel.clientWidth).map(panel => panel.innerText.slice(0, 40))"""
TABLET = {"width": 800, "height": 1000}


def faults(page: Page, axe: Any) -> list[str]:
    """What is wrong with the page on a phone in the light, and on a desk in the dark."""
    page.evaluate(UNFOLD)
    found = [f"on a phone: {rule}" for rule in axe(page)]
    if (wide := page.evaluate(WIDTH)) > PHONE["width"]:
        found.append(f"{wide} wide on a phone")
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"dark: {rule}" for rule in axe(page, only="color-contrast")]
    if (wide := page.evaluate(WIDTH)) > DESK["width"]:
        found.append(f"{wide} wide on a desk")
    for size in (DESK, TABLET):
        page.set_viewport_size(size)
        found += [f"clipped at {size['width']}: {table}" for table in page.evaluate(CLIPPED)]
    return found


@pytest.mark.parametrize("role", PAGES)
def test_the_main_pages_are_accessible_fit_and_say_nothing_in_the_console(
    house: House, open_page: OpenPage, axe: Any, role: str
) -> None:
    found: list[str] = []
    page = open_page("/", by=house.people[role], viewport=PHONE, color_scheme="light")
    # A refusal of the content security policy is an error in the console as well.
    page.on("console", lambda said: found.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    for name in PAGES[role]:
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = page.goto(house.path(name), wait_until="load")
        assert answer is not None
        assert answer.status == 200, name
        found += [f"{role} at {name}: {fault}" for fault in faults(page, axe)]
    assert found == []
