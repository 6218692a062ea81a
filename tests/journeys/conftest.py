"""A real browser for whole stories, with and without JavaScript.

Chromium is the one CHROMIUM_PATH names (make test sets it), else the one in PATH, else Playwright's own.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from migration_planner.people.models import User

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any, client: Any) -> Iterator[OpenPage]:
    """Open a page as somebody: open_page("/", by=employee, viewport=PHONE, javascript=False). Its requests stay here."""
    contexts = []

    def open_as(
        path: str, *, by: User | None = None, javascript: bool = True, viewport: Any = DESK, **options: Any
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport=viewport,
            java_script_enabled=javascript,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        if by is not None:
            client.force_login(by, backend="allauth.account.auth_backends.AuthenticationBackend")
            cookie = client.cookies["sessionid"]
            context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """The accessibility rules a page breaks, one line each: assert axe(page) == []."""
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def broken(page: Page, *, only: str | None = None) -> list[str]:
        """With `only`, that one rule: another colour scheme changes nothing but contrast."""
        rules = {"runOnly": {"type": "rule", "values": [only]} if only else {"type": "tag", "values": tags}}
        found = Axe().run(page, options=rules).response["violations"]
        return [f"{rule['id']}: {rule['help']} – {node['html'][:160]}" for rule in found for node in rule["nodes"]]

    return broken
