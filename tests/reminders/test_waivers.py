"""What a waiver does to mail: nothing comes while it stands, its end is told in time, and the right rung comes after it."""

from datetime import UTC, date, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from migration_planner.planning import deciding
from migration_planner.planning.models import Mark, Waiver
from migration_planner.reminders import nudging
from migration_planner.reminders.balancing import of_ban
from migration_planner.reminders.management.commands import send_loop
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.planning import plan
from migration_planner.reminders.ticking import tick
from tests.waivers import ask, grant

#: The evening before the rung of fourteen days, on the clock of Eve, who reads at nine in Shanghai.
EVE = datetime(2026, 11, 15, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def state(person: Any, rung: str) -> tuple[str, str]:
    return Reminder.objects.values_list("state", "reason").get(person=person, rung=rung)


@pytest.fixture
def planned(checklist: Any, mailbox: Any, walk: Any, now: datetime) -> Any:
    """The employee's checklist on the evening before a rung; the announcement has gone."""
    walk(now, days=13)
    tick(now=EVE - HOUR)
    mailbox.clear()
    return checklist


def test_nothing_is_sent_while_a_waiver_stands_and_the_balance_says_why(
    planned: Any, ban: Any, employee: Any, owner: Any, mailbox: Any, walk: Any
) -> None:
    assert state(employee, "before-14") == ("waiting", "")
    grant(planned, by=owner, now=EVE)
    walk(EVE, days=9)
    assert mailbox.subjects(employee) == ["Your waiver for Old Editor is granted until 10 Dec 2026"]
    assert state(employee, "before-14") == ("suppressed", "waived")
    assert state(employee, "before-7") == ("suppressed", "waived")
    balance = of_ban(ban, now=EVE + 9 * DAY)
    assert balance.adds_up
    assert balance.suppressed >= 2


def test_a_composed_mail_does_not_go_once_the_waiver_is_granted(
    planned: Any, employee: Any, owner: Any, mailbox: Any
) -> None:
    due = Reminder.objects.get(person=employee, rung="before-14").due_at
    grant(planned, by=owner, now=due - HOUR)
    drain(now=due)
    assert mailbox.subjects(employee) == []
    assert state(employee, "before-14") == ("suppressed", "waived")


def test_its_end_is_told_fourteen_and_three_days_before_to_everybody_concerned_in_one_mail_a_day(
    planned: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, walk: Any
) -> None:
    grant(planned, by=owner, now=EVE, until=date(2026, 12, 14))  # a Monday: fourteen days before is the cutoff's Monday
    walk(EVE, days=14)
    mailbox.clear()
    walk(EVE + 14 * DAY, days=1.5)
    assert mailbox.subjects(employee) == ["Your waiver for Old Editor ends on 14 Dec 2026"]
    for reader in (lead, owner):
        words = "\n".join(str(message.get_body(("plain",))) for message in mailbox.to(reader))
        assert "Eve: ends with 14 Dec 2026" in words
        assert len(mailbox.to(reader)) == Mail.objects.filter(person=reader, sent_at__gte=EVE + 14 * DAY).count() == 1
    assert state(employee, f"waiver-14-{Waiver.objects.get().pk}") == ("sent", "")


def test_after_its_end_the_next_rung_comes_and_no_heap_of_what_was_kept_back(
    planned: Any, employee: Any, owner: Any, mailbox: Any, walk: Any
) -> None:
    waiver = grant(planned, by=owner, now=EVE)
    walk(EVE, days=(waiver.until_at - EVE) / DAY)
    mailbox.clear()
    walk(waiver.until_at, days=9)
    subjects = mailbox.subjects(employee)
    assert subjects[0] == "11 days overdue: 3 steps to move off Old Editor" or len(subjects) <= 2
    assert 1 <= len(subjects) <= 2
    assert len({message["Date"] for message in mailbox.to(employee)}) == len(subjects)


def test_the_send_loop_by_itself_ends_a_waiver_that_is_over_and_keeps_how_all_stood_at_the_cutoff(
    planned: Any, employee: Any, owner: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With broker, worker and beat gone, whoever had a waiver is asked again."""
    waiver = grant(planned, by=owner, now=EVE)
    tick(now=EVE + HOUR)
    assert state(employee, "before-14") == ("suppressed", "waived")
    Waiver.objects.filter(pk=waiver.pk).update(until_at=EVE + 2 * HOUR)
    monkeypatch.setattr(send_loop, "close_old_connections", lambda: None)  # that of the test stays open
    monkeypatch.setattr(send_loop, "clock", lambda: EVE + 3 * HOUR)
    send_loop.Command()._pass(Event(), 0)
    waiver.refresh_from_db()
    assert waiver.state == Waiver.State.EXPIRED
    assert state(employee, "before-14") == ("waiting", "")
    monkeypatch.setattr(send_loop, "clock", lambda: planned.ban.cutoff_at + HOUR)
    send_loop.Command()._pass(Event(), 0)
    assert planned.ban.at_cutoffs.exists()


def test_a_revoked_waiver_brings_the_rungs_back_that_lie_ahead(
    planned: Any, employee: Any, owner: Any, mailbox: Any, walk: Any
) -> None:
    waiver = grant(planned, by=owner, now=EVE)
    tick(now=EVE + HOUR)
    assert state(employee, "before-14") == ("suppressed", "waived")
    deciding.revoke(waiver, by=owner, now=EVE + 2 * HOUR, words="A leak.")
    walk(EVE + 3 * HOUR, days=1)
    (message,) = mailbox.to(employee)
    assert message["Subject"] == "14 days left: 3 steps to move off Old Editor"
    text = str(message.get_body(("plain",)))
    assert "Olga has revoked your waiver for Old Editor" in text
    assert "Olga: A leak." in text
    assert "has granted" not in text


def test_words_about_a_waiver_that_is_not_so_any_more_are_cancelled(
    planned: Any, employee: Any, owner: Any, mailbox: Any, walk: Any
) -> None:
    waiver = grant(planned, by=owner, now=EVE, until=date(2026, 12, 1))
    walk(EVE, days=8)  # the word of three days before the end is planned
    assert state(employee, f"waiver-3-{waiver.pk}") == ("waiting", "")
    for step in planned.steps().filter(required=True):
        planned.mark(step, Mark.State.DONE, by=employee, now=EVE + 8 * DAY)
    plan(now=EVE + 8 * DAY)
    assert state(employee, f"waiver-3-{waiver.pk}") == ("cancelled", "waiver_changed")
    assert of_ban(planned.ban, now=EVE + 8 * DAY).adds_up


def test_a_question_reaches_the_person_and_whoever_asked_for_them(
    planned: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, walk: Any
) -> None:
    waiver = ask(planned, by=lead, now=EVE)
    deciding.ask(waiver, by=owner, now=EVE, words="Which macros?")
    walk(EVE, days=1)
    text = str(mailbox.to(employee)[-1].get_body(("plain",)))
    assert "Olga: Which macros?" in text
    assert "Eve: a question by Olga. Which macros?" in str(mailbox.to(lead)[-1].get_body(("plain",)))


def test_nobody_nudges_or_tells_a_lead_of_somebody_who_is_waived(
    planned: Any, ban: Any, lead: Any, employee: Any, owner: Any
) -> None:
    nudged = nudging.nudge(ban.checklists.filter(pk=planned.pk), by=owner, now=EVE)
    assert nudged.queued == 1
    grant(planned, by=owner, now=EVE)
    plan(now=EVE)
    assert state(employee, "nudge") == ("suppressed", "waived")
    assert nudging.nudge(ban.checklists.filter(pk=planned.pk), by=lead, now=EVE).queued == 0


def test_the_steps_of_a_waiver_for_some_are_not_asked_for_in_mail(
    planned: Any, employee: Any, owner: Any, mailbox: Any, walk: Any
) -> None:
    grant(planned, by=owner, now=EVE, steps=[planned.steps()[0]])
    walk(EVE, days=1)
    (message,) = mailbox.to(employee)
    assert message["Subject"] == "14 days left: 2 steps to move off Old Editor"


def test_planning_waivers_asks_the_same_number_of_queries_for_one_and_for_many(
    planned: Any, ban: Any, owner: Any, lead: Any, django_assert_max_num_queries: Any
) -> None:
    from migration_planner.reminders import waivers

    for checklist in (planned, ban.checklists.get(person=lead)):
        grant(checklist, by=owner, now=EVE)
        with django_assert_max_num_queries(8):
            waivers.derive(now=EVE, ahead=8 * DAY)
