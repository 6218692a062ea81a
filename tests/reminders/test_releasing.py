from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Event
from migration_planner.reminders import ledger
from migration_planner.reminders.models import Attempt, Mail, Reminder
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.permissions import can_decide
from migration_planner.reminders.planning import plan
from migration_planner.reminders.releasing import Decision, release
from migration_planner.reminders.ticking import tick

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def cut(mailbox: Any, employee: Any) -> Callable[[], None]:
    """Let the server take the mails to the employee, and break off instead of an answer."""

    def keep_and_cut(turn: Any) -> str:
        server, envelope = turn
        mailbox.keep(envelope)
        server.transport.abort()
        return "250 never heard"

    def begin() -> None:
        mailbox.at_data[employee.email] = keep_and_cut

    return begin


@pytest.fixture
def held(ban: Any, employee: Any, mailbox: Any, cut: Callable[[], None], settings: Any) -> Mail:
    settings.MAIL_AFTER_SILENCE = "hold"
    cut()
    tick(now=MORNING)
    mailbox.at_data.clear()
    return Mail.objects.get(person=employee, state="held")


def test_where_a_copy_must_never_go_the_first_silence_holds_the_mail(held: Mail, employee: Any, mailbox: Any) -> None:
    tick(now=MORNING + 60 * MINUTE)
    assert (held.reason, held.unsure, len(mailbox.to(employee))) == ("no_answer", 1, 1)
    assert Reminder.objects.get(person=employee, rung="publishing").state == "held"


def test_a_held_mail_that_is_sent_again_on_its_day_bears_the_same_bytes(
    held: Mail, employee: Any, owner: Any, ban: Any, mailbox: Any
) -> None:
    release(held, Decision.SEND, by=owner, now=MORNING + MINUTE, why="She says that nothing came.")
    tick(now=MORNING + MINUTE)
    held.refresh_from_db()
    first, second = [raw for to, raw in mailbox.raw if to == employee.email]
    assert (held.state, first == second) == ("sent", True)
    event = Event.objects.get(verb="mail_decided", ban=ban)
    assert (event.actor, event.why, event.person) == (owner, "She says that nothing came.", employee)
    assert event.data["decision"] == "send"


def test_sent_again_on_a_later_day_it_goes_in_words_that_are_true_then(
    held: Mail, employee: Any, owner: Any, mailbox: Any
) -> None:
    later = MORNING + timedelta(days=2)
    release(held, Decision.SEND, by=owner, now=later, why="She says that nothing came.")
    tick(now=later)
    held.refresh_from_db()
    assert (held.state, held.reason) == ("cancelled", "superseded")
    assert Reminder.objects.get(person=employee, rung="publishing").state == "sent"
    assert Mail.objects.get(person=employee, day="2026-11-05").state == "sent"


def test_a_held_mail_can_count_as_sent_or_be_given_up(held: Mail, employee: Any, owner: Any, mailbox: Any) -> None:
    release(held, Decision.COUNT_AS_SENT, by=owner, now=MORNING + MINUTE, why="She has it.")
    held.refresh_from_db()
    assert (held.state, held.sent_at) == ("sent", MORNING)
    Mail.objects.filter(pk=held.pk).update(state="held", reason="no_answer", sent_at=None)
    Reminder.objects.filter(mail=held).update(state="held", reason="no_answer")
    release(held, Decision.GIVE_UP, by=owner, now=MORNING + MINUTE, why="She left.")
    held.refresh_from_db()
    assert (held.state, held.reason) == ("dead", "given_up")
    assert Reminder.objects.get(person=employee, rung="publishing").reason == "given_up"


def test_a_decision_needs_a_reason_and_is_made_once(held: Mail, owner: Any) -> None:
    with pytest.raises(DomainError, match="Say why"):
        release(held, Decision.SEND, by=owner, now=MORNING, why=" ")
    release(held, Decision.GIVE_UP, by=owner, now=MORNING, why="She left.")
    with pytest.raises(DomainError, match="not held any more"):
        release(held, Decision.SEND, by=owner, now=MORNING, why="Or not.")


def test_owners_of_its_bans_and_administrators_decide(
    held: Mail, owner: Any, lead: Any, auditor: Any, administrator: Any
) -> None:
    may = [can_decide(each, held) for each in (owner, administrator, lead, auditor, held.person)]
    assert may == [True, True, False, False, False]


def test_the_commands_show_what_is_held_and_release_it(
    held: Mail, owner: Any, lead: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("hold_mail")
    assert held.person.email in capsys.readouterr().out
    with pytest.raises(CommandError, match="may not decide"):
        call_command("release_mail", "--all", decision="send", by=lead.email, why="Please.")
    call_command("release_mail", held.pk, decision="give_up", by=owner.email, why="She left.")
    assert "1 mails were decided about" in capsys.readouterr().out
    assert not Mail.objects.held().exists()


@pytest.mark.django_db(transaction=True)
def test_where_a_copy_must_never_go_a_mail_in_the_hand_of_a_dead_sender_is_held(
    ban: Any, mailbox: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_AFTER_SILENCE = "hold"
    plan(now=MORNING)

    def die(*args: Any, **kwargs: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(ledger.OwnLedger, "note", die)
        with pytest.raises(SystemExit):
            drain(now=MORNING)
    (in_doubt,) = [recipient for recipient, _raw in mailbox.raw]
    Mail.objects.exclude(lease_until=None).update(lease_until=F("lease_until") - MINUTE)
    assert drain(now=MORNING).sent == 2
    assert Mail.objects.get(state="held").person.email == in_doubt
    assert sorted(recipient for recipient, _raw in mailbox.raw) == sorted(
        {recipient for recipient, _raw in mailbox.raw}
    )


@pytest.mark.parametrize("statement", ["UPDATE reminders_attempt SET code = 250", "DELETE FROM reminders_attempt"])
def test_the_ledger_is_held_against_raw_statements(held: Mail, statement: str) -> None:
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Attempt.objects.filter(mail=held).exists()
