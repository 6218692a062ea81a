"""The balance, the nightly check, what would go now, whom no mail reaches, and decisions about held mail."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Ban, Checklist, Event, Mark, UseCount
from migration_planner.reminders import balancing, checking
from migration_planner.reminders.models import Attempt, Check, Mail, Reminder
from migration_planner.reminders.pausing import pause
from migration_planner.reminders.planning import plan
from migration_planner.reminders.reaching import restore, unreachable
from migration_planner.reminders.rehearsing import due, rehearse
from migration_planner.reminders.releasing import Decision, release
from migration_planner.reminders.ticking import tick
from tests import mails
from tests.conftest import NOW

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)
NIGHT = datetime(2026, 11, 4, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def finish(checklist: Checklist, *, at: datetime) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=at)


def cut_off(mailbox: Any, person: Any) -> None:
    """The server keeps the message, and breaks off before it says so."""

    def keep_and_cut(turn: Any) -> str:
        server, envelope = turn
        mailbox.keep(envelope)
        server.transport.abort()
        return "250 never heard"

    mailbox.at_data[person.email] = keep_and_cut


@pytest.fixture
def held(ban: Any, employee: Any, mailbox: Any) -> Mail:
    cut_off(mailbox, employee)
    tick(now=MORNING)
    tick(now=MORNING + MINUTE)
    mailbox.at_data.clear()
    return Mail.objects.get(state="held")


def test_the_balance_adds_up_on_every_day_while_everything_happens(
    ban: Any, checklist: Any, lead: Any, owner: Any, employee: Any, mailbox: Any, walk: Any
) -> None:
    mailbox.at_rcpt[lead.email] = "550 5.1.1 No such user"
    cut_off(mailbox, owner)
    for day in range(32):
        moment = NOW + timedelta(days=day)
        if day == 12:
            finish(checklist, at=moment)
        walk(moment, days=1)
        days = balancing.by_day(ban, now=moment)
        assert [each for each in days if not each.balance.adds_up] == []
        assert balancing.total(days).due == Reminder.objects.filter(ban=ban).count()
    total = balancing.of_ban(ban, now=NOW + timedelta(days=32))
    assert min(total.sent, total.cancelled, total.suppressed, total.dead, total.held, total.waiting) > 0
    assert total.waiting == total.planned + total.overdue
    assert checking.deep(now=NOW + timedelta(days=32)) == []


def test_what_is_put_off_counts_as_waiting_and_apart(ban: Any, employee: Any, mailbox: Any) -> None:
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Later"
    tick(now=MORNING)
    balance = balancing.of_ban(ban, now=MORNING)
    assert (balance.overdue, balance.again) == (1, 1)


def test_the_check_finds_what_does_not_add_up_once_a_day(ban: Any, employee: Any, mailbox: Any) -> None:
    tick(now=MORNING)
    assert checking.check_daily(now=NIGHT.replace(hour=1)) is None
    assert checking.check_daily(now=NIGHT).found == []  # type: ignore[union-attr]
    assert checking.check_daily(now=NIGHT + MINUTE) is None
    sent = Reminder.objects.get(person=employee, state="sent")
    Reminder.objects.filter(pk=sent.pk).update(state="waiting")  # as a fault in the program might
    with connection.cursor() as cursor:  # the database refuses it otherwise
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reminders_attempt DISABLE TRIGGER the_ledger_is_only_added_to")
        Attempt.objects.filter(mail__person=employee).delete()
        cursor.execute("ALTER TABLE reminders_attempt ENABLE TRIGGER the_ledger_is_only_added_to")
    Checklist.objects.filter(person=employee).update(finished_steps=2)
    found = checking.check_daily(now=NIGHT + timedelta(days=1)).found  # type: ignore[union-attr]
    assert {fault["what"]: fault["count"] for fault in found} == {"stranded": 1, "unproven": 1, "counters": 1}
    assert Check.objects.count() == 2
    Mail.objects.filter(person=employee, state="sent").update(state="held", reason="no_answer", sent_at=None)
    Reminder.objects.filter(pk=sent.pk).update(state="sent")
    assert [fault.what for fault in checking.deep(now=NIGHT)] == ["contradicted", "counters"]


def test_the_night_sees_counts_of_use_that_are_wrong(ban: Ban) -> None:
    UseCount.objects.create(ban=ban, old="never", new="never", people=2)
    assert [(fault.what, fault.count, fault.ban) for fault in checking.deep(now=NIGHT)] == [("counters", 1, ban.pk)]


def test_a_reminder_in_no_place_is_refused_by_the_database_and_would_be_found(ban: Any, employee: Any) -> None:
    plan(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reminders_reminder DROP CONSTRAINT reminders_that_do_not_go_say_why")
        cursor.execute("ALTER TABLE reminders_reminder DROP CONSTRAINT reminders_are_in_a_known_state")
    Reminder.objects.filter(person=employee, kind="announcement").update(state="nowhere")
    assert [fault.what for fault in checking.quick(now=NOW)] == ["unbalanced"]
    assert not balancing.of_ban(ban, now=NOW).adds_up


def test_the_rehearsal_is_what_goes_then_word_for_word_and_changes_nothing(
    ban: Any, checklist: Any, lead: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    plan(now=NOW)
    finish(Checklist.objects.get(person=owner), at=NOW)
    before = list(Mail.objects.order_by("pk").values())
    shown = rehearse(list(due(MORNING + timedelta(hours=8))), now=MORNING + timedelta(hours=8))
    assert list(Mail.objects.order_by("pk").values()) == before
    assert {each.mail.person: each.goes for each in shown} == {owner: False, lead: True, employee: True}
    tick(now=MORNING + timedelta(hours=8))
    for each in shown:
        if each.goes:
            (sent,) = mailbox.to(each.mail.person)
            assert sent["Subject"] == each.subject
            assert sent.get_body(("plain",)).get_content().split() == each.text.split()


def test_the_rehearsal_says_what_is_paused_and_what_has_nothing_left_to_say(
    ban: Any, owner: Any, checklist: Any
) -> None:
    plan(now=NOW)
    pause(by=owner, now=NOW, why="Stop.", ban=ban)
    finish(checklist, at=NOW)
    shown = {each.mail.person.name: (each.is_paused, each.goes) for each in rehearse(list(due(MORNING)), now=MORNING)}
    assert shown == {"Olga": (True, False), "Lee": (True, False), "Eve": (False, False)}


def test_a_frozen_mail_is_rehearsed_in_its_own_words(ban: Any, employee: Any, mailbox: Any) -> None:
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Later"
    tick(now=MORNING)
    (again,) = rehearse(list(due(MORNING + MINUTE)), now=MORNING + timedelta(days=9))
    assert again.subject == Mail.objects.get(pk=again.mail.pk).subject
    assert "3 steps" in again.text


def test_who_cannot_be_reached_is_listed_with_what_the_server_said_until_somebody_says_it_works(
    ban: Any, owner: Any, lead: Any, employee: Any, mailbox: Any
) -> None:
    type(lead).objects.filter(pk=lead.pk).update(email="")
    mailbox.at_rcpt[employee.email] = "550 5.1.1 No such user"
    tick(now=MORNING)
    found = {row.person.name: (row.refused_code, row.refused_text) for row in unreachable(ban)}
    assert found == {"Lee": (None, None), "Eve": (550, "5.1.1 No such user")}
    mailbox.at_rcpt.clear()
    restore(employee, by=owner, now=MORNING + MINUTE)
    event = Event.objects.get(verb="address_restored")
    assert (event.actor, event.person) == (owner, employee)
    tick(now=MORNING + timedelta(days=1))
    assert len(mailbox.to(employee)) == 1
    assert [row.person for row in unreachable(ban)] == [lead]
    for person, words in ((employee, "takes mail"), (lead, "no address")):
        with pytest.raises(DomainError, match=words):
            restore(person, by=owner, now=MORNING)


def test_who_cannot_be_reached_in_a_team_is_counted_with_all_below(
    ban: Any, search: Any, employee: Any, owner: Any
) -> None:
    type(employee).objects.filter(pk__in=[employee.pk, owner.pk]).update(email="")
    type(employee).objects.filter(pk=employee.pk).update(email="", address_refused_at=None)
    assert [row.person for row in unreachable(ban, "Acme/Engineering")] == [employee]
    assert unreachable(ban).count() == 2


def test_a_held_mail_sent_again_goes_with_the_same_bytes_and_is_held_again_after_another_silence(
    ban: Any, held: Mail, owner: Any, employee: Any, mailbox: Any
) -> None:
    first = [raw for to, raw in mailbox.raw if to == employee.email]
    release(held, Decision.SEND, by=owner, now=MORNING + 5 * MINUTE, why="She has nothing.")
    assert held.state == "waiting"
    tick(now=MORNING + 6 * MINUTE)
    raws = [raw for to, raw in mailbox.raw if to == employee.email]
    assert raws == [first[0]] * 3
    assert Reminder.objects.get(person=employee, rung="publishing").state == "sent"
    event = Event.objects.get(verb="mail_decided")
    assert (event.ban, event.actor, event.why, event.data["decision"]) == (ban, owner, "She has nothing.", "send")


def test_a_held_mail_sent_again_into_silence_is_held_again(
    ban: Any, held: Mail, owner: Any, employee: Any, mailbox: Any
) -> None:
    cut_off(mailbox, employee)
    release(held, Decision.SEND, by=owner, now=MORNING + 5 * MINUTE, why="She has nothing.")
    assert tick(now=MORNING + 6 * MINUTE).drained.held == 1
    assert balancing.of_ban(ban, now=MORNING + 6 * MINUTE).adds_up


def test_nothing_is_sent_again_to_somebody_who_has_finished(
    held: Mail, checklist: Any, owner: Any, employee: Any, mailbox: Any
) -> None:
    copies = len(mailbox.to(employee))
    finish(checklist, at=MORNING + 2 * MINUTE)
    release(held, Decision.SEND, by=owner, now=MORNING + 5 * MINUTE, why="She has nothing.")
    tick(now=MORNING + 6 * MINUTE)
    assert len(mailbox.to(employee)) == copies
    assert Reminder.objects.get(person=employee, rung="publishing").reason == "done"


def test_a_held_mail_that_arrived_counts_as_sent_and_one_given_up_as_dead(
    ban: Any, held: Mail, owner: Any, employee: Any
) -> None:
    release(held, Decision.COUNT_AS_SENT, by=owner, now=NIGHT, why="She showed me.")
    assert (held.state, held.sent_at) == ("sent", MORNING + MINUTE)
    assert balancing.of_ban(ban, now=NIGHT).held == 0
    assert checking.deep(now=NIGHT) == []
    with pytest.raises(DomainError, match="not held any more"):
        release(held, Decision.GIVE_UP, by=owner, now=NIGHT, why="No.")


def test_a_mail_given_up_is_dead_and_says_why(ban: Any, held: Mail, owner: Any) -> None:
    with pytest.raises(DomainError, match="Say why"):
        release(held, Decision.SEND, by=owner, now=NIGHT, why=" ")
    release(held, Decision.GIVE_UP, by=owner, now=NIGHT, why="Too late now.")
    assert (held.state, held.reason) == ("dead", "given_up")
    assert balancing.of_ban(ban, now=NIGHT).dead == 1


def test_the_held_mail_of_the_tests_is_like_a_real_one(ban: Any, employee: Any, held: Mail) -> None:
    made = {"state": held.state, "reason": held.reason, "tries": held.tries, "unsure": held.unsure}
    assert made == {"state": "held", "reason": "no_answer", "tries": 2, "unsure": 2}
    assert mails.held


def test_every_entry_of_the_schedule_names_a_task_there_is(settings: Any) -> None:
    from migration_planner.config.celery import app

    app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert named <= set(app.tasks)
    assert "migration_planner.reminders.tasks.check" in named
