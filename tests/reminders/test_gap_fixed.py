"""That a gap is fixed is told once to those it blocked, in their mail of the day, and to nobody else."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.planning import gaps
from migration_planner.planning.gaps import Decision
from migration_planner.planning.models import Ban, Gap, Mark
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick


@pytest.fixture
def gap(ban: Ban, employee: Any, lead: Any, mailbox: Any, now: datetime) -> Gap:
    """Everybody has read of the ban; the employee is blocked by the gap, and the lead has blocked a team step by it."""
    for hours in (1, 24):
        tick(now=now + timedelta(hours=hours))
    mailbox.clear()
    later = now + timedelta(hours=25)
    checklist, step = ban.checklists.get(person=employee), ban.steps.get(key="export")
    gaps.block(checklist, step, by=employee, now=later, note="Nothing runs.", title="No hooks")
    found = Gap.objects.get()
    migration = ban.migrations.get(team__name="Search")
    gaps.block(migration, ban.steps.get(key="announce"), by=lead, now=later, gap=found.pk)
    return found


def fix(gap: Gap, owner: Any, now: datetime) -> None:
    wanted = Decision("fixed", "Update to *1.2*.", gap.title, gap.words, gap.owner)
    gaps.decide(gap, wanted, by=owner, now=now)


def told(ban: Ban, state: str = "waiting") -> set[str]:
    rows = Reminder.objects.filter(ban=ban, kind=Reminder.Kind.CHANGE, state=state)
    return set(rows.values_list("person__email", flat=True))


def test_those_it_blocked_hear_once_what_to_do(
    ban: Ban, gap: Gap, owner: Any, employee: Any, lead: Any, mailbox: Any, now: datetime, walk: Any
) -> None:
    later = now + timedelta(hours=26)
    fix(gap, owner, later)
    walk(later, days=3)
    assert told(ban, "sent") == {employee.email, lead.email}
    [subject] = [subject for subject in mailbox.subjects(employee) if "fixed" in subject]
    assert subject == "What blocked you is fixed: 3 steps to move off Old Editor"
    body = " ".join(mailbox.to(employee)[0].get_body(("plain",)).get_content().split())
    assert "“No hooks” is fixed, and the step it blocked is open again. Update to *1.2*." in body


def test_a_lead_who_is_done_hears_of_the_team_step_that_is_open_again(
    ban: Ban, gap: Gap, owner: Any, lead: Any, mailbox: Any, now: datetime, walk: Any
) -> None:
    later = now + timedelta(hours=26)
    checklist = ban.checklists.get(person=lead)
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=lead, now=later)
    fix(gap, owner, later)
    walk(later, days=1)
    [mail] = mailbox.to(lead)
    body = " ".join(mail.get_body(("plain",)).get_content().split())
    assert "It is a step of your team. You have finished those of your own." in body


def test_who_has_finished_meanwhile_hears_nothing(
    ban: Ban, gap: Gap, owner: Any, employee: Any, lead: Any, mailbox: Any, now: datetime, walk: Any
) -> None:
    later = now + timedelta(hours=26)
    fix(gap, owner, later)
    tick(now=later)
    checklist, migration = ban.checklists.get(person=employee), ban.migrations.get(team__name="Search")
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=employee, now=later)
    migration.mark(ban.steps.get(key="announce"), Mark.State.DONE, by=lead, now=later)
    own = ban.checklists.get(person=lead)
    for step in own.steps():
        own.mark(step, Mark.State.DONE, by=lead, now=later)
    walk(later, days=1)
    assert mailbox.to(employee) == []
    assert mailbox.subjects(lead) == ["Search has moved off Old Editor"]  # thanks, and no word of the gap
    assert told(ban, "cancelled") == {employee.email, lead.email}


def test_a_workaround_is_no_mail(ban: Ban, gap: Gap, owner: Any, now: datetime) -> None:
    later = now + timedelta(hours=26)
    gaps.decide(gap, Decision("workaround", "Use make.", gap.title, "", owner), by=owner, now=later)
    tick(now=later)
    assert told(ban) == set()
