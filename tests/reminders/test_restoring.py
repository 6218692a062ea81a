from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from migration_planner.lib.errors import DomainError
from migration_planner.reminders import restoring
from migration_planner.reminders.models import Heartbeat, Mail, Origin, Reminder
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.planning import plan
from migration_planner.reminders.releasing import Decision, release
from migration_planner.reminders.ticking import tick

EVE = datetime(2026, 11, 2, 20, tzinfo=UTC)
MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def restored() -> None:
    """As after pg_restore: the outbox remembers another database than the one it is in."""
    Origin.objects.update(identity="7:1:5:6")


def test_the_first_pass_remembers_the_database_and_holds_nothing(ban: Any, mailbox: Any) -> None:
    assert tick(now=MORNING).drained.sent == 3
    assert tick(now=MORNING + MINUTE).drained.stopped == ""
    assert Origin.objects.count() == 1


def test_after_a_restore_nothing_goes_and_what_was_due_is_held_for_a_person(
    ban: Any, employee: Any, administrator: Any, mailbox: Any
) -> None:
    tick(now=EVE)
    mailbox.clear()
    restored()
    assert tick(now=MORNING).drained.stopped == "restored"
    assert mailbox.raw == []
    assert set(Mail.objects.filter(due_at__gt=EVE, due_at__lte=MORNING).values_list("state", "reason")) == {
        ("held", "restored")
    }
    assert Reminder.objects.get(person=employee, rung="publishing").reason == "restored"
    assert "restored" in Heartbeat.objects.get(pk="sender").trouble
    restoring.resume(by=administrator, now=MORNING, why="Compared with the mail server's log.")
    assert tick(now=MORNING + MINUTE).drained.sent == 0
    tick(now=datetime(2026, 11, 16, 1, tzinfo=UTC))
    assert mailbox.subjects(employee) == ["14 days left: 3 steps to move off Old Editor"]


def test_what_is_planned_late_and_was_due_before_the_restore_is_held_as_well(
    ban: Any, administrator: Any, mailbox: Any
) -> None:
    restoring.notice(now=EVE)
    restored()
    assert drain(now=MORNING).stopped == "restored"
    plan(now=MORNING + MINUTE)
    restoring.resume(by=administrator, now=MORNING + MINUTE, why="Looked.")
    assert drain(now=MORNING + 2 * MINUTE).sent == 0
    assert Mail.objects.held().exists()


def test_what_is_held_after_a_restore_is_released_one_by_one(
    ban: Any, employee: Any, lead: Any, owner: Any, administrator: Any, mailbox: Any
) -> None:
    tick(now=EVE)
    restored()
    drain(now=MORNING)
    restoring.resume(by=administrator, now=MORNING, why="Looked.")
    for person, decision in ((employee, Decision.SEND), (lead, Decision.COUNT_AS_SENT)):
        release(Mail.objects.held().get(person=person), decision, by=owner, now=MORNING, why="The log says so.")
    tick(now=MORNING + MINUTE)
    assert (len(mailbox.to(employee)), len(mailbox.to(lead))) == (1, 0)
    assert Reminder.objects.get(person=lead, rung="publishing").reason == "restored"


def test_somebody_can_say_that_the_database_was_restored_and_an_administrator_lets_mail_go(
    ban: Any, owner: Any, administrator: Any, mailbox: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    tick(now=EVE)
    call_command("hold_mail", "--restored")
    assert "nothing goes until" in capsys.readouterr().out
    with pytest.raises(CommandError, match="held after a restore already"):
        call_command("hold_mail", "--restored")
    with pytest.raises(CommandError, match="an administrator"):
        call_command("release_mail", "--resume", by=owner.email, why="Please.")
    assert drain(now=MORNING).stopped == "restored"
    call_command("release_mail", "--resume", by=administrator.email, why="Looked.")
    assert drain(now=MORNING + MINUTE).stopped == ""
    with pytest.raises(DomainError, match="Say why"):
        restoring.resume(by=administrator, now=MORNING, why="")


def test_a_copy_of_the_tables_is_seen_to_be_another_database(db: None) -> None:
    before = restoring._identity()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fresh (LIKE reminders_mail INCLUDING ALL)")
        cursor.execute("ALTER TABLE reminders_mail RENAME TO stale")
        cursor.execute("ALTER TABLE fresh RENAME TO reminders_mail")
    assert restoring._identity() != before
