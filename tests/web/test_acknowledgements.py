"""The scope statement on the checklist, and the list of who has acknowledged it."""

from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.planning import changing
from migration_planner.planning.acknowledging import acknowledge


@pytest.fixture
def url(ban: Any) -> str:
    return reverse("ban-acknowledgements", args=[ban.pk])


def test_one_button_on_the_checklist_which_is_gone_when_it_was_pressed(
    client: Any, checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    client.force_login(employee)
    page = reverse("checklist", args=[checklist.pk])
    assert b"I have read this" in client.get(page).content
    sent = client.post(reverse("checklist-acknowledgement", args=[checklist.pk]), {"version": "1"}, follow=True)
    assert b"Acknowledged (version 1)" in sent.content
    assert b"I have read this" not in sent.content
    changing.change_scope(checklist.ban, "Every editor.", by=owner, now=now, why="A court said so.")
    again = client.get(page).content
    assert b"I have read this" in again
    assert b"you acknowledged an earlier one" in again


def test_a_page_of_yesterday_acknowledges_nothing(client: Any, checklist: Any, employee: Any) -> None:
    client.force_login(employee)
    for version in ("7", "", "x"):
        sent = client.post(reverse("checklist-acknowledgement", args=[checklist.pk]), {"version": version}, follow=True)
        assert "newer version" in sent.content.decode()
    assert not checklist.acknowledgements.exists()


def test_the_list_is_filtered_and_the_file_holds_the_same(
    client: Any, url: str, ban: Any, checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    acknowledge(checklist, 1, by=employee, now=now)
    client.force_login(owner)
    page = client.get(url, {"state": "no"}).content.decode()
    assert ">Lee<" in page
    assert ">Eve<" not in page
    file = b"".join(client.get(f"{url[:-1]}.csv", {"state": "yes"}).streaming_content).decode("utf-8-sig")
    assert file.splitlines() == [
        "Name,Address,Team,Version,Acknowledged at",
        f"Eve,eve@acme.example,Acme/Engineering/Search,1,{now.isoformat()}",
    ]
    assert client.get(url, {"version": "9"}).status_code == 404


def test_the_page_of_the_ban_asks_for_one_line(
    client: Any, url: str, ban: Any, checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    acknowledge(checklist, 1, by=employee, now=now)
    client.force_login(owner)
    assert f'hx-get="{url}"' in client.get(reverse("ban", args=[ban.pk])).content.decode()
    line = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in line
    assert f"1 of {ban.checklists.count()} people, version 1" in line


def test_the_list_costs_the_same_for_many_people(
    client: Any, url: str, ban: Any, owner: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(owner)
    with django_assert_max_num_queries(11):
        assert client.get(url).status_code == 200
