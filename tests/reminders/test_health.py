import gc
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from migration_planner.reminders import health
from migration_planner.reminders.checking import check
from migration_planner.reminders.models import Check, Heartbeat, Mail, Reminder
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.pausing import pause
from migration_planner.reminders.planning import plan
from migration_planner.reminders.watching import watch

HOUR = timedelta(hours=1)


def signs() -> dict[str, bool]:
    return {sign.name: sign.ok for sign in health.signs(now=timezone.now())}


@pytest.fixture
def lively(ban: Any, mailbox: Any) -> Any:
    """The planner and the sender have just been at work."""
    health.broker()  # the first time is slow: the tables of the queue are made
    plan(now=timezone.now())
    drain(now=timezone.now())
    return ban


def test_all_is_well_when_everybody_is_at_work(lively: Any) -> None:
    assert set(signs().values()) == {True}


def test_a_sender_or_planner_silent_for_three_minutes_is_seen(lively: Any) -> None:
    for of in ("sender", "planner"):
        Heartbeat.objects.filter(pk=of).update(at=F("at") - timedelta(seconds=145))
        assert signs()[of]
        Heartbeat.objects.filter(pk=of).update(at=F("at") - timedelta(seconds=10))
        assert not signs()[of]


def test_a_heart_that_never_beat_is_silent(ban: Any) -> None:
    assert (signs()["sender"], signs()["planner"]) == (False, False)


def test_a_closed_lane_is_seen_without_quoting_the_server(lively: Any, mailbox: Any) -> None:
    mailbox.at_mail = "550 5.7.1 Sender planner@acme.example refused"
    Mail.objects.waiting().update(not_before=timezone.now())
    drain(now=timezone.now())
    found = health.signs(now=timezone.now())
    assert [sign.name for sign in found if not sign.ok] == ["lane"]
    assert "planner@" not in str(found)


def test_a_reminder_in_a_mail_that_will_not_go_is_seen(lively: Any) -> None:
    some = Reminder.objects.filter(mail__isnull=False).first()
    assert some
    Reminder.objects.filter(pk=some.pk).update(state="waiting", due_at=timezone.now() - HOUR)
    Mail.objects.filter(pk=some.mail_id).update(state="cancelled", reason="nothing_left", sent_at=None)
    assert not signs()["balance"]


def test_mail_that_is_due_and_does_not_move_is_seen_but_not_while_it_is_paused(lively: Any, administrator: Any) -> None:
    Mail.objects.waiting().update(not_before=timezone.now() - 2 * HOUR)
    (oldest,) = [sign for sign in health.signs(now=timezone.now() + HOUR) if sign.name == "oldest_due"]
    assert not oldest.ok
    assert oldest.seconds == pytest.approx(3 * 3600, abs=60)
    pause(by=administrator, now=timezone.now(), why="The server moves.")
    assert signs()["oldest_due"]


def test_what_the_nightly_check_found_and_a_check_that_did_not_run_are_seen(lively: Any) -> None:
    today = timezone.now().date()
    check(today, now=timezone.now())
    assert signs()["nightly"]
    Check.objects.update(found=[{"what": "counters", "count": 1, "ban": lively.pk}])
    assert not signs()["nightly"]
    Check.objects.update(found=[], at=timezone.now() - timedelta(hours=31))
    assert not signs()["nightly"]


def test_asking_the_broker_often_keeps_none_of_its_connections(db: None) -> None:
    gc.disable()
    try:
        assert [health.broker().ok for _ in range(20)] == [True] * 20  # its pool has fifteen
    finally:
        gc.enable()


def test_a_broker_that_hangs_or_refuses_is_seen_in_bounded_time(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    assert health.broker().ok
    monkeypatch.setattr(health, "BROKER_SECONDS", 0.2)
    monkeypatch.setattr(health, "_ask_broker", lambda: time.sleep(5))
    begun = time.monotonic()
    assert not health.broker().ok
    assert time.monotonic() - begun < 2


def test_a_broker_at_an_address_where_nothing_answers_is_seen(db: None) -> None:
    from celery import current_app

    kept = current_app.conf.broker_url, current_app.conf.broker_read_url
    current_app.conf.broker_url = current_app.conf.broker_read_url = "redis://127.0.0.1:1/0"
    try:
        assert not health.broker().ok
    finally:
        current_app.conf.broker_url, current_app.conf.broker_read_url = kept


@override_settings(LANGUAGE_CODE="en")
def test_owners_see_their_own_pauses_and_administrators_all(
    lively: Any, owner: Any, administrator: Any, person: Any
) -> None:
    rival = person("rick", is_owner=True)
    assert watch(owner).is_calm
    pause(by=owner, now=timezone.now(), why="Stop.", ban=lively)
    assert [each.ban for each in watch(owner).pauses] == ["Old Editor → New Editor"]
    assert [each.ban_id for each in watch(administrator).pauses] == [lively.pk]
    assert watch(rival).pauses == []
    pause(by=administrator, now=timezone.now(), why="All stop.")
    assert [(each.ban_id, each.by, each.why) for each in watch(rival).pauses] == [(None, "Adam", "All stop.")]


def test_the_banner_counts_the_minutes_of_silence(lively: Any, owner: Any, django_assert_num_queries: Any) -> None:
    assert watch(owner).silent_minutes is None
    Heartbeat.objects.filter(pk="sender").update(at=F("at") - timedelta(minutes=17))
    with django_assert_num_queries(1):
        assert watch(owner).silent_minutes == 17
    Heartbeat.objects.all().delete()
    assert watch(owner).silent_minutes == 0
