"""The question about a contradiction: in the mail of the day, once a day, to people who are done too, and never when answered."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from migration_planner.planning import contradicting
from migration_planner.planning.models import Ban, Checklist, Contradiction, Event, Mark
from migration_planner.reminders.asking import ask
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick
from tests.planning.test_signals import take


@pytest.fixture
def question(ban: Ban, employee: Any, mailbox: Any, now: datetime) -> Contradiction:
    """The announcement is read; the employee was done on 2 November, and used the tool on the 4th."""
    for hours in (1, 24):
        tick(now=now + timedelta(hours=hours))
    mailbox.clear()
    checklist = ban.checklists.get(person=employee)
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=employee, now=now + timedelta(hours=25))
    take("eve@acme.example,Old Editor,2026-11-04,1,sso", now=now + timedelta(days=3))
    return Contradiction.objects.get()


def questions(state: str) -> int:
    return Reminder.objects.filter(kind=Reminder.Kind.QUESTION, state=state).count()


def test_who_is_done_is_asked_once_politely(
    ban: Ban, question: Contradiction, employee: Any, owner: Any, mailbox: Any, now: datetime, walk: Any
) -> None:
    asked_at = now + timedelta(days=3)
    assert ask(ban.checklists.all(), by=owner, now=asked_at).queued == 1
    assert ask(ban.checklists.all(), by=owner, now=asked_at).already == 1
    walk(asked_at, days=2)
    assert mailbox.subjects(employee) == ["A question about Old Editor"]
    body = " ".join(mailbox.to(employee)[0].get_body(("plain",)).get_content().split())
    assert "you are done, but use of Old Editor was reported for 4 Nov 2026" in body
    assert "There is nothing to do" not in body
    assert "Reminders stop when you are done" not in body
    assert f"/checklists/{question.checklist_id}/" in body
    assert questions("sent") == 1
    question.refresh_from_db()
    assert question.asked_at == asked_at
    assert ban.events.get(verb=Event.Verb.ASKED).data == {"queued": 1, "already": 0}


def test_a_question_that_is_answered_before_it_goes_does_not_go(
    ban: Ban, question: Contradiction, employee: Any, owner: Any, mailbox: Any, now: datetime, walk: Any
) -> None:
    late = datetime.combine(date(2026, 11, 5), now.timetz()).replace(
        hour=15
    )  # 23:00 in Shanghai: it waits for the morning
    assert ask(ban.checklists.all(), by=owner, now=late).queued == 1
    tick(now=late)
    contradicting.answer(question, Contradiction.Answer.NOT_ME, by=employee, now=late)
    walk(late, days=2)
    assert mailbox.subjects(employee) == []
    assert questions("cancelled") == 1
    assert Reminder.objects.get(kind=Reminder.Kind.QUESTION).reason == "answered"


def test_nobody_is_asked_of_whom_nothing_is_known(ban: Ban, owner: Any, mailbox: Any, now: datetime) -> None:
    assert ask(ban.checklists.all(), by=owner, now=now).queued == 0
    assert not Reminder.objects.filter(kind=Reminder.Kind.QUESTION).exists()


def test_a_question_travels_with_what_else_is_said_that_day(
    ban: Ban, lead: Any, owner: Any, mailbox: Any, now: datetime, walk: Any
) -> None:
    for hours in (1, 24):
        tick(now=now + timedelta(hours=hours))
    mailbox.clear()
    later = datetime.combine(date(2026, 11, 22), now.timetz()).replace(hour=15)
    take("lee@acme.example,Old Editor,2026-11-20,0,sso", "lee@acme.example,New Editor,2026-11-20,2,sso", now=later)
    checklists = Checklist.objects.filter(person=lead)
    assert ask(checklists, by=owner, now=later).queued == 1
    walk(later, days=1)
    bodies = [" ".join(mail.get_body(("plain",)).get_content().split()) for mail in mailbox.to(lead)]
    [body] = [body for body in bodies if "You use New Editor" in body]
    assert "You have 3 steps left" in body
    assert "You use New Editor, and no use of Old Editor was reported for some time" in body
