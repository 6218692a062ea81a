from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from migration_planner.planning.models import Event
from migration_planner.reminders import bundles
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.planning import plan
from migration_planner.reminders.reports import counts
from migration_planner.reminders.ticking import tick

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
#: A Monday on which a lead gets figures, and nothing else.
MONDAY = datetime(2026, 11, 9, 1, tzinfo=UTC)


@pytest.fixture
def posted(lead: Any) -> str:
    return f"/figures/pause/{bundles.token_of(lead.pk)}/"


def test_only_a_mail_of_nothing_but_figures_can_be_paused_by_one_click(
    ban: Any, lead: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=15)  # announcement, figures, and figures together with the rung of fourteen days
    alone = [message for message in mailbox.to(lead) if message["List-Unsubscribe"]]
    assert [str(message["Subject"]) for message in alone] == ["Your teams: 2 of 2 people still to move off Old Editor"]
    assert len(mailbox.to(lead)) == 3
    assert alone[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(alone[0]["List-Unsubscribe"]).strip()
    assert address.startswith("<http")
    assert lead.email not in address
    assert not [message for message in mailbox.to(employee) if message["List-Unsubscribe"]]


def test_the_address_in_the_mail_pauses_with_nothing_but_the_post(
    ban: Any, lead: Any, mailbox: Any, walk: Any, now: datetime, settings: Any
) -> None:
    walk(now, days=7)
    address = str(mailbox.to(lead)[-1]["List-Unsubscribe"]).strip(" <>").removeprefix(settings.BASE_URL)
    stranger = Client(enforce_csrf_checks=True)
    assert "Pause the weekly figures" in stranger.get(address).content.decode()
    lead.refresh_from_db()
    assert lead.bundles_paused_at is None
    answer = stranger.post(address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    lead.refresh_from_db()
    first = lead.bundles_paused_at
    assert first is not None
    assert stranger.post(address, ONE_CLICK).status_code == 200  # as often as they like
    lead.refresh_from_db()
    assert lead.bundles_paused_at == first
    event = Event.objects.get(verb=Event.Verb.BUNDLES_PAUSED)
    assert (event.person, event.actor, event.data) == (lead, None, {"by": "mail program"})


def test_the_page_behind_the_address_shows_nobody(lead: Any, posted: str) -> None:
    page = Client().get(posted).content.decode() + Client().post(posted, ONE_CLICK).content.decode()
    assert lead.name not in page
    assert lead.email not in page


def test_a_post_that_does_not_say_what_it_wants_changes_nothing(lead: Any, posted: str) -> None:
    for form in ({}, {"List-Unsubscribe": "Yes"}, {"one-click": "List-Unsubscribe"}):
        assert Client().post(posted, form).status_code == 422
    lead.refresh_from_db()
    assert lead.bundles_paused_at is None


def test_a_token_is_good_for_one_person_and_for_this_alone(lead: Any, employee: Any) -> None:
    good = bundles.token_of(lead.pk)
    _number, _colon, signature = good.partition(":")
    for wrong in (
        f"{employee.pk}:{signature}",
        good[:-1],
        signing.Signer().sign(str(lead.pk)),
        str(lead.pk),
        "x",
        "²:x",
    ):
        assert Client().post(f"/figures/pause/{wrong}/", ONE_CLICK).status_code == 404, wrong
    lead.is_active = False
    lead.save()
    assert Client().post(f"/figures/pause/{good}/", ONE_CLICK).status_code == 404


def test_a_token_outlives_a_change_of_the_secret_key(lead: Any, posted: str, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key " * 5
    assert Client().get(posted).status_code == 200


def test_paused_figures_are_kept_back_with_a_reason_and_counted_and_come_again(
    ban: Any, lead: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    mailbox.clear()
    bundles.pause_bundles(lead, by=lead, now=now + timedelta(days=2))
    walk(now + timedelta(days=2), days=6)
    assert mailbox.to(lead) == []
    assert Reminder.objects.filter(person=lead, kind="bundle", due_at__lte=MONDAY).values_list(
        "state", "reason"
    ).get() == (
        "suppressed",
        "bundles_paused",
    )
    assert counts(ban).due == Reminder.objects.filter(ban=ban).count()
    assert bundles.resume_bundles(lead, by=lead, now=now + timedelta(days=8))
    walk(now + timedelta(days=8), days=7)
    assert Reminder.objects.sent().filter(person=lead, kind="bundle").count() == 1


def test_a_pause_after_planning_holds_the_figures_back(
    ban: Any, lead: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    mailbox.clear()
    plan(now=MONDAY - timedelta(hours=1))
    bundles.pause_bundles(lead, by=lead, now=MONDAY)
    drain(now=MONDAY)
    assert mailbox.to(lead) == []
    assert Reminder.objects.get(person=lead, kind="bundle", due_at=MONDAY).reason == "bundles_paused"


def test_a_pause_holds_nothing_but_figures_back(ban: Any, lead: Any, mailbox: Any, now: datetime) -> None:
    bundles.pause_bundles(lead, by=lead, now=now)
    for day in range(30):
        tick(now=MONDAY - timedelta(days=6) + timedelta(days=day))
    kinds = set(Reminder.objects.sent().filter(person=lead).values_list("kind", flat=True))
    assert kinds == {"announcement", "rung"}


def test_leads_pause_and_resume_in_their_preferences_and_others_see_no_such_choice(
    client: Any, lead: Any, employee: Any
) -> None:
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.post("/preferences/figures/", {"state": "paused"}, follow=True).content.decode()
    assert "Paused since" in page
    page = client.post("/preferences/figures/", {"state": "on"}, follow=True).content.decode()
    assert "Pause the weekly figures" in page
    assert Event.objects.filter(person=lead, actor=lead).count() == 2
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Weekly figures" not in client.get("/preferences/").content.decode()
