"""An owner's week: from the portfolio to the team that decides it, what if, a second owner, and a pack that can be checked."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import time as clock
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from migration_planner.evidence import building
from migration_planner.planning import playbooks, publishing
from migration_planner.planning.drafting import draft_ban
from migration_planner.planning.models import Ban
from migration_planner.steering.models import Forecast
from tests.journeys.conftest import DESK, PHONE, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def moving(owner: Any, second: Any, lead: Any, employee: Any, search: Any) -> Ban:
    """In force for a while, and expected to miss its cutoff for one team."""
    now = timezone.now()
    cutoff = ((now + timedelta(days=21)).date(), clock(18), "Europe/Berlin")
    names = {"tool": "Old Editor", "replacement": "New Editor"}
    basics: dict[str, Any] = {"owners": [owner, second], "audience": ["Acme"], "cutoff": cutoff, **names}
    ban = draft_ban(playbooks.find("any-tool"), by=owner, now=now, **basics)
    publishing.publish(ban, by=owner, now=now)
    said: dict[str, Any] = {"ban": ban, "day": now.date(), "made_at": now, "people": 2, "people_then": 2, "done": 0}
    said |= {"by_cutoff": [1, 0, 0], "all_by": [None] * 3, "short": 1}
    Forecast.objects.bulk_create([Forecast(**said), Forecast(**said, team=search, mostly_own=True)])
    return ban


@pytest.fixture
def second(person: Callable[..., Any], acme: Any) -> Any:
    return person("oscar", home=acme, is_owner=True)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_from_the_portfolio_to_a_pack_that_is_checked(
    open_page: OpenPage, moving: Ban, owner: Any, second: Any, tmp_path: Path, viewport: Any
) -> None:
    page = open_page("/portfolio/", by=owner, viewport=viewport)
    page.get_by_role("link", name="Old Editor → New Editor").first.click()
    expect(page.locator("#progress")).to_contain_text("With 85 % confidence, up to")
    page.get_by_role("link", name="Which teams decide it").click()
    expect(page.locator("main")).to_contain_text("It goes on, but too slowly")
    page.locator("#main").get_by_role("link", name="Search", exact=True).click()
    _comment_and_take_it_back(page)

    page.goto(f"/bans/{moving.pk}/what-if/")
    assert moving.cutoff_date is not None
    page.get_by_label("Another cutoff").fill((moving.cutoff_date + timedelta(days=7)).isoformat())
    page.get_by_role("button", name="See what it would do").click()
    page.get_by_label("Reason").fill("Licences come late.")
    page.get_by_role("button", name="Propose it").click()
    expect(page.get_by_role("button", name="Apply the proposal")).to_have_count(0)
    other = open_page(page.url, by=second, viewport=viewport)
    other.get_by_role("checkbox").check()
    other.get_by_role("button", name="Apply the proposal").click()
    expect(other.locator("main")).to_contain_text("Applied")
    _take_the_pack(other, moving, tmp_path / "pack.zip")


def _comment_and_take_it_back(page: Page) -> None:
    page.get_by_label("Choose Eve").check()
    page.get_by_role("button", name="Comment…").click()
    page.get_by_label("Your comment").fill("What is left for you?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("main table")).to_contain_text("Comment written")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#notices")).to_contain_text("Taken back for 1 person")


def _take_the_pack(page: Page, ban: Ban, to: Path) -> None:
    page.goto(f"/bans/{ban.pk}/evidence/")
    page.get_by_role("button", name="Build the pack").click()
    building.build_next(now=timezone.now())
    page.goto(f"/bans/{ban.pk}/evidence/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    download.value.save_as(to)
    script = to.with_name("verify.py")
    script.write_bytes(zipfile.ZipFile(to).read("verify.py"))
    assert _checked(script, to) == 0
    whole = bytearray(to.read_bytes())
    whole[len(whole) // 2] ^= 1
    to.write_bytes(whole)
    assert _checked(script, to) != 0


def _checked(script: Path, pack: Path) -> int:
    return subprocess.run([sys.executable, str(script), str(pack)], capture_output=True, check=False).returncode
