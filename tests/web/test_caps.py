"""No page shows everything there is: what can grow is shown a portion at a time, or said to go on."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from migration_planner.people import calendars
from migration_planner.people.models import Membership, User
from migration_planner.planning.models import Ban, ProgressDay, Tool
from migration_planner.planning.playbooks import all_playbooks
from migration_planner.planning.progress import Figures
from migration_planner.web.charts import MOST_DAYS, burn_up
from migration_planner.web.templatetags import portions
from migration_planner.web.views import people, signals

NEXT = re.compile(r'<a href="([^"]*)"[^>]* rel="next"')


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "SHOWN", 2)


def walked(client: Client, path: str, begins: str, row: str) -> list[list[str]]:
    """What `row` finds after the words `begins`, portion by portion, by the links of that list."""
    found, url = [], path
    while url:
        text = client.get(url).content.decode().partition(begins)[2]
        found.append(re.findall(row, text.partition("</nav>")[0]))
        following = NEXT.search(text.partition("</nav>")[0])
        url = path + unescape(following[1]).partition("#")[0] if following else ""
    return found


def assert_each_once(pages: list[list[str]], wanted: list[str]) -> None:
    assert [name for names in pages for name in names] == wanted
    assert max(map(len, pages)) == 2 < len(wanted)


def test_a_lead_of_many_teams_reads_them_a_portion_at_a_time(
    client: Client,
    draft: Any,
    owner: Any,
    lead: Any,
    person: Any,
    team: Callable[[str], Any],
    now: datetime,
    two_a_page: None,
) -> None:
    from migration_planner.planning import publishing

    for number in range(4):
        Membership.objects.create(user=lead, team=team(f"Acme/Unit {number}"), role="lead")
        person(f"p{number}", home=team(f"Acme/Unit {number}"))
    publishing.publish(draft, by=owner, now=now)
    client.force_login(lead)
    pages = walked(client, "/", 'id="teams"', r">(Search|Unit \d)</a>")
    assert_each_once(pages, ["Search", "Unit 0", "Unit 1", "Unit 2", "Unit 3"])


def test_drafts_that_were_begun_are_shown_a_portion_at_a_time(
    client: Client, owner: Any, now: datetime, two_a_page: None
) -> None:
    for number in range(3):
        ban = Ban.objects.create(
            tool=Tool.called(f"Tool {number}"), replacement=Tool.called("New"), reason="Costs.", created_at=now
        )
        ban.owners.add(owner)
    client.force_login(owner)
    pages = walked(client, "/", "tasks drafts", r">Tool (\d) → New</a>")
    assert_each_once(pages, ["0", "1", "2"])


def test_sites_and_days_of_their_own_are_shown_a_portion_at_a_time(
    client: Client, administrator: Any, two_a_page: None, now: datetime
) -> None:
    for number in range(3):
        User.objects.create(name=f"P {number}", email="", site=f"Site {number}")
    calendars.SiteCalendar.objects.create(site="Site 1")
    days = calendars.SiteCalendar.objects.get().own_days
    for number in range(3):
        days.create(day=date(2026, 12, 1 + number), works=False, name=f"Day {number}", source="a.ics")
    client.force_login(administrator)
    assert_each_once(
        walked(client, reverse("calendars"), 'id="sites"', r">(Site \d)</a>"), ["Site 0", "Site 1", "Site 2"]
    )
    pages = walked(client, reverse("calendar", args=["Site 1"]), 'id="own"', r">(Day \d)</span>")
    assert_each_once(pages, ["Day 0", "Day 1", "Day 2"])


def test_playbooks_are_shown_a_portion_at_a_time(client: Client, owner: Any, two_a_page: None) -> None:
    client.force_login(owner)
    pages = walked(client, reverse("playbooks"), 'id="playbooks"', r'<h2><a href="/playbooks/([\w-]+)/">')
    assert_each_once(pages, [playbook.slug for playbook in all_playbooks()])


def test_named_teams_of_an_audience_are_counted_a_portion_at_a_time(
    client: Client, draft: Any, owner: Any, team: Callable[[str], Any], two_a_page: None
) -> None:
    for number in range(3):
        draft.audience_teams.create(team=team(f"Zeta {number}"))
    client.force_login(owner)
    pages = walked(client, reverse("ban-audience", args=[draft.pk]), 'id="named"', r"(Acme|Zeta \d)</")
    assert [name for names in pages for name in dict.fromkeys(names)] == ["Acme", "Zeta 0", "Zeta 1", "Zeta 2"]
    assert [len(set(names)) for names in pages] == [2, 2]


def test_a_long_ban_is_drawn_through_some_of_its_days(ban: Any, now: datetime) -> None:
    def chart(days: int) -> Any:
        kept = [
            ProgressDay(ban=ban, day=now.date() + timedelta(days=number), people=9, done=0, started=0, blocked=0)
            for number in range(days)
        ]
        return burn_up(ban, kept, Figures(people=9), now=now + timedelta(days=days))

    for days in (1, MOST_DAYS - 1, MOST_DAYS, 3 * MOST_DAYS, 1000):
        found = chart(days)
        shown = [row.day for row in found.rows]
        assert (shown[0], shown[-1]) == (now.date(), now.date() + timedelta(days=days))
        assert len(shown) == days + 1 if found.every == 1 else len(shown) <= MOST_DAYS + 1
        assert shown == sorted(set(shown))
    assert [chart(days).every for days in (MOST_DAYS - 2, 1000)] == [1, 6]


def test_what_comes_next_is_said_of_the_next_cutoffs_and_that_there_is_more(
    client: Client, ban: Any, employee: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(employee)
    page = reverse("person-mail", args=[employee.pk])
    assert "others follow here later" not in client.get(page).content.decode()
    monkeypatch.setattr(people, "CHAPTERS", 1)
    assert "others follow here later" in client.get(page).content.decode()


def test_more_sources_of_signals_than_are_shown_are_said(
    client: Client, owner: Any, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    from migration_planner.planning.models import SignalSource

    for number in range(3):
        tool = Tool.called("Old")
        SignalSource.objects.create(tool=tool, source=f"s{number}", newest_day=now.date(), received_at=now)
    client.force_login(owner)
    assert "more sources" not in client.get(reverse("signals")).content.decode()
    monkeypatch.setattr(signals, "SOURCES", 2)
    text = client.get(reverse("signals")).content.decode()
    assert ("s1</td>" in text, "s2</td>" in text, "more sources than are shown" in text) == (True, False, True)
