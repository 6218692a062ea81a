"""In the last days before the cutoff, what a ban says, asks by when and of whom takes two owners, and two owners indeed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import changing, choosing, proposing, seconding, waves
from migration_planner.planning.models import Ban, Event
from migration_planner.planning.proposed import Rest
from migration_planner.planning.proposing import Wish
from migration_planner.planning.seconding import Second
from migration_planner.planning.waves import Plan

#: The cutoff is Monday, 30 November, 18:00 in Shanghai; three working days before it is Wednesday, 25 November.
BEGINS = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
LATER = Wish(cutoff=(date(2026, 12, 14), time(18), "Asia/Shanghai"))
TWO = "takes two owners"


@pytest.fixture(autouse=True)
def as_installed(settings: Any) -> None:
    settings.SECOND_OWNER_DAYS = 3


@pytest.fixture
def second(ban: Any, person: Any, acme: Any) -> Any:
    other = person("oscar", home=acme, is_owner=True)
    ban.owners.add(other)
    return other


@pytest.fixture
def pilot(ban: Any, owner: Any, now: datetime) -> Any:
    return waves.add(ban, Plan("Pilot", date(2026, 11, 28), time(18)), by=owner, now=now, why="First.")


def test_the_last_days_begin_by_the_clocks_of_the_cutoff_and_leave_half_of_a_short_notice(
    ban: Any, settings: Any
) -> None:
    assert seconding.begins_at(ban) == BEGINS
    assert not seconding.is_needed(ban, now=BEGINS - timedelta(seconds=1))
    assert seconding.is_needed(ban, now=BEGINS)
    assert seconding.is_needed(ban, now=ban.cutoff_at + timedelta(days=3)), "past the cutoff, too"
    ban.published_at = ban.cutoff_at - timedelta(days=2)
    assert seconding.begins_at(ban) == ban.cutoff_at - timedelta(days=1)
    settings.SECOND_OWNER_DAYS = 0
    assert not seconding.is_needed(ban, now=ban.cutoff_at)


def alone(ban: Any, pilot: Any, search: Any, sales: Any, owner: Any, now: datetime) -> list[Callable[[], object]]:
    """Every change that takes two, made by one."""
    said: Any = {"by": owner, "now": now, "why": "Late."}
    return [
        lambda: changing.move_cutoff(ban, date(2026, 12, 14), time(18), "Asia/Shanghai", **said),
        lambda: changing.change_scope(ban, "Everything.", **said),
        lambda: changing.change_audience(ban, lambda: choosing.set_team(ban, sales, "excluded") and None, **said),
        lambda: waves.change(pilot, Plan("Pilot", date(2026, 11, 29), time(18)), **said),
        lambda: waves.put(ban, search, pilot, **said),
        lambda: waves.remove(pilot, **said),
    ]


def test_one_owner_alone_changes_neither_words_nor_dates_nor_whom_it_reaches(
    ban: Any, pilot: Any, search: Any, sales: Any, owner: Any, second: Any
) -> None:
    before = Event.objects.count()
    for act in alone(ban, pilot, search, sales, owner, BEGINS):
        with pytest.raises(DomainError, match=TWO):
            act()
    assert Event.objects.count() == before
    said: Any = {"by": owner, "now": BEGINS, "why": "A word."}
    assert waves.change(pilot, Plan("Pilots", pilot.cutoff_date, pilot.cutoff_time, "All can sign in."), **said)
    assert changing.change_owners(ban, [owner], **said)


def test_the_same_before_those_days_needs_nobody_else(
    ban: Any, pilot: Any, search: Any, sales: Any, owner: Any
) -> None:
    for act in alone(ban, pilot, search, sales, owner, BEGINS - timedelta(minutes=1))[1:]:
        act()


def test_closing_and_withdrawing_stay_possible_alone(ban: Any, owner: Any) -> None:
    ban.withdraw(by=owner, now=BEGINS, why="The vendor was cleared.")
    assert ban.state == Ban.State.WITHDRAWN


def test_a_cutoff_that_would_lie_in_the_last_days_takes_two_at_once(ban: Any, owner: Any, second: Any) -> None:
    day, now = date(2026, 11, 20), datetime(2026, 11, 18, 8, tzinfo=UTC)
    with pytest.raises(DomainError, match=TWO):
        changing.move_cutoff(ban, day, time(18), "Asia/Shanghai", by=owner, now=now, why="Now.")
    made = proposing.propose(ban, Wish(cutoff=(day, time(18), "Asia/Shanghai")), by=owner, now=now, why="Now.")
    assert made.change["second"]
    proposing.apply(made, by=second, now=now)
    ban.refresh_from_db()
    assert ban.cutoff_date == day


def test_every_part_is_made_by_its_own_function_and_history_names_both(
    ban: Any, pilot: Any, sales: Any, search: Any, owner: Any, second: Any
) -> None:
    version = ban.scope.version
    wishes = [
        (Wish(rest=Rest(scope=("Everything.", version))), "scope_changed"),
        (Wish(rest=Rest(audience=(sales, "excluded"))), "audience_changed"),
        (Wish(wave=(pilot, date(2026, 11, 29), time(12)), words=("Early", "All.")), "waves_changed"),
        (Wish(rest=Rest(placing=(search, pilot))), "waves_changed"),
        (Wish(rest=Rest(removal=pilot)), "waves_changed"),
        (LATER, "cutoff_moved"),
    ]
    for wish, verb in wishes:
        made = proposing.propose(ban, wish, by=owner, now=BEGINS, why="Late.")
        proposing.apply(made, by=second, now=BEGINS)
        asked, change, applied = Event.objects.filter(ban=ban).order_by("-id")[:3][::-1]
        assert [asked.verb, change.verb, applied.verb] == ["proposed", verb, "proposal_applied"], wish
        assert (asked.actor, change.actor, applied.actor, applied.person) == (owner, second, second, owner)
    ban.refresh_from_db()
    assert (ban.scope.text, ban.cutoff_date) == ("Everything.", date(2026, 12, 14))
    assert list(ban.waves.all()) == []
    assert list(ban.audience_teams.filter(excluded=True).values_list("team", flat=True)) == [sales.pk]
    assert not ban.migrations.filter(wave__isnull=False).exists()


def test_what_became_impossible_says_why_and_changes_nothing(
    ban: Any, pilot: Any, search: Any, sales: Any, owner: Any, second: Any
) -> None:
    early: Any = {"by": owner, "now": BEGINS - timedelta(hours=1), "why": "Late."}
    made = {
        "Version 2 of the scope": Wish(rest=Rest(scope=("All.", ban.scope.version))),
        "otherwise since": Wish(rest=Rest(audience=(sales, "excluded"))),
        "put elsewhere": Wish(rest=Rest(placing=(search, pilot))),
        "other teams since": Wish(rest=Rest(removal=pilot)),
    }
    proposals = {words: proposing.propose(ban, wish, **early) for words, wish in made.items()}
    assert not any(each.change["second"] for each in proposals.values())
    changing.change_scope(ban, "Other words.", **early)
    changing.change_audience(ban, lambda: choosing.set_team(ban, sales, "included") and None, **early)
    waves.put(ban, search, pilot, **early)
    waves.put(ban, search, None, **early)
    waves.put(ban, sales, pilot, **early)
    other = waves.add(ban, Plan("Other", date(2026, 11, 27), time(18)), **early)
    waves.put(ban, search, other, **early)
    for words, proposal in proposals.items():
        with pytest.raises(DomainError, match=words):
            proposing.apply(proposal, by=second, now=BEGINS)
    gone = proposing.propose(ban, Wish(rest=Rest(placing=(sales, other))), by=owner, now=BEGINS, why="Late.")
    removal = proposing.propose(ban, Wish(rest=Rest(removal=other)), by=owner, now=BEGINS, why="Late.")
    proposing.apply(removal, by=second, now=BEGINS)
    with pytest.raises(DomainError, match="no wave of this ban any more"):
        proposing.apply(gone, by=second, now=BEGINS)
    assert ban.scope.text == "Other words."


def test_the_cutoff_that_passes_meanwhile_refuses_what_would_lie_before_now(
    ban: Any, pilot: Any, owner: Any, second: Any
) -> None:
    sooner = Wish(cutoff=(date(2026, 11, 29), time(18), "Asia/Shanghai"))
    soon = proposing.propose(ban, sooner, by=owner, now=BEGINS, why="Sooner.")
    later = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Later.")
    passed = ban.cutoff_at + timedelta(hours=1)
    with pytest.raises(DomainError, match="has passed already"):
        proposing.apply(soon, by=second, now=passed)
    proposing.apply(later, by=second, now=passed)
    ban.refresh_from_db()
    assert ban.cutoff_date == date(2026, 12, 14)


def test_the_second_is_never_the_first_nor_an_administrator_nor_an_owner_that_was(
    ban: Any, owner: Any, second: Any, administrator: Any
) -> None:
    made = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Late.")
    User.objects.filter(pk=owner.pk).update(is_administrator=True)
    for who, said in ((User.objects.get(pk=owner.pk), "Somebody else"), (administrator, "Only owners")):
        with pytest.raises(DomainError, match=said):
            proposing.apply(made, by=who, now=BEGINS)
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(DomainError, match="Only owners"):
        proposing.apply(made, by=second, now=BEGINS)
    User.objects.filter(pk=second.pk).update(is_active=True)
    changing.change_owners(ban, [owner], by=owner, now=BEGINS, why="He leaves.")
    with pytest.raises(DomainError, match="Only owners"):
        proposing.apply(made, by=second, now=BEGINS)
    with pytest.raises(DomainError, match="Only owners"):
        proposing.decline(made, by=second, now=BEGINS, why="No.")


def test_the_first_has_to_be_an_owner_still(ban: Any, owner: Any, second: Any, person: Any) -> None:
    made = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Late.")
    changing.change_owners(ban, [second], by=second, now=BEGINS, why="She leaves.")
    with pytest.raises(DomainError, match="Olga is no owner of this ban any more"):
        proposing.apply(made, by=second, now=BEGINS)


def test_a_second_owner_who_was_just_named_waits_a_day(ban: Any, owner: Any, person: Any, acme: Any) -> None:
    friend = person("fred", home=acme)
    changing.change_owners(ban, [owner, friend], by=owner, now=BEGINS, why="So that there are two.")
    made = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Late.")
    page = seconding.of_page(ban, by=owner, now=BEGINS)
    assert page == Second(others=1, fresh=1)
    with pytest.raises(DomainError, match="less than a day ago"):
        proposing.apply(made, by=friend, now=BEGINS + timedelta(hours=23))
    proposing.apply(made, by=friend, now=BEGINS + timedelta(hours=25))
    ban.refresh_from_db()
    assert ban.cutoff_date == date(2026, 12, 14)


def test_nor_does_one_who_was_just_named_propose_for_whoever_named_them(
    ban: Any, owner: Any, person: Any, acme: Any
) -> None:
    friend = person("fred", home=acme)
    changing.change_owners(ban, [owner, friend], by=owner, now=BEGINS, why="So that there are two.")
    made = proposing.propose(ban, LATER, by=friend, now=BEGINS, why="Late.")
    with pytest.raises(DomainError, match="Fred was named an owner less than a day ago"):
        proposing.apply(made, by=owner, now=BEGINS + timedelta(hours=23))
    proposing.apply(made, by=owner, now=BEGINS + timedelta(hours=25))


def test_what_took_two_when_it_was_proposed_takes_two_wherever_the_cutoff_stands(
    ban: Any, owner: Any, second: Any, person: Any, acme: Any
) -> None:
    words = proposing.propose(
        ban, Wish(rest=Rest(scope=("All.", ban.scope.version))), by=owner, now=BEGINS, why="Late."
    )
    moves = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Late.")
    proposing.apply(moves, by=second, now=BEGINS)
    ban.refresh_from_db()
    assert not seconding.is_needed(ban, now=BEGINS)
    friend = person("fred", home=acme)
    changing.change_owners(ban, [owner, second, friend], by=owner, now=BEGINS, why="A friend.")
    with pytest.raises(DomainError, match="less than a day ago"):
        proposing.apply(words, by=friend, now=BEGINS)


def test_a_ban_with_one_owner_says_so(ban: Any, owner: Any, second: Any) -> None:
    assert seconding.of_page(ban, by=owner, now=BEGINS - timedelta(days=1)) is None
    page = seconding.of_page(ban, by=owner, now=BEGINS)
    assert page == Second(others=1, fresh=0)
    ban.owners.remove(second)
    page = seconding.of_page(ban, by=owner, now=BEGINS)
    assert page == Second(others=0, fresh=0)
