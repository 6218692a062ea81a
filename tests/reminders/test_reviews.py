"""Whose mark was returned hears so once, in the mail of the day, and never when it is settled by then."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.planning.models import Mark
from migration_planner.reminders import reviews
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick

HOUR = timedelta(hours=1)


@pytest.fixture
def checklist(ban: Any, employee: Any, mailbox: Any, now: datetime) -> Any:
    """The announcement is read, and two steps are claimed at ten in the morning of the day after."""
    for hours in (1, 17):
        tick(now=now + timedelta(hours=hours))
    mailbox.clear()
    row = ban.checklists.select_related("ban", "migration", "person").get(person=employee)
    for step in row.steps().filter(required=True)[:2]:
        row.mark(step, Mark.State.DONE, by=employee, now=now + 18 * HOUR)
    return row


@pytest.fixture
def later(now: datetime) -> datetime:
    """Two days later, at eleven in the morning of the employee."""
    return now + timedelta(days=1, hours=19)


def give_back(checklist: Any, *, by: Any, now: datetime, number: int = 0, why: str = "The link is dead.") -> Any:
    step = checklist.steps().filter(required=True)[number]
    return reviews.give_back([checklist], step, by=by, now=now, why=why)


def words(mailbox: Any, person: Any) -> str:
    return " ".join(mailbox.to(person)[-1].get_body(("plain",)).get_content().split())


def told(state: str) -> int:
    return Reminder.objects.filter(kind=Reminder.Kind.RETURN, state=state).count()


def test_the_person_is_told_once_which_step_why_and_by_whom(
    checklist: Any, employee: Any, lead: Any, mailbox: Any, later: datetime, walk: Any
) -> None:
    give_back(checklist, by=lead, now=later)
    tick(now=later)
    assert mailbox.subjects(employee) == ["Open again: a step to move off Old Editor"]
    assert "Lee has returned your mark “Export”" in words(mailbox, employee).replace("export", "Export")
    assert "Reason: The link is dead." in words(mailbox, employee)
    assert f"/checklists/{checklist.pk}/" in words(mailbox, employee)
    walk(later, days=1)
    assert len([each for each in mailbox.subjects(employee) if each.startswith("Open again")]) == 1


def test_two_returns_before_the_mail_goes_are_one_word_and_one_after_it_comes_tomorrow(
    checklist: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, later: datetime
) -> None:
    give_back(checklist, by=lead, now=later)
    give_back(checklist, by=owner, now=later, number=1, why="Which version?")
    assert told("waiting") == 1
    tick(now=later)
    assert "The link is dead." in words(mailbox, employee)
    assert "Which version?" in words(mailbox, employee)
    checklist.mark(checklist.steps().filter(required=True)[0], Mark.State.DONE, by=employee, now=later + HOUR)
    give_back(checklist, by=lead, now=later + 2 * HOUR, why="Still dead.")
    tick(now=later + 2 * HOUR)
    assert len(mailbox.to(employee)) == 1  # one mail a day
    tick(now=later + timedelta(days=1))
    assert "Still dead." in words(mailbox, employee)


def test_what_is_marked_again_or_taken_back_before_the_mail_goes_is_not_told(
    ban: Any, checklist: Any, employee: Any, lead: Any, mailbox: Any, later: datetime
) -> None:
    night = later + timedelta(hours=12)
    give_back(checklist, by=lead, now=night)
    done = give_back(checklist, by=lead, now=night, number=1)
    checklist.mark(checklist.steps().filter(required=True)[0], Mark.State.DONE, by=employee, now=night + HOUR)
    assert reviews.take_back_returns(ban, [each.undo for each in done], by=lead, now=night) == 1
    tick(now=night + timedelta(hours=12))
    assert mailbox.to(employee) == []
    assert (told("cancelled"), told("waiting")) == (1, 0)
    assert Reminder.objects.get(kind="return").reason == "answered"


def test_nobody_hears_of_it_after_they_are_done_or_the_ban_is_withdrawn(
    ban: Any, checklist: Any, employee: Any, lead: Any, owner: Any, mailbox: Any, later: datetime
) -> None:
    night = later + timedelta(hours=12)
    give_back(checklist, by=lead, now=night)
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=employee, now=night + HOUR)
    tick(now=night + timedelta(hours=12))
    assert mailbox.to(employee) == []
    give_back(checklist, by=lead, now=night + timedelta(hours=24))
    ban.withdraw(by=owner, now=night + timedelta(hours=25), why="Over.")
    tick(now=night + timedelta(hours=36))
    assert [each for each in mailbox.subjects(employee) if each.startswith("Open again")] == []
    assert told("sent") == 0


def test_an_optional_step_of_somebody_who_is_done_is_returned_without_a_word(
    ban: Any, checklist: Any, employee: Any, lead: Any, later: datetime
) -> None:
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=employee, now=later)
    optional = checklist.steps().get(required=False)
    [outcome] = reviews.give_back([checklist], optional, by=lead, now=later, why="No.")
    assert outcome.error == ""
    assert not Reminder.objects.filter(kind="return").exists()
