import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import SavedView, saved_views
from migration_planner.planning import held
from migration_planner.web.saving import LISTS, address_of, place_of
from tests.doors import House

VIEWS = reverse("views")


def save(client: Client, user: Any, at: str, name: str = "Mine") -> Any:
    client.force_login(user)
    return client.post(VIEWS, {"at": at, "name": name})


def people(ban: Any) -> str:
    return reverse("ban-everybody", args=[ban.pk])


def test_a_list_is_saved_with_what_is_asked_of_it_and_opened_again(client: Client, ban: Any, owner: Any) -> None:
    answer = save(client, owner, f"{people(ban)}?state=blocked&cursor=abc&sort=name&evil=1", " Blocked  by name ")
    assert answer.status_code == 303
    assert answer["Location"] == f"{people(ban)}?state=blocked&sort=name"
    page = client.get(VIEWS).content.decode()
    assert "Blocked by name" in page
    assert f"{people(ban)}?state=blocked&amp;sort=name" in page


@pytest.mark.parametrize(
    "at",
    [
        "https://evil.example/bans/", "//evil.example/bans/", "/\\evil.example", "javascript:alert(1)", "", "bans/",
        "/preferences/", "/accounts/logout/", "/nowhere/", "http://[", "/bans/new/", "/metrics",
    ],
)  # fmt: skip
def test_nothing_but_a_list_of_ours_is_saved(client: Client, owner: Any, at: str) -> None:
    assert save(client, owner, at).status_code == 409
    assert not SavedView.objects.exists()


def test_whatever_stands_in_the_table_leads_nowhere_but_to_a_list_of_ours(owner: Any, now: Any) -> None:
    def leads(page: str, about: Any, query: str) -> str | None:
        return address_of(SavedView(page=page, about=about, query=query))

    assert leads("bans", {}, "state=draft&next=https://evil.example") == "/bans/?state=draft"
    assert leads("bans", {}, "state=//evil.example") == "/bans/?state=%2F%2Fevil.example"
    assert leads("ban-everybody", {"pk": "//evil.example"}, "") is None
    assert leads("ban-everybody", {}, "") is None
    assert leads("ban-everybody", [], "") is None
    assert leads("account_logout", {}, "") is None


def test_a_list_that_one_may_not_see_is_not_saved(client: Client, ban: Any, employee: Any, outsider: Any) -> None:
    assert save(client, employee, people(ban)).status_code == 404
    assert save(client, outsider, reverse("ban-gaps", args=[ban.pk])).status_code == 404
    assert save(client, employee, reverse("ban-gaps", args=[ban.pk])).status_code == 303


def test_a_shared_link_opens_for_whoever_may_see_the_list_who_keeps_a_copy(
    client: Client, ban: Any, owner: Any, auditor: Any, lead: Any, outsider: Any
) -> None:
    save(client, owner, f"{people(ban)}?state=blocked", "Blocked")
    link = reverse("view-shared", args=[SavedView.objects.get().token])
    for user in (lead, outsider):
        client.force_login(user)
        assert client.get(link).status_code == 404
        assert client.post(f"{link}copy/", {"name": "Mine"}).status_code == 404
    client.force_login(auditor)
    assert "Olga shares this view" in client.get(link).content.decode()
    assert client.post(f"{link}copy/", {"name": "Stuck"})["Location"] == f"{people(ban)}?state=blocked"
    assert list(SavedView.objects.of(auditor).values_list("name", "query")) == [("Stuck", "state=blocked")]
    client.force_login(owner)
    assert "This is what others see" in client.get(link).content.decode()
    assert client.get(reverse("view-shared", args=["guessed"])).status_code == 404


def test_a_view_is_renamed_and_deleted_after_a_question_and_a_copy_stays(
    client: Client, owner: Any, auditor: Any
) -> None:
    save(client, owner, "/bans/", "One")
    view = SavedView.objects.get()
    client.force_login(auditor)
    client.post(reverse("view-copy", args=[view.token]), {"name": "Copy"})
    assert client.get(reverse("view-removal", args=[view.pk])).status_code == 404
    client.force_login(owner)
    client.post(reverse("view", args=[view.pk]), {"name": "Two"})
    assert "Two" in client.get(VIEWS).content.decode()
    assert "Delete “Two”?" in client.get(reverse("view-removal", args=[view.pk])).content.decode()
    assert SavedView.objects.filter(pk=view.pk).exists()
    client.post(reverse("view-removal", args=[view.pk]))
    assert [view.name for view in SavedView.objects.all()] == ["Copy"]


def test_names_are_given_once_whatever_their_case_and_another_person_may_have_the_same(
    client: Client, owner: Any, employee: Any
) -> None:
    save(client, owner, "/bans/", "Mine")
    assert save(client, owner, "/gaps/", "MINE").status_code == 409
    assert save(client, owner, "/gaps/", "   ").status_code == 409
    assert save(client, owner, "/gaps/", "x" * 81).status_code == 409
    assert save(client, employee, "/gaps/", "mine").status_code == 303
    view = SavedView.objects.get(user=owner)
    assert client.post(reverse("view", args=[view.pk]), {"name": "x"}).status_code == 404
    client.force_login(owner)
    assert client.post(reverse("view", args=[view.pk]), {"name": "mine"}).status_code == 303


def test_no_more_are_kept_than_may_be(owner: Any, now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST", 2)
    for name in ("One", "Two"):
        SavedView.save_as(name, page="bans", about={}, query="", by=owner, now=now)
    with pytest.raises(DomainError, match="Delete one first"):
        SavedView.save_as("Three", page="bans", about={}, query="", by=owner, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_keep_one_of_a_name(owner: Any, now: Any) -> None:
    said: list[str] = []
    start = threading.Barrier(2)

    def once() -> None:
        start.wait()
        try:
            SavedView.save_as("Mine", page="bans", about={}, query="", by=owner, now=now)
            said.append("saved")
        except DomainError:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["refused", "saved"]


def test_an_address_that_opens_too_much_is_refused_with_what_to_do(ban: Any) -> None:
    with pytest.raises(DomainError, match="Close some of it"):
        place_of(reverse("ban-tree", args=[ban.pk]) + "?open=" + ",".join(["123456"] * 300))


def test_a_view_of_a_ban_one_sees_no_more_stays_without_a_link(client: Client, ban: Any, employee: Any) -> None:
    save(client, employee, reverse("ban-gaps", args=[ban.pk]), "Gaps there")
    ban.checklists.filter(person=employee).delete()
    employee.memberships.all().delete()
    page = client.get(VIEWS).content.decode()
    assert "you cannot see this list any more" in page
    assert "Old Editor" not in page


def test_every_list_that_can_be_saved_offers_it_and_opens_from_its_view(house: House, client: Client) -> None:
    owner = house.people["owner"]
    assert owner
    client.force_login(owner)
    for name in LISTS:
        path = house.path(name).partition("?")[0]
        assert "Save this view" in client.get(path).content.decode(), name
        answer = client.post(VIEWS, {"at": path, "name": f"View of {name}"})
        assert (answer.status_code, answer["Location"]) == (303, path), name
    assert "Save this view" not in client.get(reverse("preferences")).content.decode()
    rows = client.get(VIEWS).context["rows"]
    assert [row.view.name for row in rows if not row.url] == []


def test_the_page_asks_as_many_questions_for_many_views_as_for_one(
    client: Client, ban: Any, owner: Any, search: Any, now: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        SavedView.save_as(f"B{number}", page="ban-mail", about={"pk": ban.pk}, query="", by=owner, now=now)
        about = {"ban_id": ban.pk, "team_id": search.pk}
        SavedView.save_as(f"T{number}", page="team", about=about, query="", by=owner, now=now)
    client.force_login(owner)
    with django_assert_max_num_queries(7):
        page = client.get(VIEWS).content.decode()
    assert "Search · Old Editor" in page


def test_a_person_finds_the_own_views_among_what_is_held(owner: Any, now: Any) -> None:
    SavedView.save_as("Mine", page="bans", about={}, query="", by=owner, now=now)
    assert [entry["what"] for entry in held.as_data(owner, now=now)["views"]] == ["Mine"]
