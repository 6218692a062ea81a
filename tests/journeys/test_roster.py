"""An owner brings in a roster in a browser, with and without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from migration_planner.people.models import RosterImport, User
from migration_planner.planning import rosters
from tests.journeys.conftest import DESK, PHONE, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = """email,name,team,role,home_team,timezone
olga@acme.example,Olga,Acme,member,yes,UTC
ana@acme.example,Ana,Acme/Sales/North,lead,yes,Asia/Shanghai
bo@acme.example,Bo,Acme,member,yes,Mars/Base
"""
#: Whether nothing stands beside the window.
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(ROWS)
    return path


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_file_to_the_roster_in_force(
    open_page: OpenPage, owner: Any, file: Path, javascript: bool, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page("/roster/", by=owner, javascript=javascript, viewport=PHONE if javascript else DESK)
    if javascript:
        assert axe(page) == []
        assert page.evaluate(FITS)
    page.get_by_label("Roster as CSV").set_input_files(file)
    page.get_by_role("button", name="Upload and compare").click()
    expect(page.get_by_role("row", name="4 “Mars/Base” is not a time zone.")).to_be_visible()
    page.locator(".kind-title", has_text="Joiners").click()
    expect(page.get_by_role("rowheader", name="Ana")).to_be_visible()
    if javascript:
        assert axe(page) == []
        assert page.evaluate(FITS)

    page.get_by_role("button", name="Apply the roster").click()
    if javascript:  # without it, there is no message of the browser's own to look for
        expect(page.get_by_label("Go on without the 1 bad row")).to_be_focused()
    page.get_by_label("Go on without the 1 bad row").check()
    page.get_by_role("button", name="Apply the roster").click()
    expect(page.locator("#progress")).to_contain_text("Waiting for its turn")
    if javascript:
        assert axe(page) == []
    rosters.apply_next(now=timezone.now())
    expect(page.get_by_text("This roster came into force.")).to_be_visible(timeout=10_000)
    assert RosterImport.objects.get().state == RosterImport.State.APPLIED
    assert User.objects.get(name="Ana").zone == "Asia/Shanghai"
