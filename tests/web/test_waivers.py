"""The pages of waivers: asked for from a checklist, decided one by one or together, and what they cost."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import deciding, waiving, work
from migration_planner.planning.models import Ban, Waiver
from migration_planner.web import clock
from tests.waivers import ask, grant

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(client: Any, user: Any) -> Any:
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture(autouse=True)
def cutoff_ahead(ban: Ban) -> None:
    """Pages look at the real clock: the cutoff lies ahead of it."""
    ban.set_cutoff(timezone.localdate() + timedelta(days=20), ban.cutoff_time, ban.cutoff_zone)  # type: ignore[arg-type]
    ban.save()
    ban.migrations.update(deadline_at=ban.cutoff_at)


@pytest.fixture
def until() -> date:
    return timezone.localdate() + timedelta(days=30)


def typed(until: date, **other: Any) -> dict[str, Any]:
    values = {"reason": "no_equivalent", "words": "Our macros.", "control": "Offline.", "until": until.isoformat()}
    return {**values, **other}


def test_a_person_asks_from_the_checklist_and_reads_what_becomes_of_it(
    client: Any, checklist: Any, employee: Any, owner: Any, until: date
) -> None:
    signed_in(client, employee)
    page = reverse("checklist", args=[checklist.pk])
    form = reverse("checklist-waiver", args=[checklist.pk])
    assert form in client.get(page).content.decode()
    answer = client.post(form, typed(until))
    waiver = Waiver.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, reverse("waiver", args=[waiver.pk]))
    assert "waits for an owner of the ban" in client.get(answer["Location"]).content.decode()
    deciding.ask(waiver, by=owner, now=timezone.now(), words="Which macros?")
    assert "waits for an answer" in client.get(page).content.decode()
    assert "waits for an answer" in client.get("/").content.decode()
    client.post(reverse("waiver-answer", args=[waiver.pk]), {"words": "The build ones."})
    deciding.approve(waiver, by=owner, now=timezone.now(), words="Once.")
    shown = client.get(page).content.decode()
    assert "Waived up to and including" in shown
    assert form in shown  # an extension
    assert "The build ones." in client.get(reverse("waiver", args=[waiver.pk])).content.decode()


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"until": "9999-12-31"}, 409, "30 days beyond"),
        ({"until": "0001-01-01"}, 409, "over already"),
        ({"control": ""}, 422, "This field is required"),
        ({"steps": "0"}, 422, "Select a valid choice"),
    ],
)
def test_a_form_that_cannot_be_keeps_what_was_typed_and_says_why(
    client: Any, checklist: Any, employee: Any, until: date, wrong: dict[str, str], status: int, words: str
) -> None:
    answer = signed_in(client, employee).post(
        reverse("checklist-waiver", args=[checklist.pk]), {**typed(until), **wrong}
    )
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert "Our macros." in answer.content.decode()


def test_waived_steps_show_on_the_checklist(
    client: Any, checklist: Any, employee: Any, owner: Any, until: date
) -> None:
    step = checklist.steps()[0]
    grant(checklist, by=owner, now=timezone.now(), until=until, steps=[step])
    shown = signed_in(client, employee).get(reverse("checklist", args=[checklist.pk])).content.decode()
    assert shown.count("<span>Waived</span>") == 1
    row = client.post(
        reverse("checklist-step", args=[checklist.pk, step.pk]),
        {"state": "blocked", "reason": "No licence."},
        headers={"hx-request": "true"},
    )
    assert "<span>Waived</span>" in row.content.decode()


def test_the_last_day_one_may_ask_for_is_written_as_days_are(client: Any, checklist: Any, employee: Any) -> None:
    page = signed_in(client, employee).get(reverse("checklist-waiver", args=[checklist.pk]))
    last = waiving.latest(checklist, now=timezone.now())
    assert f"Up to {clock.write(last, 'day')} at the latest" in page.content.decode()


def test_an_approver_finds_it_on_my_work_and_decides_for_shorter(
    client: Any, checklist: Any, owner: Any, until: date
) -> None:
    waiver = ask(checklist, now=timezone.now(), until=until)
    assert work.of_person(owner).to_decide == 1
    assert "1 waiver to decide" in signed_in(client, owner).get("/").content.decode()
    assert "Eve" in client.get(reverse("waivers")).content.decode()
    page = reverse("waiver-decision", args=[waiver.pk])
    longer = client.post(page, {"verdict": "approved", "until": (until + timedelta(days=1)).isoformat()})
    assert (longer.status_code, "not for longer" in longer.content.decode()) == (409, True)
    shorter = until - timedelta(days=3)
    assert client.post(page, {"verdict": "approved", "until": shorter.isoformat()}).status_code == 303
    waiver.refresh_from_db()
    assert (waiver.state, waiver.until) == ("granted", shorter)
    again = client.post(page, {"verdict": "refused", "words": "No."})
    assert (again.status_code, "decided already" in again.content.decode()) == (409, True)
    revoked = client.post(reverse("waiver-revocation", args=[waiver.pk]), {"words": "A leak."})
    assert revoked.status_code == 303


def test_many_are_decided_together_and_each_row_says_what_became_of_it(
    client: Any, ban: Any, checklist: Any, lead: Any, owner: Any, until: date
) -> None:
    now = timezone.now()
    mine = ask(ban.checklists.get(person=owner), now=now, until=until)
    others = [ask(each, now=now, until=until) for each in (checklist, ban.checklists.get(person=lead))]
    signed_in(client, owner)
    keys = [str(waiver.pk) for waiver in (mine, *others)]
    page = reverse("waivers-decisions")
    assert client.post(page, {"verdict": "approved"}).status_code == 422
    assert client.post(page, {"waiver": keys, "verdict": "refused"}).status_code == 422
    answer = client.post(page, {"waiver": [*keys, "x", "9" * 30], "verdict": "approved", "words": "As agreed."})
    text = answer.content.decode()
    assert "2 of 3 are decided." in text
    assert "Nobody decides about a waiver of their own" in text
    assert set(Waiver.objects.granted()) == set(others)


def test_the_debt_counts_person_days_by_reason_and_team_and_fits_a_file(
    client: Any, ban: Any, checklist: Any, owner: Any, until: date
) -> None:
    now = timezone.now()
    waiver = grant(checklist, by=owner, now=now, until=until)
    Waiver.objects.filter(pk=waiver.pk).update(granted_at=now - timedelta(days=4), extension=2)
    text = signed_in(client, owner).get(reverse("ban-waivers", args=[ban.pk])).content.decode()
    for words in (
        "Person-days so far</dt><dd>4<",
        "Extended twice or more",
        "The replacement cannot do it yet",
        "Search",
    ):
        assert words in text
    file = b"".join(client.get(reverse("ban-waivers-file", args=[ban.pk]))).decode()
    assert "Our macros do not run." in file
    assert "=" not in file.splitlines()[1][:1]
    saved = client.post(reverse("ban-waiver-rules", args=[ban.pk]), {"levels": "3", "days": "10", "extensions": "0"})
    assert saved.status_code == 303
    ban.refresh_from_db()
    assert (ban.waiver_levels, ban.waiver_days, ban.waiver_extensions) == (3, 10, 0)
    wrong = client.post(reverse("ban-waiver-rules", args=[ban.pk]), {"levels": "9", "days": "0", "extensions": "0"})
    assert wrong.status_code == 422


def test_the_pages_cost_the_same_for_one_waiver_and_for_many(
    client: Any, ban: Any, checklist: Any, lead: Any, owner: Any, until: date, django_assert_max_num_queries: Any
) -> None:
    signed_in(client, owner)
    for each in (checklist, ban.checklists.get(person=lead)):
        grant(each, by=owner, now=timezone.now(), until=until)
        with django_assert_max_num_queries(14):
            client.get(reverse("ban-waivers", args=[ban.pk]))
        with django_assert_max_num_queries(6):
            client.get(reverse("waivers"))
        with django_assert_max_num_queries(12):
            client.get(reverse("waiver", args=[each.waivers.get().pk]))


def test_the_rows_say_why_somebody_was_not_mailed(
    client: Any, checklist: Any, employee: Any, owner: Any, until: date
) -> None:
    from migration_planner.reminders.planning import plan

    now = timezone.now()
    plan(now=now)
    grant(checklist, by=owner, now=now, until=until)
    plan(now=now)
    text = signed_in(client, employee).get(reverse("person-mail", args=[employee.pk])).content.decode()
    assert "waiver" in text
