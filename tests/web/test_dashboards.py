import io
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.people.roster import staging
from migration_planner.planning import audience
from migration_planner.planning.models import Mark
from migration_planner.planning.rosters import apply_roster
from migration_planner.reminders.planning import plan


@pytest.fixture
def url(ban: Any) -> str:
    return reverse("ban", args=[ban.pk])


def test_the_owner_sees_figures_the_teams_behind_and_the_reasons(
    client: Any, url: str, owner: Any, checklist: Any, now: datetime
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=checklist.person, now=now, note="No licence yet")
    client.force_login(owner)
    page = client.get(url).content.decode()
    assert "0 of 3 done, 1 blocked, 2 not started" in page
    assert "Teams furthest behind" in page
    assert "No licence yet" in page


def test_an_employee_reads_the_announcement_without_figures(client: Any, url: str, employee: Any) -> None:
    client.force_login(employee)
    page = client.get(url).content.decode()
    assert "Its vendor reads our code." in page
    assert "Teams furthest behind" not in page


def test_the_mail_page_adds_up_and_lists_what_is_coming(
    client: Any, ban: Any, owner: Any, employee: Any, now: datetime
) -> None:
    plan(now=now)
    client.force_login(owner)
    page = client.get(reverse("ban-mail", args=[ban.pk])).content.decode()
    assert employee.name in page
    part = client.get(reverse("ban-mail", args=[ban.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "<dt>Reminders in all</dt><dd>4</dd>" in part
    assert "Counted in reminders" in part
    client.force_login(employee)
    assert client.get(reverse("ban-mail", args=[ban.pk])).status_code == 403


def test_the_teams_file_has_every_team_with_its_own_people(client: Any, ban: Any, owner: Any) -> None:
    client.force_login(owner)
    file = b"".join(client.get(reverse("ban-teams", args=[ban.pk])).streaming_content).decode()
    lines = [line.split(",") for line in file.splitlines()[1:]]
    deadline = lines[0].pop(8)
    assert deadline.startswith("2026-11-30")
    assert [",".join(cell for cell in line if cell != deadline) for line in lines] == [
        "Acme,1,0,0,0,1,0,0,0,0,0,0",
        "Acme/Engineering,0,0,0,0,0,0,0,0,0,0,0",
        "Acme/Engineering/Search,2,0,0,0,2,0,0,0,0,0,0",
    ]


def test_the_dashboard_takes_a_fixed_number_of_queries(
    client: Any, url: str, owner: Any, checklist: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=checklist.person, now=now, note="No licence yet")
    client.force_login(owner)
    with django_assert_max_num_queries(18):
        client.get(url)


def test_the_people_of_a_whole_ban_are_filtered_and_the_file_holds_what_the_page_shows(
    client: Any, ban: Any, owner: Any, checklist: Any, now: datetime
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=checklist.person, now=now, note="No licence yet")
    client.force_login(owner)
    url = reverse("ban-everybody", args=[ban.pk])
    everybody = client.get(url).content.decode()
    assert everybody.index(">Eve</a>") < everybody.index(">Lee</a>")  # who needs help comes first
    page = client.get(url, {"state": "blocked"}).content.decode()
    assert ">Eve</a>" in page
    assert ">Lee</a>" not in page
    file = b"".join(client.get(reverse("ban-people", args=[ban.pk]), {"state": "blocked"}).streaming_content).decode()
    assert [line.split(",")[0] for line in file.splitlines()[1:]] == ["Eve"]
    assert len(client.get(url, {"state": "nonsense"}).context["page"].rows) == 3


def test_a_page_of_people_takes_as_many_queries_however_many_it_shows(
    client: Any, ban: Any, owner: Any, person: Any, search: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(9):
        person(f"p{number}", home=search)
    audience.follow(ban, now=now)
    client.force_login(owner)
    with django_assert_max_num_queries(13):
        assert len(client.get(reverse("ban-everybody", args=[ban.pk])).context["page"].rows) == 12


def test_an_owner_nudges_the_whole_audience_once_a_day_and_history_counts_it(client: Any, ban: Any, owner: Any) -> None:
    client.force_login(owner)
    url = reverse("ban-nudge", args=[ban.pk])
    assert "3 people will hear from us." in client.post(url, follow=True).content.decode()
    assert "3 people were nudged today already." in client.post(url, follow=True).content.decode()
    assert "3 people were written to." in client.get(reverse("ban-history", args=[ban.pk])).content.decode()


def test_when_few_of_many_reasons_are_shown_the_rest_is_one_link_away(
    client: Any, url: str, ban: Any, search: Any, owner: Any, person: Callable[..., Any], now: datetime
) -> None:
    for number in range(7):
        person(f"p{number}", home=search)
    audience.follow(ban, now=now)
    for stuck in ban.checklists.filter(person__name__startswith="P"):
        stuck.mark(stuck.steps()[0], Mark.State.BLOCKED, by=stuck.person, now=now, note="No licence yet")
    client.force_login(owner)
    page = client.get(url).content.decode()
    assert f"{reverse('ban-everybody', args=[ban.pk])}?state=blocked" in page
    assert "All 7 people who are blocked" in page


@pytest.mark.parametrize("withdrawn", [False, True])
def test_the_page_of_an_ended_ban_says_who_ended_it_and_why_and_forbids_nothing_that_was_lifted(
    client: Any, url: str, ban: Any, owner: Any, employee: Any, now: datetime, withdrawn: bool
) -> None:
    end = ban.withdraw if withdrawn else ban.close
    end(by=owner, now=now, why="The vendor changed its terms.")
    client.force_login(employee)
    page = client.get(url).content.decode()
    assert "The vendor changed its terms." in page
    assert ("This ban was lifted" in page) is withdrawn
    assert ("Old Editor may not be used any more" in page) is not withdrawn


def test_a_roster_that_changed_the_audience_is_in_the_history_of_the_ban(
    client: Any, ban: Any, owner: Any, now: datetime
) -> None:
    rows = b"email,name,team\nnew@acme.example,New,Acme\n"
    roster = staging.stage(io.BytesIO(rows), name="people.csv", by=owner, now=now)
    apply_roster(roster, by=owner, now=now)
    client.force_login(owner)
    page = client.get(reverse("ban-history", args=[ban.pk])).content.decode()
    assert "applied a roster" in page
    assert "1 joined, 0 moved, 0 stopped, 0 returned." in page


def test_the_rows_of_teams_with_those_directly_in_the_top_team_add_up_to_the_total(
    client: Any, url: str, ban: Any, owner: Any, checklist: Any
) -> None:
    client.force_login(owner)
    answer = client.get(url)
    overview = answer.context["overview"]
    page = answer.content.decode()
    assert "Directly in Acme" in page
    top = reverse("team", args=[ban.pk, ban.migrations.get(path="Acme").team_id])
    assert f'<a href="{top}#people">Directly in Acme</a>' in page
    assert sum(row.figures.people for row in overview.rows) + 1 == overview.total.people == 3
    assert "Directly in Acme" in client.get(top).content.decode()
    leaf = reverse("team", args=[ban.pk, checklist.migration.team_id])
    assert "Directly in" not in client.get(leaf).content.decode()


def test_a_long_page_begins_with_what_can_be_done_and_where_its_parts_are(
    client: Any, url: str, ban: Any, checklist: Any, owner: Any, employee: Any, now: datetime
) -> None:
    checklist.mark(checklist.steps().first(), "blocked", by=employee, now=now, note="No licence yet")
    client.force_login(owner)
    page = client.get(url).content.decode()
    assert page.index("Run this ban") < page.index("On this page") < page.index('id="progress"')
    contents = page.partition('aria-label="On this page"')[2].partition("</nav>")[0]
    anchors = re.findall(r'href="#([a-z]+)"', contents)
    assert anchors == ["progress", "behind", "blocked", "teams", "mail", "latest", "announcement"]
    assert [anchor for anchor in anchors if page.count(f'id="{anchor}"') != 1] == []
    client.force_login(employee)
    page = client.get(url).content.decode()
    assert "On this page" not in page
    assert '<details class="fold' not in page, "what an employee comes for stands open"
