"""An employee finishes a checklist: by thumb, by keyboard alone, without JavaScript, offline for a moment, in two tabs."""

from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from migration_planner.planning.models import Checklist, Mark, Step, Workflow
from tests.journeys.conftest import DESK, PHONE, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: The words of what has the focus; a hidden part of a name stands on a line of its own.
FOCUS = """
    (document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || '')
        .trim().replace(/\\s+:/g, ':')
"""


@pytest.fixture
def path(ban: Any, checklist: Checklist) -> str:
    """The checklist asks for evidence at its second step, which belongs to a workflow."""
    macros = Workflow.objects.create(
        ban=ban, key="macros", position=1, title="Macros", compatibility="partial", limits="No loops."
    )
    Step.objects.filter(ban=ban, key="install").update(
        evidence="a link", guidance="Run `install`.\n\n- one\n- two", workflow=macros
    )
    return f"/checklists/{checklist.pk}/"


def tab_to(page: Page, words: str, key: str = "Tab") -> None:
    for _press in range(60):
        page.keyboard.press(key)
        if words in page.evaluate(FOCUS):
            return
    raise AssertionError(f"{words!r} cannot be reached by {key}")


def assert_done(page: Page, checklist: Checklist) -> None:
    expect(page.locator("#finished")).to_contain_text("Thank you!")
    checklist.refresh_from_db()
    assert checklist.state == Checklist.State.DONE


def test_by_thumb_on_a_phone(open_page: OpenPage, employee: Any, checklist: Checklist, path: str) -> None:
    page = open_page("/", by=employee, viewport=PHONE, has_touch=True)
    page.get_by_role("link", name="Move from Old Editor to New Editor").tap()
    page.get_by_role("button", name="Done: Export").tap()
    expect(page.locator("#progress")).to_contain_text("1 of 3 steps finished")
    page.get_by_label("Evidence asked: a link").fill("https://tickets.example/1")
    page.locator(".step", has_text="Install").get_by_role("button", name="Mark done").tap()
    expect(page.locator("#progress")).to_contain_text("2 of 3 steps finished")
    page.locator(".step", has_text="Uninstall").get_by_role("button", name="Mark done").tap()
    assert_done(page, checklist)
    expect(page.locator("#finished")).to_be_focused()
    page.get_by_role("button", name="Done: Tidy").tap()
    expect(page.locator(".step", has_text="Tidy").locator("summary").first).to_be_focused()


def test_by_keyboard_alone(open_page: OpenPage, employee: Any, checklist: Checklist, path: str) -> None:
    page = open_page(path, by=employee)
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    tab_to(page, "Done: Export")
    page.keyboard.press("Space")
    expect(page.locator(".step", has_text="Install").locator("summary").first).to_be_focused()
    tab_to(page, "I cannot do this")
    page.keyboard.press("Enter")
    tab_to(page, "What stops you")
    page.keyboard.type("No licence yet")
    tab_to(page, "I am blocked")
    page.keyboard.press("Enter")
    expect(page.locator(".step", has_text="Uninstall").locator("summary").first).to_be_focused()
    tab_to(page, "I cannot do this")
    page.keyboard.press("Enter")
    tab_to(page, "What stops you")
    page.keyboard.type("Never had it")
    tab_to(page, "Does not apply to me")
    page.keyboard.press("Enter")
    expect(page.locator("#progress")).to_contain_text("2 of 3 steps finished")
    expect(page.locator(".step", has_text="Uninstall").locator("summary").first).to_be_focused()
    tab_to(page, "Install", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("https://tickets.example/1")
    tab_to(page, "Mark done: Install")
    page.keyboard.press("Enter")
    assert_done(page, checklist)
    expect(page.locator("#finished")).to_be_focused()


def test_without_javascript(open_page: OpenPage, employee: Any, checklist: Checklist, path: str) -> None:
    page = open_page("/", by=employee, javascript=False, viewport=PHONE)
    page.get_by_role("link", name="Move from Old Editor to New Editor").click()
    page.get_by_role("button", name="Done: Export").click()
    page.locator(".step", has_text="Install").get_by_role("button", name="Mark done").click()
    expect(page.get_by_role("alert").first).to_contain_text("This step asks for evidence: a link")
    page.get_by_label("Evidence asked: a link").fill("https://tickets.example/1")
    page.locator(".step", has_text="Install").get_by_role("button", name="Mark done").click()
    page.locator(".step", has_text="Uninstall").get_by_role("button", name="Mark done").click()
    assert_done(page, checklist)


def test_a_refusal_keeps_what_was_typed_and_takes_the_focus(
    open_page: OpenPage, employee: Any, checklist: Checklist, path: str
) -> None:
    page = open_page(path, by=employee)
    row = page.locator(".step", has_text="Export")
    row.get_by_text("I cannot do this").click()
    row.get_by_role("button", name="I am blocked").click()
    expect(row.get_by_role("alert")).to_contain_text("Give a reason in a few words.")
    expect(row.get_by_role("alert")).to_be_focused()
    row.get_by_label("What stops you").fill("No licence yet")
    row.get_by_role("button", name="I am blocked").click()
    expect(row).to_contain_text("No licence yet")
    assert checklist.marks.get().state == Mark.State.BLOCKED


def test_a_moment_offline_says_so_and_loses_nothing(
    open_page: OpenPage, employee: Any, checklist: Checklist, path: str
) -> None:
    page = open_page(path, by=employee)
    row = page.locator(".step", has_text="Export")
    row.get_by_text("I cannot do this").click()
    row.get_by_label("What stops you").fill("No licence yet")
    page.context.set_offline(True)
    row.get_by_role("button", name="I am blocked").click()
    expect(page.locator("#toasts")).to_contain_text("The server cannot be reached")
    page.context.set_offline(False)
    page.keyboard.press("Escape")
    expect(page.locator("#toasts")).to_be_empty()
    row.get_by_role("button", name="I am blocked").click()
    expect(page.locator("#progress")).to_contain_text("1 step is blocked")


def test_a_stale_tab_is_harmless_and_what_is_typed_in_another_row_stays(
    open_page: OpenPage, employee: Any, checklist: Checklist, path: str
) -> None:
    stale, fresh = open_page(path, by=employee), open_page(path, by=employee)
    typing = stale.locator(".step", has_text="Install")
    typing.locator("summary").first.click()
    typing.get_by_label("Evidence asked").fill("half a thou")
    fresh.get_by_role("button", name="Done: Export").click()
    expect(fresh.locator("#progress")).to_contain_text("1 of 3 steps finished")
    stale.get_by_role("button", name="Done: Export").click()
    expect(stale.locator("#progress")).to_contain_text("1 of 3 steps finished")
    expect(typing.get_by_label("Evidence asked")).to_have_value("half a thou")
    assert checklist.events.count() == 1


def test_a_tab_older_than_the_end_of_the_ban_learns_it(
    open_page: OpenPage, ban: Any, owner: Any, employee: Any, path: str, now: datetime
) -> None:
    page = open_page(path, by=employee)
    ban.withdraw(by=owner, now=now, why="The vendor changed its terms.")
    page.get_by_role("button", name="Done: Export").click()
    expect(page.get_by_role("alert").first).to_contain_text("This ban has ended")


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESK), ("dark", PHONE)], ids=["desk", "phone"])
def test_pages_keep_the_rules_of_accessibility(
    open_page: OpenPage, axe: Any, ban: Any, owner: Any, lead: Any, employee: Any, checklist: Checklist, path: str,
    scheme: str, viewport: Any, now: datetime,
) -> None:  # fmt: skip
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=employee, now=now, note="No licence yet")
    pages = [("/accounts/login/", None), ("/", employee), ("/", lead), ("/", owner), (path, employee), (path, lead)]
    pages += [(f"{path}history/", employee), ("/preferences/", employee), ("/nothing/", employee)]
    for at, reader in pages:
        page = open_page(at, by=reader, color_scheme=scheme, viewport=viewport)
        page.evaluate("document.querySelectorAll('main details').forEach(part => part.open = true)")
        assert axe(page) == [], at
        page.context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways_even_at_four_times_the_size(
    open_page: OpenPage, employee: Any, lead: Any, owner: Any, path: str, width: int
) -> None:
    for at, reader in [
        ("/accounts/login/", None),
        ("/", lead),
        ("/", owner),
        (path, employee),
        ("/preferences/", employee),
    ]:
        page = open_page(at, by=reader, viewport={"width": width, "height": 700})
        page.evaluate("document.querySelectorAll('main details').forEach(part => part.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, at
        page.context.close()


def test_targets_are_large_enough_for_a_thumb(open_page: OpenPage, employee: Any, path: str) -> None:
    page = open_page(path, by=employee, viewport=PHONE, has_touch=True)
    page.evaluate("document.querySelectorAll('main details').forEach(part => part.open = true)")
    measured = page.evaluate(
        """[...document.querySelectorAll('main .button, main .tick button, main summary')].filter(one => one.offsetHeight)
           .map(one => [one.innerText || one.ariaLabel, Math.round(one.getBoundingClientRect().height)])"""
    )
    assert measured
    assert [one for one in measured if one[1] < 44 and "carries over" not in one[0] and "scope" not in one[0]] == []
    assert [one for one in measured if one[1] < 24] == []
