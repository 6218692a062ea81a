from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.planning.models import Mark
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
    assert "<dt>Due in all</dt><dd>4</dd>" in part
    client.force_login(employee)
    assert client.get(reverse("ban-mail", args=[ban.pk])).status_code == 403


def test_the_teams_file_has_every_team_with_its_own_people(client: Any, ban: Any, owner: Any) -> None:
    client.force_login(owner)
    file = b"".join(client.get(reverse("ban-teams", args=[ban.pk])).streaming_content).decode()
    assert file.splitlines()[1:] == [
        "Acme,1,0,0,0,1,0",
        "Acme/Engineering,0,0,0,0,0,0",
        "Acme/Engineering/Search,2,0,0,0,2,0",
    ]


def test_the_dashboard_takes_a_fixed_number_of_queries(
    client: Any, url: str, owner: Any, checklist: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=checklist.person, now=now, note="No licence yet")
    client.force_login(owner)
    with django_assert_max_num_queries(17):
        client.get(url)
