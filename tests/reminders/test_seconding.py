"""That a change waits for a second owner is told once to the other owners, and to nobody else."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from migration_planner.planning import proposing
from migration_planner.planning.models import Ban, Mark, Proposal
from migration_planner.planning.proposing import Wish
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick

#: An hour after the last days have begun.
ASKED = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def as_installed(settings: Any) -> None:
    settings.SECOND_OWNER_DAYS = 3


@pytest.fixture
def second(ban: Any, person: Any, team: Any) -> Any:
    """Another owner, whom the ban asks nothing of."""
    other = person("oscar", home=team("Other"), is_owner=True, zone="Europe/Berlin")
    ban.owners.add(other)
    return other


@pytest.fixture
def proposal(ban: Any, owner: Any, second: Any, mailbox: Any, now: datetime) -> Proposal:
    for hours in (1, 24):
        tick(now=now + timedelta(hours=hours))
    tick(now=ASKED - timedelta(minutes=30))
    mailbox.clear()
    return propose(ban, owner)


def propose(ban: Ban, owner: Any, *, now: datetime = ASKED) -> Proposal:
    wish = Wish(cutoff=(date(2026, 12, 14), time(18), "Asia/Shanghai"))
    return proposing.propose(ban, wish, by=owner, now=now, why="Licences are late.")


def told(ban: Ban) -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(ban=ban, kind=Reminder.Kind.CHANGE)
    return list(rows.values_list("person__email", "state").order_by("pk"))


def test_the_other_owners_hear_once_what_waits_for_them(
    ban: Ban, proposal: Proposal, second: Any, mailbox: Any, walk: Any
) -> None:
    walk(ASKED, days=3)
    assert told(ban) == [(second.email, "sent")]
    [mail] = mailbox.to(second)
    assert mail["Subject"] == "A change waits for a second owner: the ban on Old Editor"
    body = " ".join(mail.get_body(("plain",)).get_content().split())
    assert "Olga proposes to change this ban." in body
    assert "Reason: Licences are late." in body
    assert f"/bans/{ban.pk}/" in body
    assert "because you own a ban" in body
    assert "in the audience" not in body
    assert "every step" not in body


def test_an_owner_who_has_a_checklist_and_is_done_hears_it_all_the_same(
    ban: Ban, owner: Any, second: Any, mailbox: Any, now: datetime, walk: Any
) -> None:
    """The first is in the audience; here she is the one who is asked."""
    tick(now=now + timedelta(hours=24))
    checklist = ban.checklists.get(person=owner)
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=owner, now=ASKED - timedelta(days=1))
    propose(ban, second)
    walk(ASKED, days=3)
    assert (owner.email, "sent") in told(ban)


def test_what_is_decided_before_the_mail_goes_is_not_asked_any_more(
    ban: Ban, proposal: Proposal, owner: Any, second: Any, mailbox: Any, walk: Any
) -> None:
    tick(now=ASKED + timedelta(minutes=1))
    assert told(ban) == [(second.email, "waiting")]
    proposing.decline(proposal, by=owner, now=ASKED + timedelta(minutes=2), why="I think better of it.")
    walk(ASKED, days=3)
    assert told(ban) == [(second.email, "cancelled")]
    assert Reminder.objects.get(kind=Reminder.Kind.CHANGE).reason == "answered"
    assert mailbox.to(second) == []


def test_whoever_is_no_owner_any_more_is_not_asked(
    ban: Ban, proposal: Proposal, second: Any, mailbox: Any, walk: Any
) -> None:
    tick(now=ASKED + timedelta(minutes=1))
    ban.owners.remove(second)
    walk(ASKED, days=3)
    assert told(ban) == [(second.email, "cancelled")]


def test_a_proposal_that_takes_no_two_is_told_to_nobody(ban: Ban, owner: Any, second: Any, now: datetime) -> None:
    propose(ban, owner, now=now)
    tick(now=now + timedelta(minutes=1))
    assert told(ban) == []
