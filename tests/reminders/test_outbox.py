import asyncio
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, connections
from django.db.models import F

from migration_planner.planning.models import Mark
from migration_planner.reminders import ledger, mail, outbox, pausing, planning, sending
from migration_planner.reminders.models import Attempt, Heartbeat, Mail, Reminder
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.planning import plan
from migration_planner.reminders.reports import counts
from migration_planner.reminders.ticking import tick

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def raws(mailbox: Any, person: Any) -> list[bytes]:
    return [raw for recipient, raw in mailbox.raw if recipient == person.email]


def finish(checklist: Any, *, at: datetime) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=at)


def test_a_mail_is_marked_sent_after_the_250_and_its_queue_id_is_kept(ban: Any, employee: Any, mailbox: Any) -> None:
    tick(now=MORNING)
    sent = Mail.objects.get(person=employee, state="sent")
    attempt = Attempt.objects.get(mail=sent)
    assert (attempt.code, attempt.queue_id[:5]) == (250, "00000")
    assert bytes(sent.raw).splitlines() == raws(mailbox, employee)[0].splitlines()
    assert sent.message_id == mailbox.to(employee)[0]["Message-ID"]


def test_a_mail_deferred_by_the_server_goes_later_with_the_same_bytes(ban: Any, employee: Any, mailbox: Any) -> None:
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Greylisted, come back later"
    assert tick(now=MORNING).drained.deferred == 1
    waiting = Mail.objects.get(person=employee, state="waiting", day="2026-11-03")
    before = bytes(waiting.raw)
    assert (waiting.last_code, waiting.not_before) == (451, MORNING + MINUTE)
    assert tick(now=MORNING + MINUTE / 2).drained.deferred == 0
    tick(now=MORNING + MINUTE)
    waiting.refresh_from_db()
    assert waiting.not_before == MORNING + 3 * MINUTE
    mailbox.at_rcpt.clear()
    tick(now=MORNING + 3 * MINUTE)
    assert raws(mailbox, employee) == [before]
    assert [attempt.code for attempt in waiting.attempts.order_by("pk")] == [451, 451, 250]


def test_what_is_deferred_past_midnight_is_written_anew_for_the_new_day(ban: Any, employee: Any, mailbox: Any) -> None:
    tick(now=MORNING)
    mailbox.clear()
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Later"
    tick(now=datetime(2026, 11, 16, 1, tzinfo=UTC))
    mailbox.at_rcpt.clear()
    tick(now=datetime(2026, 11, 16, 20, tzinfo=UTC))
    assert mailbox.subjects(employee) == ["13 days left: 3 steps to move off Old Editor"]
    assert Mail.objects.get(person=employee, day="2026-11-16").reason == "superseded"
    reminder = Reminder.objects.get(person=employee, rung="before-14")
    assert (reminder.state, reminder.mail.day.isoformat()) == ("sent", "2026-11-17")


def test_a_refused_address_is_tried_once_and_the_person_counts_as_unreachable(
    ban: Any, employee: Any, mailbox: Any, walk: Any
) -> None:
    mailbox.at_rcpt[employee.email] = "550 5.1.1 No such user"
    assert tick(now=MORNING).drained.dead == 1
    employee.refresh_from_db()
    assert employee.address_refused_at == MORNING
    assert Reminder.objects.get(person=employee, rung="publishing").state == "dead"
    walk(MORNING + MINUTE, days=15)
    assert Attempt.objects.filter(mail__person=employee).count() == 1
    assert Reminder.objects.get(person=employee, rung="before-14").reason == "unreachable"


def test_a_message_refused_for_its_content_is_dead_but_the_address_stays_good(
    ban: Any, employee: Any, mailbox: Any
) -> None:
    mailbox.at_data[employee.email] = lambda turn: "554 5.6.0 Message refused"
    assert tick(now=MORNING).drained.dead == 1
    employee.refresh_from_db()
    assert employee.address_refused_at is None
    assert Mail.objects.get(person=employee, state="dead").reason == "message_refused"


def test_when_the_server_refuses_us_nothing_is_burnt_and_the_trouble_is_shown(
    ban: Any, employee: Any, lead: Any, mailbox: Any
) -> None:
    mailbox.at_mail = "550 5.7.1 Sender refused"
    drained = tick(now=MORNING).drained
    assert "Sender refused" in drained.stopped
    assert not Attempt.objects.exists()
    assert set(Mail.objects.filter(due_at__lte=MORNING).values_list("state", "tries", "lease_token")) == {
        ("waiting", 0, None)
    }
    assert "Sender refused" in Heartbeat.objects.get(pk="sender").trouble
    mailbox.at_mail = None
    assert tick(now=MORNING + MINUTE).drained.sent == 3
    assert Heartbeat.objects.get(pk="sender").trouble == ""


def test_without_a_mail_server_nothing_is_burnt(ban: Any, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    assert "refused" in tick(now=MORNING).drained.stopped
    assert not Attempt.objects.exists()


def test_a_server_that_says_nothing_at_all_is_waited_for_so_long_and_nothing_is_burnt(ban: Any, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.2
        began = time.monotonic()
        assert "no answer" in tick(now=MORNING).drained.stopped
        assert time.monotonic() - began < 5
    assert not Attempt.objects.exists()
    assert set(Mail.objects.filter(due_at__lte=MORNING).values_list("state", "tries", "lease_token")) == {
        ("waiting", 0, None)
    }


def test_a_cut_after_the_message_is_followed_by_one_copy_with_the_same_bytes_and_then_by_a_person(
    ban: Any, employee: Any, mailbox: Any
) -> None:
    def keep_and_cut(turn: Any) -> str:
        server, envelope = turn
        mailbox.keep(envelope)
        server.transport.abort()
        return "250 never heard"

    mailbox.at_data[employee.email] = keep_and_cut
    assert tick(now=MORNING).drained.deferred == 1
    assert tick(now=MORNING + MINUTE).drained.held == 1
    assert tick(now=MORNING + 60 * MINUTE).drained.held == 0
    first, copy = raws(mailbox, employee)
    assert first == copy
    assert Reminder.objects.get(person=employee, rung="publishing").reason == "no_answer"
    assert counts(ban).held == 1


def test_a_sender_that_dies_between_the_250_and_its_commit_leaves_one_identical_copy(
    ban: Any, employee: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(now=MORNING)

    def die(*args: Any, **kwargs: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(ledger.NestedLedger, "note", die)
        with pytest.raises(SystemExit):
            drain(now=MORNING)
    assert len(mailbox.raw) == 1
    assert not Mail.objects.filter(state="sent").exists()
    assert drain(now=MORNING).sent == 0  # the lease of the dead one holds
    Mail.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - MINUTE)
    drain(now=MORNING)
    by_person: dict[str, list[bytes]] = {}
    for recipient, raw in mailbox.raw:
        by_person.setdefault(recipient, []).append(raw)
    assert sorted(len(found) for found in by_person.values()) == [1, 1, 2]
    assert all(len(set(found)) == 1 for found in by_person.values())


def test_a_mail_that_cannot_be_composed_dies_after_five_tries_and_the_others_go(
    ban: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = mail.compose

    def broken_for_one(reader: Any, *args: Any, **kwargs: Any) -> Any:
        if reader.id == employee.pk:
            raise ValueError("no such block")
        return compose(reader, *args, **kwargs)

    monkeypatch.setattr(mail, "compose", broken_for_one)
    for minutes in (0, 1, 3, 7, 15, 31):
        tick(now=MORNING + minutes * MINUTE)
    assert (len(mailbox.to(lead)), len(mailbox.to(owner)), len(mailbox.to(employee))) == (1, 1, 0)
    dead = Mail.objects.get(person=employee, state="dead")
    assert (dead.reason, dead.tries, dead.attempts.count()) == ("broken", 5, 5)
    assert Reminder.objects.get(person=employee, rung="publishing").state == "dead"


def test_a_finish_between_composing_and_sending_stops_the_mail(
    ban: Any, checklist: Any, employee: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze = outbox.freeze

    def freeze_and_finish(claim: Any, *, now: datetime) -> None:
        freeze(claim, now=now)
        if not checklist.__class__.objects.get(pk=checklist.pk).done_at:
            finish(checklist, at=now)

    monkeypatch.setattr(outbox, "freeze", freeze_and_finish)
    assert tick(now=MORNING).drained.cancelled == 1
    assert mailbox.to(employee) == []
    assert Reminder.objects.get(person=employee, rung="publishing").reason == "done"


def test_names_cannot_write_headers_and_no_line_is_long(ban: Any, employee: Any, mailbox: Any) -> None:
    employee.name = "Eve\r\nBcc: everybody@acme.example\u2028" + "很长" * 80
    employee.save()
    ban.tool.name = "Old\nX-Evil: yes " + "x" * 60
    ban.tool.save()
    ban.reason = "word " * 1000 + "w" * 3000
    ban.save()
    tick(now=MORNING)
    message = mailbox.to(employee)[0]
    assert (message["Bcc"], message["X-Evil"]) == (None, None)
    assert max(len(line) for line in raws(mailbox, employee)[0].splitlines()) < 998
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert "reminders." in message["List-Id"]


def test_lines_that_begin_with_a_dot_or_from_arrive_whole(ban: Any, employee: Any, mailbox: Any) -> None:
    ban.reason = "One.\n.\n..two\nFrom now on."
    ban.save()
    tick(now=MORNING)
    text = mailbox.to(employee)[0].get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "One.\n.\n..two\nFrom now on." in text


def test_the_mail_is_in_the_language_of_the_reader_and_their_clock(ban: Any, employee: Any, mailbox: Any) -> None:
    employee.language = "zh-hans"
    employee.zone = "Asia/Kathmandu"
    employee.save()
    tick(now=datetime(2026, 11, 3, 4, tzinfo=UTC))
    message = mailbox.to(employee)[0]
    assert message["Content-Language"] == "zh-hans"
    assert "15:45（Asia/Kathmandu）" in message.get_body(("plain",)).get_content()


def test_words_beyond_ascii_arrive_whole_in_subject_name_and_body(ban: Any, employee: Any, mailbox: Any) -> None:
    employee.name, ban.tool.name = (
        "王小明 “Ming”",
        "旧编辑器 — Éditeur, étendu à toute l’entreprise et à ses filiales, édition 2026",
    )
    employee.save()
    ban.tool.save()
    ban.reason = "它被列为高风险软件。" * 300
    ban.save()
    tick(now=MORNING)
    message = mailbox.to(employee)[0]
    assert str(message["Subject"]) == f"Move off {ban.tool.name} by 30 Nov 2026: 3 steps"
    assert message["To"].addresses[0].display_name == employee.name
    for kind in ("plain", "html"):
        assert ban.reason in message.get_body((kind,)).get_content()
    assert raws(mailbox, employee)[0].isascii()
    assert max(len(line) for line in raws(mailbox, employee)[0].splitlines()) <= 78


def test_while_all_mail_is_paused_nothing_goes_and_afterwards_nothing_is_missing(
    ban: Any, owner: Any, mailbox: Any
) -> None:
    pausing.pause(by=owner, now=MORNING, why="Wrong wording.")
    assert tick(now=MORNING).drained.stopped == "paused"
    assert mailbox.raw == []
    assert pausing.resume(by=owner, now=MORNING)
    assert tick(now=MORNING + MINUTE).drained.sent == 3


@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_write_stops_before_the_mail_server(
    ban: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(now=MORNING)
    freeze = outbox.freeze

    def freeze_and_lose_the_disk(claim: Any, *, now: datetime) -> None:
        freeze(claim, now=now)
        _read_only("on")

    monkeypatch.setattr(outbox, "freeze", freeze_and_lose_the_disk)
    try:
        with pytest.raises(DatabaseError, match="read-only"):
            drain(now=MORNING)
    finally:
        _read_only("off")
    assert mailbox.raw == []


def _read_only(state: str) -> None:
    """For every connection that is opened from now on."""
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {state}")


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in a thread each, and give what they returned."""
    results: list[Any] = [None] * len(acts)

    def run(index: int) -> None:
        try:
            results[index] = acts[index]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[index]) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_planners_and_two_senders_at_once_do_everything_once(
    ban: Any, person: Any, search: Any, mailbox: Any
) -> None:
    from migration_planner.planning import audience

    for number in range(60):
        person(f"p{number}", home=search, zone="Asia/Shanghai")
    audience.follow(ban, now=ban.published_at)
    planned = at_once(lambda: planning.plan(now=MORNING), lambda: planning.plan(now=MORNING))
    assert sorted(each.added for each in planned)[1] == 63 + 1
    drained = at_once(lambda: drain(now=MORNING), lambda: drain(now=MORNING))
    assert sum(each.sent for each in drained) == 63
    recipients = [recipient for recipient, _raw in mailbox.raw]
    assert len(recipients) == len(set(recipients)) == 63


@pytest.mark.django_db(transaction=True)
def test_whoever_finishes_during_the_sending_waits_for_it_and_no_mail_begins_after_the_finish(
    ban: Any, person: Any, search: Any, mailbox: Any
) -> None:
    from migration_planner.planning import audience
    from migration_planner.planning.models import Checklist

    people = [person(f"p{number}", home=search, zone="Asia/Shanghai") for number in range(40)]
    audience.follow(ban, now=ban.published_at)
    finished: dict[str, bool] = {}
    late: list[str] = []
    mailbox.before_answer = lambda recipient: late.append(recipient) if finished.get(recipient) else None

    def finish_everybody() -> None:
        for each in reversed(people):
            finish(Checklist.objects.get(ban=ban, person=each), at=MORNING)
            finished[each.email] = True

    plan(now=MORNING)
    at_once(lambda: drain(now=MORNING), finish_everybody)
    assert late == []
    assert (
        Reminder.objects.filter(person__in=people, rung="publishing").exclude(state__in=["sent", "cancelled"]).count()
        == 0
    )
    assert counts(ban).sent == len(mailbox.raw)


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_dies_after_the_ledger_has_a_mail_leaves_no_copy_and_its_state_follows(
    ban: Any, employee: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(now=MORNING)

    def die(*args: Any, **kwargs: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(sending, "followed", die)
        with pytest.raises(SystemExit):
            drain(now=MORNING)
    taken = len(mailbox.raw)
    assert (Attempt.objects.filter(code=250).count(), Mail.objects.filter(state="sent").count()) == (taken, 0)
    Mail.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - MINUTE)
    assert (drain(now=MORNING).sent, len(mailbox.raw)) == (3 - taken, 3)
    assert counts(ban).sent == 3
    assert not Mail.objects.filter(state="sent").exclude(sent_at=MORNING, last_code=250).exists()


@pytest.mark.django_db(transaction=True)
def test_what_fails_while_the_server_works_on_a_mail_is_told_after_that_mail_is_in_the_ledger(
    ban: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(now=MORNING)
    begin, begun = sending.Batch.begin, list[int]()

    def fail(batch: sending.Batch) -> None:
        begun.append(1)
        if len(begun) > 1:  # the first is before any mail goes
            raise OperationalError("the database is gone")
        begin(batch)

    with monkeypatch.context() as broken:
        broken.setattr(sending.Batch, "begin", fail)
        with pytest.raises(OperationalError, match="is gone"):
            drain(now=MORNING)
    assert (len(mailbox.raw), Attempt.objects.filter(code=250).count()) == (1, 1)
    Mail.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - MINUTE)
    assert (drain(now=MORNING).sent, len(mailbox.raw)) == (2, 3)
    assert counts(ban).sent == 3


@pytest.mark.django_db(transaction=True)
def test_the_planner_lets_a_state_follow_the_ledger_before_it_plans(
    ban: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(now=MORNING)
    with monkeypatch.context() as killed:
        killed.setattr(sending, "followed", lambda taken: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            drain(now=MORNING)
    taken = {to for to, _raw in mailbox.raw}
    assert taken
    for _moment in range(50):  # until PostgreSQL has noticed that the sender is gone, its locks are left alone
        plan(now=MORNING + timedelta(days=3))
        sent = {mail.person.email for mail in Mail.objects.filter(state="sent")}
        if sent == taken:
            break
        time.sleep(0.1)
    assert sent == taken


@pytest.mark.django_db(transaction=True)
def test_a_click_that_finishes_does_not_wait_for_a_mail_server_that_takes_its_time(
    ban: Any, checklist: Any, employee: Any, mailbox: Any
) -> None:
    arrived, finished = threading.Event(), threading.Event()
    finished_while_sending: list[bool] = []

    def look_for_the_finish(recipient: str) -> None:
        if recipient == employee.email:
            arrived.set()
            finished_while_sending.append(finished.wait(5))

    def finish_meanwhile() -> None:
        arrived.wait(10)
        finish(checklist, at=MORNING)
        finished.set()

    mailbox.before_answer = look_for_the_finish
    plan(now=MORNING)
    at_once(lambda: drain(now=MORNING), finish_meanwhile)
    assert finished_while_sending == [True]
    assert Reminder.objects.get(person=employee, rung="publishing").state == "sent"


@pytest.mark.django_db(transaction=True)
def test_whoever_finishes_while_the_server_hesitates_before_the_words_gets_no_mail(
    ban: Any, checklist: Any, employee: Any, mailbox: Any
) -> None:
    asked = threading.Event()
    finished = threading.Event()

    async def hesitate(address: str) -> None:
        if address == employee.email and not finished.is_set():
            asked.set()
            await asyncio.to_thread(finished.wait, 5)

    def finish_meanwhile() -> None:
        asked.wait(10)
        finish(checklist, at=MORNING)
        finished.set()

    mailbox.hesitate = hesitate
    plan(now=MORNING)
    at_once(lambda: drain(now=MORNING), finish_meanwhile)
    assert finished.is_set()
    drain(now=MORNING)
    assert mailbox.to(employee) == []
    assert len(mailbox.raw) == 2
    assert Reminder.objects.get(person=employee, rung="publishing").reason == "done"


@pytest.mark.parametrize("looks", range(1, 9))
def test_a_sender_that_is_told_to_end_at_whatever_moment_ends_in_good_order(ban: Any, mailbox: Any, looks: int) -> None:
    asked: list[int] = []
    plan(now=MORNING)
    drain(now=MORNING, stop=lambda: bool(asked.append(1)) or len(asked) >= looks)
    assert not Mail.objects.exclude(lease_token=None).exists()
    assert counts(ban).sent == len(mailbox.raw)
    drain(now=MORNING)
    assert counts(ban).sent == len(mailbox.raw) == 3


def test_an_address_no_server_can_be_asked_for_ends_its_own_mail_alone(
    ban: Any, employee: Any, owner: Any, lead: Any, mailbox: Any
) -> None:
    type(employee).objects.filter(pk=employee.pk).update(email=f"eve@{'x' * 64}.example")
    drained = tick(now=MORNING + timedelta(days=1)).drained
    assert (drained.dead, drained.sent, drained.stopped) == (1, 2, "")
    assert {recipient for recipient, _raw in mailbox.raw} == {owner.email, lead.email}
    employee.refresh_from_db()
    assert employee.address_refused_at
    assert Mail.objects.get(person=employee, state="dead").reason == "address_refused"


def test_no_more_mails_go_than_the_limit_lets_and_the_rest_go_as_soon_as_it_does(
    ban: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, settings: Any
) -> None:
    settings.MAIL_PER_MINUTE = 120
    plan(now=MORNING)
    began = time.monotonic()
    drained = drain(now=MORNING + timedelta(hours=12))
    assert drained.sent == 3
    assert time.monotonic() - began >= 0.9  # the first at once, the others half a second apart


def test_a_domain_at_its_limit_holds_up_nobody_else(
    ban: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, settings: Any
) -> None:
    settings.MAIL_DOMAIN_LIMITS = {"acme.example": 1}
    owner.email = "olga@quick.example"
    owner.save(update_fields=["email"])
    plan(now=MORNING)
    end = time.monotonic() + 1
    drain(now=MORNING + timedelta(hours=12), stop=lambda: time.monotonic() > end)
    assert sorted(to.partition("@")[2] for to, _raw in mailbox.raw) == ["acme.example", "quick.example"]
    assert Mail.objects.waiting().due(MORNING + timedelta(hours=12)).count() == 1
