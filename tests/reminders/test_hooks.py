"""Programs elsewhere are told of events: written with the event, signed, tried again for a day, and switched off in the end."""

import base64
import hashlib
import hmac
import socket
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from threading import Event as Signal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from migration_planner.lib import outbound
from migration_planner.lib.errors import DomainError
from migration_planner.planning import changing, reviewing
from migration_planner.planning.models import Event, Mark, ProgressDay
from migration_planner.reminders import hooks, hooks_sending, housekeeping
from migration_planner.reminders.hooks import Chosen
from migration_planner.reminders.hooks_kinds import KINDS, OF_VERB
from migration_planner.reminders.hooks_sending import DELAYS, MOST_GIVEN_UP, Delivered, deliver
from migration_planner.reminders.models import Delivery, DeliveryAttempt, Hook
from migration_planner.reminders.ticking import tick
from migration_planner.steering.forecasting import forecast
from tests.reminders.receiver import Receiver, receiver

SOON = timedelta(hours=1)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def register(administrator: Any, owner: Any, there: Receiver, now: datetime) -> Callable[..., tuple[Hook, str]]:
    """Register a webhook: register(ban, "ban.changed", with_people=True)."""

    def make(ban: Any, *kinds: str, with_people: bool = False) -> tuple[Hook, str]:
        chosen = Chosen("Tickets", there.url(), kinds, with_people)
        return hooks.register(ban, chosen, by=owner if ban else administrator, now=now)

    return make


def move(ban: Any, owner: Any, now: datetime, day: int = 1) -> None:
    changing.move_cutoff(ban, date(2026, 12, day), time(18), "Asia/Shanghai", by=owner, now=now, why="Olga is ill.")


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/webhooks.md tells receivers to do it."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return any(hmac.compare_digest(wanted, given) for given in headers["webhook-signature"].split())


def test_an_event_is_told_once_signed_and_without_people(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime
) -> None:
    _hook, secret = register(ban, "ban.changed")
    move(ban, owner, now)
    assert deliver(now=now + SOON) == Delivered(sent=1)
    assert deliver(now=now + SOON) == Delivered()
    [(headers, body)] = there.got
    assert verified(secret, headers, body)
    assert not verified(secret, headers, body + b" ")
    assert not verified("whsec_" + base64.b64encode(b"x" * 32).decode(), headers, body)
    event = Event.objects.get(verb="cutoff_moved")
    said = there.said[0]
    assert (said["id"], said["type"], said["timestamp"]) == (headers["webhook-id"], "ban.changed", event.at.isoformat())
    assert said["data"]["ban"]["tool"] == "Old Editor"
    assert said["data"]["event"] == event.pk
    assert "Olga" not in body.decode()
    assert owner.email not in body.decode()


def test_people_and_reasons_are_named_to_who_asked_for_it(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime
) -> None:
    register(None, "ban.changed", with_people=True)
    move(ban, owner, now)
    deliver(now=now + SOON)
    data = there.said[0]["data"]
    assert (data["actor"], data["why"]) == ({"id": owner.pk, "email": owner.email}, "Olga is ill.")


def test_only_chosen_kinds_of_the_own_ban_are_told(
    ban: Any, checklist: Any, employee: Any, owner: Any, register: Any, now: datetime
) -> None:
    of_ban, _secret = register(ban, "ban.changed", "step.marked")
    of_all, _secret = register(None, "roster.applied")
    move(ban, owner, now)
    step = checklist.steps().first()
    checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    Event.record(Event.Verb.CUTOFF_MOVED, by=owner, now=now)  # of no ban
    Event.record(Event.Verb.ROSTER_APPLIED, by=owner, now=now)
    told = list(Delivery.objects.order_by("pk").values_list("hook", "event__verb"))
    assert told == [(of_ban.pk, "cutoff_moved"), (of_ban.pk, "marked_done"), (of_all.pk, "roster_applied")]


def test_a_change_that_is_rolled_back_tells_nobody(ban: Any, owner: Any, register: Any, now: datetime) -> None:
    register(ban, "ban.changed")
    with transaction.atomic():
        move(ban, owner, now)
        assert Delivery.objects.count() == 1
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_many_events_of_one_statement_are_told_each(ban: Any, owner: Any, register: Any, now: datetime) -> None:
    register(ban, "gap.opened")
    Event.objects.bulk_create(Event(verb="gap_opened", ban=ban, at=now, actor=owner) for _n in range(3))
    assert Delivery.objects.count() == 3


def test_500_then_200_arrives_later_under_the_same_id_and_the_same_words(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime
) -> None:
    _hook, secret = register(ban, "ban.changed")
    there.answers = [500, 200]
    move(ban, owner, now)
    move(ban, owner, now, day=2)
    assert deliver(now=now) == Delivered(deferred=1), "what comes after waits meanwhile"
    assert deliver(now=now + timedelta(seconds=59)) == Delivered()
    assert deliver(now=now + timedelta(seconds=61)) == Delivered(sent=2)
    (first, body), (again, same), _other = there.got
    assert (first["webhook-id"], body) == (again["webhook-id"], same)
    assert verified(secret, again, same)
    attempts = DeliveryAttempt.objects.order_by("pk").values_list("status", "text")
    assert attempts[0] == (500, "You asked … and it said 500"), "without the address"


def test_after_a_day_it_is_given_up_and_can_be_sent_again_by_hand(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime
) -> None:
    hook, _secret = register(ban, "ban.changed")
    there.answers = [503]
    move(ban, owner, now)
    moment = now
    for delay in DELAYS:
        assert deliver(now=moment) == Delivered(deferred=1)
        moment += delay
    assert timedelta(hours=20) < moment - now <= timedelta(days=1)
    assert deliver(now=moment) == Delivered(dead=1)
    dead = hook.deliveries.get()
    assert (dead.state, dead.reason, dead.attempts.count()) == ("dead", "given_up", len(DELAYS) + 1)
    there.answers = [200]
    hooks.send_again(dead, by=owner, now=moment)
    with pytest.raises(DomainError, match="waits already"):
        hooks.send_again(dead, by=owner, now=moment)
    assert deliver(now=moment) == Delivered(sent=1)
    assert there.said[0]["id"] == there.said[-1]["id"]


def test_an_address_that_is_gone_is_switched_off_at_once(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime
) -> None:
    hook, _secret = register(ban, "ban.changed")
    there.answers = [410]
    move(ban, owner, now)
    move(ban, owner, now, day=2)
    assert deliver(now=now) == Delivered(dead=1)
    hook.refresh_from_db()
    assert (hook.off, hook.off_at) == ("gone", now)
    assert list(hook.deliveries.order_by("pk").values_list("state", "reason")) == [
        ("dead", "gone"),
        ("cancelled", "off"),
    ]
    event = Event.objects.get(verb="hook_switched")
    assert (event.ban, event.actor, event.data["off"]) == (ban, None, "gone")
    move(ban, owner, now, day=3)
    assert hook.deliveries.count() == 2, "what happens meanwhile is not kept for it"
    hooks.switch(hook, True, by=owner, now=now)
    there.answers = [200]
    move(ban, owner, now, day=4)
    assert deliver(now=now) == Delivered(sent=1)


def test_one_that_takes_nothing_for_long_is_switched_off_and_a_success_between_starts_anew(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime
) -> None:
    hook, _secret = register(ban, "ban.changed")
    there.answers = [302, 302, 200, 302]
    for day in range(1, 4 + MOST_GIVEN_UP - 1):
        move(ban, owner, now, day=day)
        deliver(now=now)
        hook.refresh_from_db()
        assert not hook.off, day
    move(ban, owner, now, day=9)
    deliver(now=now)
    hook.refresh_from_db()
    assert hook.off == "failing"


def test_a_redirect_is_not_followed(ban: Any, owner: Any, register: Any, there: Receiver, now: datetime) -> None:
    hook, _secret = register(ban, "ban.changed")
    there.answers = [302]
    move(ban, owner, now)
    assert deliver(now=now) == Delivered(dead=1)
    assert (hook.deliveries.get().reason, len(there.got)) == ("refused", 1)


def test_a_slow_answer_is_not_waited_for(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime, monkeypatch: Any
) -> None:
    register(ban, "ban.changed")
    monkeypatch.setattr(outbound, "ANSWER_SECONDS", 0.2)
    there.patience = Signal()
    move(ban, owner, now)
    assert deliver(now=now) == Delivered(deferred=1)
    there.patience.set()
    assert DeliveryAttempt.objects.get().text == "no answer in time"


def test_a_name_that_leads_into_our_network_later_is_not_called(
    ban: Any, owner: Any, now: datetime, settings: Any, monkeypatch: Any, there: Receiver
) -> None:
    """It was public when it was registered; the address is looked at in the moment of connecting."""
    settings.LOCAL_MODE = False
    chosen = Chosen("Tickets", "https://rebinding.example/hook", ["ban.changed"])
    hook, _secret = hooks.register(ban, chosen, by=owner, now=now)
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, **_k: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.8", port))],
    )
    move(ban, owner, now)
    assert deliver(now=now) == Delivered(dead=1)
    assert hook.deliveries.get().reason == "forbidden"
    for address in (there.url(), "http://hooks.example/x", "https://hooks.example:8443/x", "https://a@hooks.example/"):
        with pytest.raises(DomainError, match="no address of a webhook"):
            hooks.register(ban, Chosen("T", address, ["ban.changed"]), by=owner, now=now)


def test_from_local_mode_nothing_leaves_the_machine(ban: Any, owner: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="nothing leaves this machine"):
        hooks.register(ban, Chosen("T", "https://hooks.example/x", ["ban.changed"]), by=owner, now=now)


def test_both_secrets_sign_for_a_day_after_a_change(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime, monkeypatch: Any
) -> None:
    hook, old = register(ban, "ban.changed")
    new = hooks.renew_secret(hook, by=owner, now=now)
    for moment, still in ((now + timedelta(hours=23), True), (now + timedelta(hours=25), False)):
        monkeypatch.setattr(hooks_sending, "clock", lambda moment=moment: moment)
        hooks.try_out(hook, by=owner, now=now)
        headers, body = there.got[-1]
        assert verified(new, headers, body)
        assert verified(old, headers, body) == still


def test_a_test_is_sent_at_once_and_tried_once(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime
) -> None:
    hook, _secret = register(ban, "ban.changed")
    assert hooks.try_out(hook, by=owner, now=now).taken
    assert (there.said[0]["type"], there.said[0]["data"]) == ("test", {})
    there.answers = [500]
    for _n in range(MOST_GIVEN_UP + 1):
        assert hooks.try_out(hook, by=owner, now=now).status == 500
    hook.refresh_from_db()
    assert hook.is_on, "tests do not switch it off"
    assert deliver(now=now + SOON) == Delivered()
    assert set(hook.deliveries.values_list("state", "reason")) == {("sent", ""), ("dead", "test")}


def test_a_removed_one_is_forgotten_and_told_nothing(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime
) -> None:
    hook, secret = register(ban, "ban.changed")
    move(ban, owner, now)
    assert hooks.remove(hook, by=owner, now=now)
    assert not hooks.remove(hook, by=owner, now=now)
    hook.refresh_from_db()
    assert (bytes(hook.address), bytes(hook.secret)) == (b"", b"")
    assert deliver(now=now) == Delivered()
    for act in (
        lambda: hooks.try_out(hook, by=owner, now=now),
        lambda: hooks.renew_secret(hook, by=owner, now=now),
        lambda: hooks.switch(hook, True, by=owner, now=now),
    ):
        with pytest.raises(DomainError, match="was removed"):
            act()
    assert there.got == []
    assert not Event.objects.filter(data__icontains=secret).exists()


def test_what_was_written_while_it_was_switched_off_is_cancelled(
    ban: Any, owner: Any, register: Any, now: datetime
) -> None:
    """By a transaction that did not see it yet."""
    hook, _secret = register(ban, "ban.changed")
    move(ban, owner, now)
    Hook.objects.filter(pk=hook.pk).update(off="switched", off_at=now)
    deliver(now=now)
    assert hook.deliveries.get().state == "cancelled"


def test_the_clock_sends_and_forgets_after_a_month(
    ban: Any, owner: Any, register: Any, there: Receiver, mailbox: Any, now: datetime
) -> None:
    register(ban, "ban.changed")
    move(ban, owner, now)
    assert tick(now=now + SOON).hooks == Delivered(sent=1)
    housekeeping.tidy(now=now + timedelta(days=29))
    assert Delivery.objects.count() == 1
    housekeeping.tidy(now=now + timedelta(days=32))
    assert (Delivery.objects.count(), DeliveryAttempt.objects.count()) == (0, 0)


def test_another_secret_key_opens_them_while_the_old_one_is_known(
    ban: Any, owner: Any, register: Any, there: Receiver, now: datetime, settings: Any
) -> None:
    hook, secret = register(ban, "ban.changed")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough to be one, of no use elsewhere"
    hooks.seal_anew()
    settings.SECRET_KEY_FALLBACKS = []
    hook.refresh_from_db()
    assert hooks.try_out(hook, by=owner, now=now).taken
    assert verified(secret, *there.got[0])
    settings.SECRET_KEY = "a third one, which nobody has sealed anything with, ever"
    move(ban, owner, now)
    assert deliver(now=now) == Delivered(dead=1)
    assert hook.deliveries.get(event__isnull=False).reason == "unreadable"


def test_the_database_refuses_a_removed_one_with_an_address(ban: Any, register: Any, now: datetime) -> None:
    hook, _secret = register(ban, "ban.changed")
    with pytest.raises(IntegrityError, match="a_removed_hook_has_no_address"), transaction.atomic():
        Hook.objects.filter(pk=hook.pk).update(removed_at=now)


def test_a_ban_has_few_and_each_asks_for_something(ban: Any, owner: Any, register: Any, now: datetime) -> None:
    for _n in range(hooks.MOST_HOOKS):
        register(ban, "ban.closed")
    with pytest.raises(DomainError, match="at most"):
        register(ban, "ban.closed")
    with pytest.raises(DomainError, match="at least one kind"):
        register(None)
    with pytest.raises(DomainError, match="at least one kind"):
        register(None, "mail.sent")


def test_a_verb_belongs_to_one_kind() -> None:
    assert len(OF_VERB) == sum(len(verbs) for _title, verbs in KINDS.values())


def finish(checklist: Any, *, now: datetime) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=now)


def test_a_finished_checklist_and_a_team_that_is_done_are_told_and_the_team_once(
    ban: Any, search: Any, lead: Any, employee: Any, register: Any, there: Receiver, now: datetime
) -> None:
    register(ban, "checklist.completed", "team.done")
    migration = ban.migrations.select_related("ban", "team").get(team=search)
    rows = list(migration.checklists.select_related("ban", "migration", "person").order_by("pk"))
    migration.mark(migration.steps().get(), Mark.State.DONE, by=lead, now=now)
    finish(rows[0], now=now)
    tick(now=now + SOON)
    finish(rows[1], now=now + SOON)
    tick(now=now + 2 * SOON)
    rows[1].mark(rows[1].steps().first(), Mark.State.OPEN, by=rows[1].person, now=now + 2 * SOON)
    finish(rows[1], now=now + 3 * SOON)
    for hours in (3, 4):
        tick(now=now + hours * SOON)
        deliver(now=now + hours * SOON)
    assert [said["type"] for said in there.said] == [
        "checklist.completed", "checklist.completed", "team.done", "checklist.completed",
    ]  # fmt: skip
    assert there.said[0]["data"]["is_verified"] is False
    done = there.said[2]["data"]
    assert (done["team"], done["people"]) == ("Acme/Engineering/Search", 2)
    assert employee.email not in "".join(body.decode() for _headers, body in there.got)


def test_a_returned_mark_is_told_with_the_reason_to_who_asked_for_people(
    ban: Any, checklist: Any, lead: Any, employee: Any, register: Any, there: Receiver, now: datetime
) -> None:
    register(ban, "mark.returned", with_people=True)
    step = checklist.steps().first()
    checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    row = ban.checklists.select_related("ban", "migration", "person").get(pk=checklist.pk)
    done = reviewing.give_back([row], step, by=lead, now=now, why="The link is dead.")
    reviewing.take_back_returns(ban, done.done.values(), by=lead, now=now)
    deliver(now=now + SOON)
    assert [(said["type"], said["data"]["verb"]) for said in there.said] == [
        ("mark.returned", "mark_returned"), ("mark.returned", "return_taken_back"),
    ]  # fmt: skip
    data = there.said[0]["data"]
    assert (data["step"]["title"], data["why"], data["person"]["email"]) == (
        "Export",
        "The link is dead.",
        employee.email,
    )


def test_the_forecast_is_told_when_its_word_changes_and_only_then(
    ban: Any, register: Any, there: Receiver, now: datetime
) -> None:
    register(ban, "forecast.changed")
    first = now.date()

    def days(*done: int) -> None:
        known = ban.progress_days.count()
        ProgressDay.objects.bulk_create(
            ProgressDay(
                ban=ban, day=first + timedelta(days=known + number), people=100, started=0, blocked=0, done=each
            )
            for number, each in enumerate(done)
        )
        forecast(ban, now=now)

    days(0, 5)  # too early to say, as before
    days(10, 16, 20, 20, 20, 27, 33, 40)
    forecast(ban, now=now)  # the same day once more
    days(47)
    days(60, 80, 95, 99, 100)
    while deliver(now=now + SOON).sent:
        pass
    words = [(said["data"]["before"], said["data"]["after"]) for said in there.said]
    assert words == [("too_early", "at_risk"), ("at_risk", "on_track")]
    assert {said["type"] for said in there.said} == {"forecast.changed"}
