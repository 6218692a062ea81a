"""Comments on pages: of one person on their checklist, of many from the page of the team."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import commenting
from migration_planner.planning.models import Comment
from migration_planner.planning.models.comments import WITHIN


@pytest.fixture
def checklist(ban: Any, employee: Any) -> Any:
    return ban.checklists.select_related("ban", "migration").get(person=employee)


def page(client: Any, checklist: Any, name: str = "checklist") -> str:
    return str(client.get(reverse(name, args=[checklist.pk])).content.decode())


def write(client: Any, checklist: Any, text: str, **more: Any) -> Any:
    return client.post(reverse("checklist-comments", args=[checklist.pk]), {"text": text, **more})


def test_a_lead_writes_about_a_step_and_the_person_reads_it_safely_and_answers(
    client: Any, checklist: Any, lead: Any, employee: Any
) -> None:
    client.force_login(lead)
    answer = write(client, checklist, "See <b>this</b>\nhttps://wiki.example/x", step=checklist.steps().first().pk)
    assert (answer.status_code, answer["Location"]) == (303, f"/checklists/{checklist.pk}/#comments")
    client.force_login(employee)
    text = page(client, checklist)
    assert "<strong>Lee</strong>" in text
    assert "· Export</span>" in text
    assert "&lt;b&gt;this&lt;/b&gt;<br>" in text
    assert 'href="https://wiki.example/x"' in text
    assert "Take it back" not in text
    write(client, checklist, "Thanks.")
    client.force_login(lead)
    assert "Thanks." in page(client, checklist)
    history = page(client, checklist, "checklist-history")
    assert "wrote a comment: Export" in history
    assert "https://wiki.example/x" in history


def test_the_author_takes_it_back_within_the_minute_and_nobody_reads_the_words_any_more(
    client: Any, checklist: Any, lead: Any, employee: Any
) -> None:
    client.force_login(lead)
    write(client, checklist, "Oops, wrong person")
    assert "Take it back" in page(client, checklist)
    url = reverse("checklist-comment-withdrawal", args=[checklist.pk, Comment.objects.get().pk])
    assert client.post(url).status_code == 303
    client.force_login(employee)
    for name in ("checklist", "checklist-comments", "checklist-history"):
        assert "Oops" not in page(client, checklist, name)
    assert "Withdrawn." in page(client, checklist)


def test_after_the_minute_the_button_is_gone_and_the_product_says_no(client: Any, checklist: Any, lead: Any) -> None:
    commenting.write([checklist], "Hello", by=lead, now=timezone.now() - 2 * WITHIN)
    client.force_login(lead)
    assert "Take it back" not in page(client, checklist)
    url = reverse("checklist-comment-withdrawal", args=[checklist.pk, Comment.objects.get().pk])
    answer = client.post(url)
    assert answer.status_code == 409
    assert "The minute is over" in answer.content.decode()


def test_what_cannot_be_taken_is_shown_again_with_what_was_typed(client: Any, checklist: Any, employee: Any) -> None:
    client.force_login(employee)
    assert write(client, checklist, "  ").status_code == 422
    answer = write(client, checklist, "x" * 1001)
    assert answer.status_code == 422
    assert "x" * 1001 in answer.content.decode()
    assert write(client, checklist, "Hello", step=0).status_code == 422
    assert not Comment.objects.exists()


def test_another_persons_comments_and_those_of_another_checklist_are_not_there(
    client: Any, ban: Any, checklist: Any, employee: Any, lead: Any
) -> None:
    theirs = ban.checklists.select_related("ban", "migration").get(person=lead)
    client.force_login(employee)
    commenting.write([checklist], "Hello", by=employee, now=timezone.now())
    assert client.get(reverse("checklist-comments", args=[theirs.pk])).status_code == 404
    assert write(client, theirs, "Hello").status_code == 404
    mine = Comment.objects.get()
    assert client.post(reverse("checklist-comment-withdrawal", args=[theirs.pk, mine.pk])).status_code == 404
    client.force_login(lead)
    assert client.post(reverse("checklist-comment-withdrawal", args=[theirs.pk, mine.pk])).status_code == 404
    assert client.post(reverse("checklist-comment-withdrawal", args=[checklist.pk, mine.pk])).status_code == 403


def test_an_auditor_reads_and_finds_no_field_and_an_ended_ban_has_none(
    client: Any, ban: Any, checklist: Any, employee: Any, auditor: Any, owner: Any, now: Any
) -> None:
    commenting.write([checklist], "Hello", by=employee, now=timezone.now())
    client.force_login(auditor)
    assert "Hello" in page(client, checklist)
    assert 'id="comment-text"' not in page(client, checklist)
    assert write(client, checklist, "Hello").status_code == 403
    ban.withdraw(by=owner, now=timezone.now(), why="Over.")
    client.force_login(employee)
    assert "Hello" in page(client, checklist)
    assert 'id="comment-text"' not in page(client, checklist)
    assert write(client, checklist, "Again").status_code == 409


def test_the_page_asks_one_thing_more_however_many_comments_there_are(
    client: Any, checklist: Any, employee: Any, lead: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(employee)
    with CaptureQueriesContext(connection) as plain:
        page(client, checklist)
    for number in range(8):
        commenting.write([checklist], f"Number {number}", by=lead, now=timezone.now())
    with django_assert_num_queries(len(plain) + 1) as asked:
        text = page(client, checklist)
    assert [query["sql"] for query in asked if "LIMIT 6" in query["sql"]]
    assert "Number 7" in text
    assert "Number 2" not in text
    assert "All comments" in text
    assert "Number 2" in page(client, checklist, "checklist-comments")


def test_many_at_once_with_a_preview_what_became_of_each_and_a_minute_to_take_it_back(
    client: Any, ban: Any, search: Any, checklist: Any, employee: Any, lead: Any
) -> None:
    client.force_login(lead)
    url = reverse("team-act", args=[ban.pk, search.pk])
    who = [ban.checklists.get(person=each).pk for each in (employee, lead)]
    preview = client.post(url, {"act": "comment", "who": who})
    assert "Nothing has been written yet" in preview.content.decode()
    assert not Comment.objects.exists()
    asked = {"act": "comment", "who": who, "confirmed": "yes"}
    assert client.post(url, {**asked, "text": " "}).status_code == 422
    done = client.post(url, {**asked, "text": "Please finish by Friday."})
    assert [each.error for each in done.context["outcomes"]] == ["", ""]
    assert Comment.objects.standing().count() == 2
    back = client.post(
        reverse("team-act-undo", args=[ban.pk, search.pk]), {"token": done.context["token"]}, follow=True
    )
    assert "Taken back for 2 people" in back.content.decode()
    assert not Comment.objects.standing().exists()


def test_the_page_of_the_team_shows_who_waits_for_an_answer_to_those_who_can_give_one(
    client: Any, ban: Any, search: Any, checklist: Any, employee: Any, lead: Any, auditor: Any
) -> None:
    url = reverse("team", args=[ban.pk, search.pk])
    commenting.write([checklist], "I need a <licence>.", by=employee, now=timezone.now())
    client.force_login(lead)
    text = client.get(url).content.decode()
    assert "Who waits for an answer" in text
    assert "I need a &lt;licence&gt;." in text
    for user in (auditor, employee):
        client.force_login(user)
        assert "Who waits for an answer" not in client.get(url).content.decode()
    client.force_login(lead)
    write(client, checklist, "Ask Olga.")
    assert "Who waits for an answer" not in client.get(url).content.decode()
