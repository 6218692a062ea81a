"""One ban from the roster to its withdrawal, through pages alone; only the clock and the worker are the test's."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from migration_planner.people.models import User
from migration_planner.planning import counting, rosters
from migration_planner.planning.models import Ban, Checklist, Migration
from migration_planner.reminders import ticking
from migration_planner.reminders.models import Reminder
from tests.journeys.conftest import PHONE, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = """email,name,team,role,home_team,timezone
olga@acme.example,Olga,Acme,member,yes,Europe/Berlin
lena@acme.example,Lena,Acme/Sales,lead,yes,UTC
emil@acme.example,Emil,Acme/Sales,member,yes,UTC
nora@acme.example,Nora,Acme/Sales,member,yes,UTC
"""


def test_from_the_roster_to_the_withdrawal(open_page: OpenPage, owner: User, tmp_path: Path) -> None:
    page = open_page("/roster/", by=owner)
    bring_in_the_roster(page, tmp_path / "people.csv")
    lena, emil = User.objects.get(name="Lena"), User.objects.get(name="Emil")

    ban = ban_a_tool(page)
    ticking.tick(now=timezone.now())
    announced = Reminder.objects.filter(ban=ban, kind=Reminder.Kind.ANNOUNCEMENT)
    assert set(announced.values_list("person__name", flat=True)) == {"Olga", "Lena", "Emil", "Nora"}

    checklist = finish_the_checklist(open_page("/", by=emil, javascript=False, viewport=PHONE), ban, emil)
    look_after_the_team(open_page("/", by=lena), ban)
    page = open_page("/", by=owner)  # the session of the test is one: whoever comes last is signed in
    read_the_figures(page, ban)
    withdraw(page, ban)

    page = open_page(f"/checklists/{checklist.pk}/", by=emil, javascript=False, viewport=PHONE)
    expect(page.locator("main")).to_contain_text("This ban was withdrawn. Nothing is asked of you any more.")
    expect(page.locator("main")).to_contain_text("The vendor changed its terms.")
    expect(page.locator("main .step button")).to_have_count(0)
    ticking.tick(now=timezone.now())
    waiting = Reminder.objects.filter(ban=ban).waiting().exclude(kind=Reminder.Kind.WITHDRAWAL)  # type: ignore[attr-defined]
    assert not waiting.exists()
    assert not counting.differences(ban)


def bring_in_the_roster(page: Page, file: Path) -> None:
    file.write_text(ROWS)
    page.get_by_label("Roster as CSV").set_input_files(file)
    page.get_by_role("button", name="Upload and compare").click()
    page.locator(".kind-title", has_text="Joiners").click()
    expect(page.get_by_role("rowheader", name="Emil")).to_be_visible()
    assert not User.objects.filter(name="Emil").exists()
    page.get_by_role("button", name="Apply the roster").click()
    expect(page.locator("#progress")).to_contain_text("Waiting for its turn")
    rosters.apply_next(now=timezone.now())
    expect(page.get_by_text("This roster came into force.")).to_be_visible(timeout=15_000)


def ban_a_tool(page: Page) -> Ban:
    page.get_by_role("link", name="Bans").first.click()
    page.get_by_role("link", name="Draft a ban").first.click()
    card = page.locator("#any-tool")
    card.get_by_label("Banned tool").fill("Slow Chat")
    card.get_by_label("Replacement").fill("Quick Chat")
    card.get_by_role("button", name="Draft from").click()
    page.get_by_label("Stated reason").fill("Its vendor is gone.")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name=re.compile(r"Include ?: Acme$")).click()
    expect(page.locator("#audience .figures")).to_contain_text("4")
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("Date").fill((timezone.now() + timedelta(days=40)).date().isoformat())
    page.get_by_role("button", name="Save and continue").click()
    for _part in ("steps", "ladder"):
        page.get_by_role("link", name="Continue").click()
    page.get_by_label("Yes, this goes to 4 people").check()
    page.get_by_role("button", name="Publish to 4 people").click()
    expect(page.get_by_role("status").first).to_contain_text("Published to 4 people")
    return Ban.objects.get()


def finish_the_checklist(page: Page, ban: Ban, person: User) -> Checklist:
    page.get_by_role("link", name="Move from Slow Chat to Quick Chat").click()
    checklist = ban.checklists.get(person=person)
    for step in ban.steps.per_person().filter(required=True):
        row = page.locator(f"#step-{step.pk}")
        done = row.get_by_role("button", name="Mark done")
        if not done.is_visible():
            row.locator("summary").first.click()
        if step.evidence:
            row.get_by_label("Evidence asked").fill("My laptop")
        done.click()
        expect(page.locator(f"#step-{step.pk}.finished")).to_be_visible()
    expect(page.locator("#finished")).to_contain_text("Thank you!")
    checklist.refresh_from_db()
    assert checklist.state == Checklist.State.DONE
    return checklist


def look_after_the_team(page: Page, ban: Ban) -> None:
    """A lead does one team step and nudges whoever has not finished: herself and Nora."""
    sales = ban.migrations.get(path="Acme/Sales")
    page.goto(f"/bans/{ban.pk}/teams/{sales.team_id}/")
    row = page.locator(".step", has_text="Switch integrations to the replacement")
    row.get_by_role("link", name="Switch integrations").click()
    row.get_by_role("button", name="Mark done").click()
    expect(row.locator(".tick.done")).to_be_visible()
    page.get_by_role("button", name="Nudge 2 people").click()
    expect(page.get_by_role("status").first).to_contain_text("2 people will hear from us.")
    assert Migration.objects.get(pk=sales.pk).finished_team_steps == 1
    nudged = Reminder.objects.filter(ban=ban, kind=Reminder.Kind.NUDGE)
    assert set(nudged.values_list("person__name", flat=True)) == {"Lena", "Nora"}


def read_the_figures(page: Page, ban: Ban) -> None:
    page.goto(f"/bans/{ban.pk}/")
    counted = ban.checklists.exclude(state=Checklist.State.STOPPED)
    done, people = counted.filter(state=Checklist.State.DONE).count(), counted.count()
    assert (done, people) == (1, 4)
    figures = page.locator(".figures").first
    shown = {
        each.locator("dt").inner_text(): each.locator("dd").first.inner_text()
        for each in figures.locator("> div").all()
    }
    assert shown["People"] == str(people)
    assert "".join(shown["Done"].split()) == f"{done * 100 // people}%"
    assert shown["Still to finish"] == str(people - done)
    assert shown["Blocked"] == "0"


def withdraw(page: Page, ban: Ban) -> None:
    page.get_by_role("link", name="Withdraw the ban").click()
    page.get_by_label("Reason").fill("The vendor changed its terms.")
    page.get_by_label("Withdraw it, and tell 4 people").check()
    page.get_by_role("button", name="Withdraw the ban").click()
    expect(page.get_by_role("status").first).to_contain_text("withdrawn")
    ban.refresh_from_db()
    assert ban.state == Ban.State.WITHDRAWN
