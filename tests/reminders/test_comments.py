"""Whoever a comment is about hears so once, in the mail of a day, and never of what is withdrawn or answered by then."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from migration_planner.people.models import User
from migration_planner.planning import answering
from migration_planner.planning.models import Checklist, Mark
from migration_planner.reminders import comments
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def checklist(ban: Any, employee: Any, mailbox: Any, now: datetime) -> Any:
    """The announcement is read."""
    for hours in (1, 17):
        tick(now=now + timedelta(hours=hours))
    mailbox.clear()
    return ban.checklists.select_related("ban", "migration", "person").get(person=employee)


@pytest.fixture
def later(now: datetime) -> datetime:
    """Two days later, at eleven in the morning of the employee."""
    return now + timedelta(days=1, hours=19)


def say(checklist: Any, text: str, *, by: Any, now: datetime, step: Any = None) -> int:
    [outcome] = comments.write([checklist], text, by=by, now=now, step=step)
    assert outcome.error == ""
    return int(outcome.undo)


def words(mailbox: Any, person: Any) -> str:
    return " ".join(mailbox.to(person)[-1].get_body(("plain",)).get_content().split())


def told(state: str) -> int:
    return Reminder.objects.filter(kind=Reminder.Kind.COMMENT, state=state).count()


def test_the_person_is_told_once_what_was_said_by_whom_and_about_what(
    checklist: Any, employee: Any, lead: Any, mailbox: Any, later: datetime, walk: Any
) -> None:
    say(checklist, "Which version?", by=lead, now=later, step=checklist.steps().first())
    tick(now=later)
    assert mailbox.to(employee) == []  # it can be withdrawn still
    tick(now=later + MINUTE)
    assert mailbox.subjects(employee) == ["A comment about your move off Old Editor"]
    assert "Lee writes about “Export”: Which version?" in words(mailbox, employee)
    assert f"/checklists/{checklist.pk}/" in words(mailbox, employee)
    walk(later + MINUTE, days=1)
    assert "Which version?" not in " ".join(str(each) for each in mailbox.to(employee)[1:])


def test_several_before_the_mail_goes_are_one_mail_and_one_after_it_comes_tomorrow_alone(
    checklist: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, later: datetime
) -> None:
    say(checklist, "Which version?", by=lead, now=later)
    say(checklist, "And which machine?", by=owner, now=later)
    assert told("waiting") == 1
    tick(now=later + MINUTE)
    assert "Which version?" in words(mailbox, employee)
    assert "Olga writes: And which machine?" in words(mailbox, employee)
    say(checklist, "Never mind.", by=lead, now=later + HOUR)
    say(checklist, "Really.", by=owner, now=later + HOUR)
    tick(now=later + 2 * HOUR)
    assert len(mailbox.to(employee)) == 1  # one mail a day
    tick(now=later + timedelta(days=1))
    assert len(mailbox.to(employee)) == 2
    assert "Never mind." in words(mailbox, employee)
    assert "Really." in words(mailbox, employee)
    assert "Which version?" not in words(mailbox, employee)


def test_nobody_hears_of_their_own_nor_is_the_lead_mailed_the_answer(
    checklist: Any, employee: Any, lead: Any, mailbox: Any, later: datetime
) -> None:
    say(checklist, "I need a licence.", by=employee, now=later)
    tick(now=later + MINUTE)
    assert mailbox.to(employee) == mailbox.to(lead) == []
    assert not Reminder.objects.filter(kind="comment").exists()


def test_what_is_withdrawn_or_answered_before_the_mail_goes_is_not_told(
    checklist: Any, employee: Any, lead: Any, mailbox: Any, later: datetime
) -> None:
    oops = say(checklist, "Oops", by=lead, now=later)
    assert comments.withdraw([oops], by=lead, now=later + MINUTE) == 1
    tick(now=later + MINUTE)
    assert (mailbox.to(employee), told("cancelled")) == ([], 1)
    night = later + 12 * HOUR
    say(checklist, "Which version?", by=lead, now=night)
    say(checklist, "Twelve.", by=employee, now=night + HOUR)
    tick(now=night + 12 * HOUR)
    assert mailbox.to(employee) == []
    assert set(Reminder.objects.filter(kind="comment").values_list("state", "reason")) == {("cancelled", "answered")}


def test_what_is_said_anew_on_the_day_of_a_withdrawn_one_is_told(
    checklist: Any, employee: Any, lead: Any, mailbox: Any, later: datetime
) -> None:
    oops = say(checklist, "Oops", by=lead, now=later)
    comments.withdraw([oops], by=lead, now=later + MINUTE)
    tick(now=later + MINUTE)
    say(checklist, "Which version?", by=lead, now=later + 2 * MINUTE)
    tick(now=later + 3 * MINUTE)
    assert "Which version?" in words(mailbox, employee)
    assert "Oops" not in words(mailbox, employee)


def test_nobody_hears_of_it_when_they_are_done_or_the_ban_is_withdrawn(
    ban: Any, checklist: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, later: datetime
) -> None:
    night = later + 12 * HOUR
    say(checklist, "Which version?", by=lead, now=night)
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=employee, now=night + HOUR)
    say(checklist, "Well done!", by=lead, now=night + HOUR)
    tick(now=night + 12 * HOUR)
    assert mailbox.to(employee) == []
    assert told("sent") == told("waiting") == 0
    checklist.mark(checklist.steps().first(), Mark.State.OPEN, by=employee, now=night + 13 * HOUR)
    say(checklist, "Open again?", by=lead, now=night + 24 * HOUR)
    ban.withdraw(by=owner, now=night + 25 * HOUR, why="Over.")
    tick(now=night + 36 * HOUR)
    assert all("A comment" not in subject for subject in mailbox.subjects(employee))


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_the_same_moment_are_one_mail_with_both(
    checklist: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, later: datetime
) -> None:
    def write(by: Any) -> None:
        row = Checklist.objects.select_related("ban", "migration").get(pk=checklist.pk)
        comments.write([row], f"From {by.name}", by=User.objects.get(pk=by.pk), now=later)
        connection.close()

    threads = [Thread(target=write, args=[by]) for by in (lead, owner)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tick(now=later + MINUTE)
    assert len(mailbox.to(employee)) == 1
    assert "From Lee" in words(mailbox, employee)
    assert "From Olga" in words(mailbox, employee)


def test_the_weekly_figures_tell_the_lead_how_many_wait_for_an_answer(
    checklist: Any, employee: Any, lead: Any, mailbox: Any, now: datetime
) -> None:
    monday = now + timedelta(days=6, hours=17)  # nine in the morning of the lead
    say(checklist, "I need a licence.", by=employee, now=now + timedelta(days=3))
    tick(now=monday)
    assert "1 of your people has written a comment that nobody has answered yet" in words(mailbox, lead)
    say(checklist, "Ask Olga.", by=lead, now=monday + HOUR)
    tick(now=monday + timedelta(days=7))
    assert "Your teams" in words(mailbox, lead)
    assert "nobody has answered" not in words(mailbox, lead)


def test_whoever_goes_on_or_takes_it_back_does_not_wait(
    ban: Any, checklist: Any, employee: Any, lead: Any, owner: Any, later: datetime
) -> None:
    def count(reader: Any) -> int:
        return answering.of_team(ban, "Acme", reader=reader.pk).count

    oops = say(checklist, "Oops", by=employee, now=later)
    assert (count(owner), count(employee)) == (1, 0)
    comments.withdraw([oops], by=employee, now=later)
    assert count(owner) == 0
    say(checklist, "I will do it tomorrow.", by=employee, now=later)
    checklist.mark(checklist.steps().first(), Mark.State.DONE, by=employee, now=later + HOUR)
    assert count(owner) == 0
    theirs = ban.checklists.select_related("ban", "migration", "person").get(person=lead)
    say(theirs, "Who helps?", by=lead, now=later)
    assert count(owner) == 1
    assert answering.of_leads([(lead.pk, ban.pk)]) == {}  # nobody waits for themselves
    assert answering.of_team(ban, "Acme/Sales", reader=owner.pk).count == 0


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_falls_due_while_somebody_writes_waits_for_what_they_say(
    checklist: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, later: datetime
) -> None:
    say(checklist, "Which version?", by=lead, now=later)
    tick(now=later)  # it has its mail, without words yet

    def send() -> None:
        tick(now=later + MINUTE)
        connection.close()

    clock = Thread(target=send)
    with transaction.atomic():
        say(checklist, "And which machine?", by=owner, now=later)
        clock.start()
        clock.join(timeout=1.5)
    clock.join()
    tick(now=later + 2 * MINUTE)
    assert len(mailbox.to(employee)) == 1
    assert "Which version?" in words(mailbox, employee)
    assert "And which machine?" in words(mailbox, employee)
