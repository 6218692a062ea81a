"""That the old tool was found again is told once, to those whose steps it opens."""

from datetime import timedelta
from typing import Any

import pytest

from migration_planner.planning.counting import recount
from migration_planner.planning.models import Mark, Step
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick
from tests import scans

DAY = timedelta(days=1)
SHOP = "github.com/acme/shop"
USED = {"instructions": ["CLAUDE.md"]}


@pytest.fixture
def steps(ban: Any, mailbox: Any, now: Any) -> dict[str, Step]:
    """Everybody has read the announcement."""
    made = scans.ask(ban)
    Step.objects.filter(key="see-it-clean").update(removed_at=now)
    recount(ban)
    for hours in (1, 24):
        tick(now=now + timedelta(hours=hours))
    mailbox.clear()
    return made


def told(ban: Any) -> set[str]:
    return set(Reminder.objects.filter(ban=ban, kind="change").values_list("person__email", flat=True))


def test_the_lead_is_told_once_with_the_path_and_who_sent_it(
    ban: Any, steps: Any, search: Any, lead: Any, owner: Any, employee: Any, mailbox: Any, walk: Any, now: Any
) -> None:
    scans.send(search, owner, SHOP, now + DAY)
    scans.send(search, owner, SHOP, now + 1.1 * DAY, USED)
    tick(now=now + 1.2 * DAY)
    assert told(ban) == {lead.email}
    scans.send(search, owner, SHOP, now + 1.3 * DAY, USED)
    walk(now + 1.3 * DAY, days=2)
    (subject, *more) = [each for each in mailbox.subjects(lead) if "found again" in each]
    assert not more
    assert subject.startswith("Old Editor was found again")
    body = " ".join(mailbox.to(lead)[0].get_body(("plain",)).get_content().split())
    assert f"A scan that {owner.name} sent has found Old Editor again where it was gone, in {SHOP}: CLAUDE.md." in body
    assert not [each for each in mailbox.subjects(employee) if "found again" in each]


def test_whom_a_lead_has_named_and_a_lead_who_has_finished_are_told_too(
    ban: Any, steps: Any, search: Any, lead: Any, owner: Any, employee: Any, walk: Any, mailbox: Any, now: Any
) -> None:
    mine = ban.checklists.get(person=lead)
    for step in mine.steps().filter(required=True):
        mine.mark(step, Mark.State.DONE, by=lead, now=now + DAY)
    ban.migrations.get(team=search).assign(steps["move-instructions"], employee, by=lead, now=now + DAY)
    scans.send(search, owner, SHOP, now + DAY)
    scans.send(search, owner, SHOP, now + 1.1 * DAY, USED)
    walk(now + 1.2 * DAY, days=2)
    for person in (lead, employee):
        assert [each for each in mailbox.subjects(person) if "found again" in each], person


def test_each_person_whose_own_step_it_is_is_told(
    ban: Any, steps: Any, search: Any, owner: Any, employee: Any, lead: Any, now: Any
) -> None:
    Step.objects.filter(key="see-it-clean").update(removed_at=None)
    scans.send(search, owner, SHOP, now + DAY)
    scans.send(search, owner, SHOP, now + 1.1 * DAY, USED)
    tick(now=now + 1.2 * DAY)
    assert told(ban) == {lead.email, employee.email}
