"""What one owner proposes, another applies or declines: all of it or nothing, and not when it fits no more."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from migration_planner.lib.errors import DomainError
from migration_planner.planning import changing, deciding, proposing, waves
from migration_planner.planning.models import Event, Proposal, Waiver
from migration_planner.planning.proposing import Wish
from migration_planner.planning.waves import Plan
from tests import waivers

LATER = Wish(cutoff=(date(2026, 12, 14), time(18), "Asia/Shanghai"))


@pytest.fixture
def second(ban: Any, person: Any, acme: Any) -> Any:
    """Another owner of the ban."""
    other = person("oscar", home=acme, is_owner=True)
    ban.owners.add(other)
    return other


def test_a_proposal_changes_nothing_until_another_owner_applies_it(
    ban: Any, owner: Any, second: Any, now: datetime
) -> None:
    before = ban.cutoff_at
    made = proposing.propose(ban, LATER, by=owner, now=now, why="Licences are late.")
    ban.refresh_from_db()
    assert ban.cutoff_at == before
    with pytest.raises(DomainError, match="Somebody else"):
        proposing.apply(made, by=owner, now=now)
    proposing.apply(made, by=second, now=now)
    ban.refresh_from_db()
    made.refresh_from_db()
    assert ban.cutoff_date == date(2026, 12, 14)
    assert (made.state, made.decided_by) == ("applied", second)
    verbs = list(Event.objects.filter(ban=ban).order_by("id").values_list("verb", "actor", "why"))[-3:]
    assert verbs == [
        ("proposed", owner.pk, "Licences are late."),
        ("cutoff_moved", second.pk, "Licences are late."),
        ("proposal_applied", second.pk, "Licences are late."),
    ]


def test_a_wave_the_cutoff_and_waivers_go_together_or_not_at_all(
    ban: Any, checklist: Any, owner: Any, second: Any, now: datetime
) -> None:
    wave = waves.add(ban, Plan("Pilot", date(2026, 11, 20), time(18)), by=owner, now=now, why="First.")
    asked = waivers.ask(checklist, now=now)
    wish = Wish(
        cutoff=(date(2026, 11, 18), time(18), "Asia/Shanghai"),
        wave=(wave, date(2026, 11, 12), time(18)),
        waivers=[asked],
    )
    made = proposing.propose(ban, wish, by=owner, now=now, why="Earlier.")
    deciding.refuse(asked, by=owner, now=now, words="No.")
    with pytest.raises(DomainError, match="waiver of Eve cannot be granted any more"):
        proposing.apply(made, by=second, now=now)
    ban.refresh_from_db()
    wave.refresh_from_db()
    assert (ban.cutoff_date, wave.cutoff_date) == (date(2026, 11, 30), date(2026, 11, 20))
    assert made.is_open
    again = waivers.ask(checklist, now=now)
    made = proposing.propose(ban, Wish(wish.cutoff, wish.wave, [again]), by=owner, now=now, why="Earlier.")
    proposing.apply(made, by=second, now=now)
    ban.refresh_from_db()
    wave.refresh_from_db()
    assert (ban.cutoff_date, wave.cutoff_date) == (date(2026, 11, 18), date(2026, 11, 12))
    assert Waiver.objects.get(pk=again.pk).state == Waiver.State.GRANTED


def test_what_was_meant_for_another_date_is_refused_with_why(ban: Any, owner: Any, second: Any, now: datetime) -> None:
    wave = waves.add(ban, Plan("Pilot", date(2026, 11, 20), time(18)), by=owner, now=now, why="First.")
    cutoff = proposing.propose(ban, LATER, by=owner, now=now, why="Late.")
    moves = proposing.propose(ban, Wish(wave=(wave, date(2026, 11, 22), time(18))), by=owner, now=now, why="Late.")
    goes = proposing.propose(ban, Wish(wave=(wave, date(2026, 11, 23), time(18))), by=owner, now=now, why="Late.")
    changing.move_cutoff(ban, date(2026, 12, 1), time(18), "Asia/Shanghai", by=owner, now=now, why="A day.")
    waves.change(wave, Plan("Pilot", date(2026, 11, 21), time(18)), by=owner, now=now, why="A day.")
    with pytest.raises(DomainError, match="cutoff was moved after this was proposed"):
        proposing.apply(cutoff, by=second, now=now)
    with pytest.raises(DomainError, match="Pilot was moved after"):
        proposing.apply(moves, by=second, now=now)
    waves.remove(wave, by=owner, now=now, why="No pilot.")
    with pytest.raises(DomainError, match="no wave of this ban any more"):
        proposing.apply(goes, by=second, now=now)


def test_a_date_that_has_passed_meanwhile_is_refused(ban: Any, owner: Any, second: Any, now: datetime) -> None:
    soon = Wish(cutoff=(date(2026, 11, 5), time(18), "Asia/Shanghai"))
    made = proposing.propose(ban, soon, by=owner, now=now, why="Sooner.")
    with pytest.raises(DomainError, match="has passed already"):
        proposing.apply(made, by=second, now=now + timedelta(days=7))


def test_no_more_wait_than_somebody_can_read(
    ban: Any, owner: Any, second: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "MOST_OPEN", 2)
    made = [proposing.propose(ban, LATER, by=owner, now=now, why="Late.") for _ in range(2)]
    with pytest.raises(DomainError, match="2 proposals wait already"):
        proposing.propose(ban, LATER, by=owner, now=now, why="Late.")
    proposing.decline(made[0], by=second, now=now, why="Not now.")
    assert proposing.propose(ban, LATER, by=owner, now=now, why="Late.").is_open


def test_nothing_empty_unreasoned_or_decided_twice(ban: Any, owner: Any, second: Any, lead: Any, now: datetime) -> None:
    same = Wish(cutoff=(ban.cutoff_date, ban.cutoff_time, ban.cutoff_zone))
    for wish, why, said in (
        (same, "Why", "changes nothing"),
        (Wish(), "Why", "changes nothing"),
        (LATER, " ", "Say why"),
    ):
        with pytest.raises(DomainError, match=said):
            proposing.propose(ban, wish, by=owner, now=now, why=why)
    made = proposing.propose(ban, LATER, by=owner, now=now, why="Late.")
    with pytest.raises(DomainError, match="Only owners"):
        proposing.apply(made, by=lead, now=now)
    with pytest.raises(DomainError, match="Say why it is declined"):
        proposing.decline(made, by=second, now=now, why="")
    proposing.decline(made, by=owner, now=now, why="I think better of it.")
    for act in (
        lambda: proposing.apply(made, by=second, now=now),
        lambda: proposing.decline(made, by=second, now=now, why="Too."),
    ):
        with pytest.raises(DomainError, match="decided already"):
            act()
    assert Event.objects.filter(verb="proposal_declined").count() == 1


def test_the_database_refuses_who_applies_their_own(ban: Any, owner: Any, now: datetime) -> None:
    made = proposing.propose(ban, LATER, by=owner, now=now, why="Late.")
    with pytest.raises(IntegrityError, match="nobody_applies_their_own_proposal"), transaction.atomic():
        Proposal.objects.filter(pk=made.pk).update(state="applied", decided_by=owner, decided_at=timezone.now())


def test_an_ended_ban_takes_no_proposal(ban: Any, owner: Any, second: Any, now: datetime) -> None:
    made = proposing.propose(ban, LATER, by=owner, now=now, why="Late.")
    ban.close(by=owner, now=now)
    with pytest.raises(DomainError):
        proposing.apply(made, by=second, now=now)
    with pytest.raises(DomainError):
        proposing.propose(ban, LATER, by=owner, now=now, why="Late.")
