"""A ban from the first playbook and the real scanner: what does not apply, what is verified or back; and a gap's life."""

import os
import re
import subprocess
import sys
import time
from datetime import time as clock
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from migration_planner.planning import playbooks, publishing
from migration_planner.planning.drafting import draft_ban
from migration_planner.planning.models import Ban, Event, Gap
from migration_planner.reminders import planning
from migration_planner.reminders.models import Reminder
from tests.journeys.conftest import PHONE, OpenPage
from tests.scanner.conftest import commit, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TREE = {"CLAUDE.md": "Use tabs.\n", ".claude/settings.local.json": "{}\n", "README.md": "# Shop\n"}


@pytest.fixture
def moving(owner: Any, lead: Any, employee: Any) -> Ban:
    now = timezone.now()
    cutoff = ((now + timedelta(days=21)).date(), clock(18), "Europe/Berlin")
    find = playbooks.find("claude-code-to-qoder")
    ban = draft_ban(find, by=owner, now=now, owners=[owner], audience=["Acme"], cutoff=cutoff)
    publishing.publish(ban, by=owner, now=now)
    return ban


def test_scans_verify_and_call_back_and_a_gap_is_fixed(
    open_page: OpenPage, moving: Ban, search: Any, lead: Any, employee: Any, owner: Any, tmp_path: Path
) -> None:
    root = write(tmp_path / "shop", TREE)
    commit(root)
    page = open_page(f"/bans/{moving.pk}/teams/{search.pk}/scans/", by=lead)
    page.get_by_role("button", name="Make a token").click()
    token, base = page.locator("#made").input_value(), re.sub(r"/bans/.*", "", page.url)
    send(root, base, moving, token, page)

    team = f"/bans/{moving.pk}/teams/{search.pk}/"
    page.goto(team)
    expect(opened(page, "Move instruction files to AGENTS.md")).to_contain_text("acme.example/shop")
    expect(step(page, "Move rules")).to_contain_text("Not applicable, verified")
    own = f"/checklists/{moving.checklists.get(person=employee).pk}/"
    page = open_page(own, by=employee, viewport=PHONE)
    expect(opened(page, "Take your personal files")).to_contain_text(".claude/settings.local.json")

    (root / "CLAUDE.md").rename(root / "AGENTS.md")
    (root / ".claude/settings.local.json").unlink()
    send_again(root, base, moving, token)
    page.reload()
    expect(step(page, "Take your personal files")).to_contain_text("Verified")
    page = open_page(team, by=lead)
    expect(step(page, "Move instruction files to AGENTS.md")).to_contain_text("Verified")

    (root / "CLAUDE.md").write_text("Spaces, after all.\n")
    send_again(root, base, moving, token)
    page.reload()
    expect(opened(page, "Move instruction files to AGENTS.md")).to_contain_text("Found again")

    report_and_fix(open_page, own, employee, owner)


def report_and_fix(open_page: OpenPage, own: str, employee: Any, owner: Any) -> None:
    page = open_page(own, by=employee, javascript=False)
    blocked = opened(page, "Do one real task of yours with Qoder")
    blocked.locator("summary", has_text="I cannot do this").click()
    blocked.get_by_label("What can the new tool not do?").fill("No hooks here")
    blocked.get_by_label("What stops you").fill("They never run.")
    blocked.get_by_role("button", name="I am blocked").click()
    gap = Gap.objects.get()
    decide(open_page, gap, owner, "workaround", "Call the script by hand until then.")
    page = open_page(own, by=employee, viewport=PHONE)
    expect(opened(page, "Do one real task of yours with Qoder")).to_contain_text("Call the script by hand until then.")
    decide(open_page, gap, owner, "fixed", "Update to the newest version.")
    page = open_page(own, by=employee)
    again = opened(page, "Do one real task of yours with Qoder")
    expect(again).to_contain_text("Open again: what blocked it is fixed")
    expect(again).to_contain_text("Update to the newest version.")
    for _ in range(2):
        planning.plan(now=timezone.now())
    told = Reminder.objects.filter(kind=Reminder.Kind.CHANGE, person=employee)
    assert [reminder.event.verb for reminder in told] == [Event.Verb.GAP_FIXED]


def decide(open_page: OpenPage, gap: Gap, owner: Any, state: str, answer: str) -> None:
    page = open_page(f"/gaps/{gap.pk}/", by=owner)
    page.locator(f"input[name=state][value={state}]").check()
    page.locator("#id_answer").fill(answer)
    page.locator("#decide").get_by_role("button", name="Save").click()
    expect(page.locator(".eyebrow").first).to_contain_text(re.compile(state, re.IGNORECASE))


def step(page: Page, title: str) -> Any:
    return page.locator(".step", has_text=title).first


def opened(page: Page, title: str) -> Any:
    """The step with what is inside: fetched where it is a link, unfolded where it is there; the first one is open already."""
    found = step(page, title)
    if links := found.locator("a.step-link").all():
        links[0].click()
    elif found.locator("details").first.get_attribute("open") is None:
        found.locator("summary").first.click()
    expect(found.locator("details").first).to_have_attribute("open", "")
    return found


def send(root: Path, base: str, ban: Ban, token: str, page: Page) -> None:
    """Fetch the scanner of the ban, as a pipeline does, and let it send."""
    answer = page.request.get(f"{base}/bans/{ban.pk}/scan.pyz", headers={"Authorization": f"Bearer {token}"})
    (root.parent / "scan.pyz").write_bytes(answer.body())
    send_again(root, base, ban, token)


def send_again(root: Path, base: str, ban: Ban, token: str) -> None:
    commit(root)
    time.sleep(1)  # a report says to the second when it was made
    words = [sys.executable, "-I", str(root.parent / "scan.pyz"), str(root), "--repository", "acme.example/shop"]
    done = subprocess.run(
        [*words, "--send", f"{base}/api/reports/"],
        env={"PATH": os.environ["PATH"], "MIGRATION_SCAN_TOKEN": token},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
