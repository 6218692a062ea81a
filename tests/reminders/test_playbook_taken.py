"""A newer version of a playbook is told to those whose steps it opens, and to nobody else."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import yaml

from migration_planner.planning import drafting, playbooks, publishing, upgrading
from migration_planner.planning.models import Ban, Mark
from migration_planner.planning.playbooks import library
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick
from tests.planning.test_upgrading import FIRST, STEPS, changed


@pytest.fixture
def told(administrator: Any, owner: Any, acme: Any, lead: Any, employee: Any, mailbox: Any, now: datetime) -> Ban:
    """A ban in force since a day, its announcement read by everybody; the employee has done one step, the lead none."""
    bring_in(1, administrator, now)
    cutoff = (date(2026, 11, 30), datetime(2026, 11, 30, 18).time(), "UTC")  # noqa: DTZ001 - a local time
    ban = drafting.draft_ban(
        playbooks.find("small"), by=owner, now=now, owners=[owner], audience=["Acme"], cutoff=cutoff
    )
    publishing.publish(ban, by=owner, now=now)
    for hours in (1, 24):
        tick(now=now + timedelta(hours=hours))
    install = ban.steps.get(key="install")
    ban.checklists.get(person=employee).mark(install, Mark.State.DONE, by=employee, now=now + timedelta(hours=25))
    mailbox.clear()
    return ban


def bring_in(version: int, by: Any, now: datetime, **changes: Any) -> None:
    raw = yaml.safe_dump({**FIRST, "version": str(version), **changes}).encode()
    library.bring_in(raw, "small.yaml", by=by, now=now, today=date(2026, 11, 25))


def changes_of(ban: Ban) -> set[str]:
    waiting = Reminder.objects.filter(ban=ban, kind=Reminder.Kind.CHANGE, state="waiting")
    return set(waiting.values_list("person__email", flat=True))


def test_only_those_whose_step_opens_again_are_told(
    told: Ban, administrator: Any, owner: Any, employee: Any, mailbox: Any, now: datetime, walk: Any
) -> None:
    later = now + timedelta(hours=26)
    bring_in(2, administrator, later, steps=changed("install", guidance="From the shelf."))
    upgrading.take(told, "2", by=owner, now=later, why="The shop has closed.")
    tick(now=later)
    assert changes_of(told) == {employee.email}
    walk(later, days=1)
    assert mailbox.subjects(employee)[0].startswith("Steps are open again: 3 steps to move off Old")
    body = mailbox.to(employee)[0].get_body(("plain",)).get_content()
    assert "The shop has closed." in " ".join(body.split())
    assert not mailbox.subjects(owner)


def test_a_new_step_that_is_required_of_everybody_is_told_to_everybody(
    told: Ban, administrator: Any, owner: Any, lead: Any, employee: Any, now: datetime
) -> None:
    later = now + timedelta(hours=26)
    bring_in(2, administrator, later, steps=[*STEPS, {"key": "sign-in", "title": "Sign in"}])
    upgrading.take(told, "2", by=owner, now=later, why="They ask for it now.")
    tick(now=later)
    assert changes_of(told) == {owner.email, lead.email, employee.email}


def test_where_nothing_opens_nobody_is_told(told: Ban, administrator: Any, owner: Any, now: datetime) -> None:
    later = now + timedelta(hours=26)
    bring_in(2, administrator, later, steps=changed("export", guidance="Other words."))
    upgrading.take(told, "2", by=owner, now=later, why="Clearer.")
    tick(now=later)
    assert changes_of(told) == set()
