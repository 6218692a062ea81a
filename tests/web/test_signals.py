import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning.models import AccessToken, Ban, Checklist, Contradiction, Mark, Signal
from migration_planner.reminders.models import Reminder

HEADER = "person,tool,day,count,source"


def sign_in(client: Any, user: Any) -> Any:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def upload(client: Any, *rows: str, **more: str) -> Any:
    file = SimpleUploadedFile("use.csv", "\n".join([HEADER, *rows]).encode(), content_type="text/csv")
    return client.post(reverse("signals"), {"file": file, **more})


def today(days_ago: int = 0) -> str:
    return (timezone.localdate() - timedelta(days=days_ago)).isoformat()


@pytest.fixture
def used(client: Any, ban: Ban, checklist: Checklist, employee: Any, owner: Any, now: Any) -> Contradiction:
    """The employee is done, and uses the old tool today."""
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=employee, now=timezone.now() - timedelta(days=5))
    assert upload(sign_in(client, owner), f"eve@acme.example,Old Editor,{today()},3,sso").status_code == 303
    return Contradiction.objects.get()


def test_a_file_is_brought_in_and_its_source_stands_on_the_page(client: Any, used: Contradiction) -> None:
    page = text(client.get(reverse("signals")))
    assert "1 rows: 1 new, 0 corrected, 0 known already, 0 left out." in page
    assert "sso" in page


def test_bad_rows_are_named_and_nothing_is_lost(client: Any, ban: Ban, owner: Any, employee: Any) -> None:
    sign_in(client, owner)
    rows = [f"eve@acme.example,Old Editor,{today()},3,sso", f"who@acme.example,Old Editor,{today()},1,sso"]
    answer = upload(client, *rows)
    assert answer.status_code == 409
    page = text(answer)
    assert "1 row cannot be taken, so nothing was." in page
    assert "Nobody here has this address." in page
    assert not Signal.objects.exists()
    assert "1 left out" in text(upload(client, *rows, skip_bad="on"))
    assert Signal.objects.count() == 1
    assert client.post(reverse("signals")).status_code == 422


def test_a_token_is_shown_once_sends_signals_and_is_revoked(
    client: Any, ban: Ban, employee: Any, administrator: Any
) -> None:
    sign_in(client, administrator)
    page = client.post(reverse("signal-token"), {"act": "make", "name": "SSO", "days": "30"})
    token = page.content.decode().partition('<code class="long">')[2].partition("<")[0]
    assert token.startswith("mplan_")
    assert token not in text(client.get(reverse("signals")))
    client.logout()
    row = {"person": "eve@acme.example", "tool": "Old Editor", "day": today(), "count": 3, "source": "sso"}

    def send(*rows: Any, **more: Any) -> Any:
        said = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {token}"}}
        return client.put(reverse("api-signals"), json.dumps({"signals": rows, **more}), **said)

    assert send(row).json() == {"rows": 1, "added": 1, "replaced": 0, "same": 0, "bad": 0, "problems": []}
    assert send(row).json()["same"] == 1
    refused = send(row, {**row, "person": "who@acme.example"})
    assert (refused.status_code, refused.json()["problems"][0]["line"]) == (409, 2)
    assert send({**row, "count": -1}).status_code == 400
    assert send().status_code == 409
    assert client.get(reverse("api-bans"), headers={"Authorization": f"Bearer {token}"}).status_code == 403
    sign_in(client, administrator).post(
        reverse("signal-token"), {"act": "revoke", "token": AccessToken.objects.get().pk}
    )
    client.logout()
    assert send(row).status_code == 401


def test_a_lead_sees_a_state_and_the_age_of_the_data_and_no_single_signal(
    client: Any, ban: Ban, used: Contradiction, lead: Any, search: Any
) -> None:
    link = reverse("team", args=[ban.pk, search.pk])
    page = text(sign_in(client, lead).get(link))
    assert "Signals of Old Editor go up to" in page
    assert "sso" not in page
    file = b"".join(client.get(reverse("team-people", args=[ban.pk, search.pk])).streaming_content).decode()
    assert "Old tool,New tool" in file
    assert f"in use,,{today()}," in file
    for name in ("signals", "held"):
        assert "sso" not in text(client.get(reverse(name)))


def test_leads_see_the_contradictions_of_their_people_and_ask_them(
    client: Any, ban: Ban, used: Contradiction, lead: Any, owner: Any
) -> None:
    link = reverse("ban-contradictions", args=[ban.pk])
    page = text(sign_in(client, lead).get(link))
    assert "Eve" in page
    assert "You see those of your own people." in page
    assert "1 person will be asked." in text(client.post(reverse("ban-question", args=[ban.pk]), follow=True))
    assert Reminder.objects.get(kind="question").asked_by == lead
    assert "1 person was asked today already." in text(client.post(reverse("ban-question", args=[ban.pk]), follow=True))
    only = text(sign_in(client, owner).get(link, {"kind": "moved_unanswered"}))
    assert "disagrees in this way" in only


def test_the_person_answers_with_one_click(
    client: Any, ban: Ban, used: Contradiction, employee: Any, checklist: Checklist
) -> None:
    page = text(sign_in(client, employee).get(reverse("checklist", args=[checklist.pk])))
    assert "A question to you" in page
    link = reverse("checklist-answer", args=[checklist.pk])
    client.post(link, {"contradiction": used.pk, "answer": "still_needed", "note": "The macros."})
    checklist.refresh_from_db()
    assert checklist.state == "blocked"
    assert "A question to you" not in text(client.get(reverse("checklist", args=[checklist.pk])))
    assert client.post(link, {"contradiction": used.pk, "answer": "not_me"}).status_code == 409


def test_a_question_of_somebody_else_is_not_answered(client: Any, ban: Ban, used: Contradiction, lead: Any) -> None:
    own = ban.checklists.get(person=lead)
    answer = {"contradiction": used.pk, "answer": "not_me"}
    assert sign_in(client, lead).post(reverse("checklist-answer", args=[own.pk]), answer).status_code == 404


def test_closing_warns_of_relapses_and_asks_for_a_reason(
    client: Any, ban: Ban, used: Contradiction, owner: Any
) -> None:
    link = reverse("ban-close", args=[ban.pk])
    assert "1 person has used Old Editor after the cutoff, or after being done." in text(client.get(link))
    assert client.post(link, {"confirmed": "on"}).status_code == 409
    assert client.post(link, {"confirmed": "on", "despite": "on", "why": "He knows."}).status_code == 303
    ban.refresh_from_db()
    assert ban.state == "closed"


def test_the_relapse_watch_lists_who_and_until_when_and_quiet_days_are_set_there(
    client: Any, ban: Ban, used: Contradiction
) -> None:
    page = text(client.get(reverse("ban-relapses", args=[ban.pk])))
    assert "14 quiet days end a relapse" in page
    assert "Eve" in page
    client.post(reverse("ban-quiet-days", args=[ban.pk]), {"days": "3"})
    ban.refresh_from_db()
    assert ban.quiet_days == 3
    client.post(reverse("ban-quiet-days", args=[ban.pk]), {"days": "x"})
    ban.refresh_from_db()
    assert ban.quiet_days == 3


def test_a_draft_without_a_cutoff_has_no_relapses(client: Any, draft: Ban, owner: Any) -> None:
    Ban.objects.filter(pk=draft.pk).update(cutoff_at=None, cutoff_date=None, cutoff_time=None)
    sign_in(client, owner)
    for of in ("", "?of=everybody"):
        assert "No relapse" in text(client.get(reverse("ban-relapses", args=[draft.pk]) + of))


def test_everybody_reads_what_is_held_about_them_and_takes_it_along(
    client: Any, used: Contradiction, employee: Any
) -> None:
    page = text(sign_in(client, employee).get(reverse("held")))
    assert "Old Editor: 3" in page
    assert "sso" in page
    assert "What is held about me" in text(client.get(reverse("home")))
    answer = client.get(reverse("held-file"))
    assert "no-store" in answer["Cache-Control"]
    assert [row["what"] for row in json.loads(answer.content)["signals"]] == ["Old Editor: 3"]


def test_pages_about_signals_take_few_queries(
    client: Any, ban: Ban, used: Contradiction, owner: Any, employee: Any, django_assert_max_num_queries: Any
) -> None:
    for name, most in (("ban-contradictions", 11), ("ban-relapses", 9)):
        with django_assert_max_num_queries(most):
            client.get(reverse(name, args=[ban.pk]))
    with django_assert_max_num_queries(6):
        client.get(reverse("signals"))
    sign_in(client, employee)
    with django_assert_max_num_queries(
        11
    ):  # saved views and comments are held too, what scans say, and reports sent in one's name
        client.get(reverse("held"))
