"""Marks confirmed and returned on pages: of one person on the checklist, of many from the page of the team."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from migration_planner.planning.models import Mark


@pytest.fixture
def checklist(ban: Any, employee: Any, now: Any) -> Any:
    row = ban.checklists.get(person=employee)
    row.mark(row.steps().first(), Mark.State.DONE, by=employee, now=now)
    return row


@pytest.fixture
def crew(client: Any, ban: Any, search: Any, lead: Any, checklist: Any) -> Any:
    client.force_login(lead)
    url = reverse("team-act", args=[ban.pk, search.pk])
    return lambda act, *people, **more: client.post(
        url, {"act": act, "who": [ban.checklists.get(person=each).pk for each in people], **more}
    )


def page(client: Any, checklist: Any) -> str:
    return str(client.get(reverse("checklist", args=[checklist.pk])).content.decode())


def undo(client: Any, ban: Any, team: Any, token: str) -> str:
    url = reverse("team-act-undo", args=[ban.pk, team.pk])
    return str(client.post(url, {"token": token}, follow=True).content.decode())


def test_the_preview_chooses_the_step_that_most_claim_and_says_how_each_stands(
    crew: Any, checklist: Any, lead: Any, employee: Any
) -> None:
    first, second = checklist.steps()[:2]
    shown = crew("return", employee, lead)
    assert shown.context["form"]["step"].value() == first.pk
    assert [stand for _row, stand in shown.context["rows"]] == ["claimed", "open"]
    other = crew("confirm", employee, lead, step=second.pk)
    assert [stand for _row, stand in other.context["rows"]] == ["open", "open"]
    assert Mark.objects.get(checklist=checklist).confirmed_at is None


def test_a_lead_returns_and_the_person_sees_why_until_they_mark_it_again(
    client: Any, crew: Any, checklist: Any, employee: Any, lead: Any
) -> None:
    step = checklist.steps().first()
    done = crew("return", employee, lead, step=step.pk, why="See <b>this</b> https://wiki.example/x", confirmed="yes")
    assert [bool(each.error) for each in done.context["outcomes"]] == [False, True]
    client.force_login(employee)
    text = page(client, checklist)
    assert "Returned by Lee" in text
    assert "&lt;b&gt;this&lt;/b&gt;" in text
    assert 'href="https://wiki.example/x"' in text
    client.post(reverse("checklist-step", args=[checklist.pk, step.pk]), {"state": "done"})
    assert "Returned by Lee" not in page(client, checklist)
    history = client.get(reverse("checklist-history", args=[checklist.pk])).content.decode()
    assert "returned a mark" in history
    assert "https://wiki.example/x" in history


def test_a_return_is_taken_back_within_a_minute(
    client: Any, crew: Any, ban: Any, search: Any, checklist: Any, employee: Any
) -> None:
    step = checklist.steps().first()
    done = crew("return", employee, step=step.pk, why="No.", confirmed="yes")
    assert "Taken back for 1 person" in undo(client, ban, search, done.context["token"])
    assert checklist.marks.get().state == "done"


def test_a_confirmation_is_shown_beside_the_claim_and_taken_back(
    client: Any, crew: Any, ban: Any, search: Any, checklist: Any, employee: Any
) -> None:
    done = crew("confirm", employee, step=checklist.steps().first().pk, confirmed="yes")
    assert "Confirmed by Lee" in page(client, checklist)
    assert "Done, claimed, confirmed" in page(client, checklist)
    assert "Taken back for 1 person" in undo(client, ban, search, done.context["token"])
    assert "Confirmed by Lee" not in page(client, checklist)


def test_owners_review_auditors_look_and_nobody_sees_the_buttons_on_their_own(
    client: Any, crew: Any, checklist: Any, owner: Any, auditor: Any, employee: Any
) -> None:
    shown = {}
    for user in (owner, auditor, employee):
        client.force_login(user)
        shown[user] = 'value="return"' in page(client, checklist)
    assert shown == {owner: True, auditor: False, employee: False}
    client.force_login(owner)
    assert crew("confirm", employee, step=checklist.steps().first().pk, confirmed="yes").status_code == 200
    client.force_login(auditor)
    assert crew("confirm", employee).status_code == 403


def test_what_is_missing_is_asked_for(crew: Any, checklist: Any, employee: Any) -> None:
    assert crew("return", employee, confirmed="yes", step=checklist.steps().first().pk).status_code == 422
    assert crew("confirm", employee, confirmed="yes", step=0).status_code == 422


def test_a_page_without_returns_asks_nothing_more_and_one_with_returns_one_thing(
    client: Any, crew: Any, checklist: Any, employee: Any, lead: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(employee)
    with CaptureQueriesContext(connection) as plain:
        page(client, checklist)
    few = len(plain)
    client.force_login(lead)
    crew("return", employee, step=checklist.steps().first().pk, why="No.", confirmed="yes")
    client.force_login(employee)
    with django_assert_num_queries(few + 1):
        assert "Returned by Lee" in page(client, checklist)
