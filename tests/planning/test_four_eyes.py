"""Near the cutoff, what is banned, for whom and until when is changed by two owners."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection

from migration_planner.lib.errors import DomainError
from migration_planner.planning import changing, choosing, proposing, waves
from migration_planner.planning.four_eyes import NeedsSecondOwner, second
from migration_planner.planning.models import Event, Proposal
from migration_planner.planning.proposing import Wish
from migration_planner.planning.waves import Plan

LATER = (date(2026, 12, 11), time(18), "Asia/Shanghai")


@pytest.fixture
def late(ban: Any) -> datetime:
    """A day before the cutoff."""
    return ban.cutoff_at - timedelta(days=1)


@pytest.fixture
def second_owner(ban: Any, person: Callable[..., Any], acme: Any) -> Any:
    found = person("sam", home=acme, is_owner=True)
    ban.owners.add(found)
    return found


def test_until_three_days_before_the_cutoff_one_owner_is_enough(ban: Any, owner: Any, settings: Any) -> None:
    now = ban.cutoff_at - timedelta(days=3, seconds=1)
    assert changing.move_cutoff(ban, *LATER, by=owner, now=now, why="A freeze.")
    settings.SECOND_OWNER_DAYS = 0
    assert changing.change_scope(ban, "All of it.", by=owner, now=ban.cutoff_at - timedelta(hours=1), why="Clearer.")


def test_from_then_on_nobody_changes_scope_or_dates_alone(
    ban: Any, owner: Any, sales: Any, late: datetime, settings: Any
) -> None:
    settings.SECOND_OWNER_DAYS = 0
    wave = waves.add(ban, Plan("Pilot", date(2026, 11, 30), time(12)), by=owner, now=late, why="Early.")
    settings.SECOND_OWNER_DAYS = 3
    said: Any = {"by": owner, "now": late, "why": "A freeze."}
    changes = [
        lambda: changing.move_cutoff(ban, *LATER, **said),
        lambda: changing.change_scope(ban, "All of it.", **said),
        lambda: changing.change_audience(ban, lambda: choosing.set_team(ban, sales, "excluded"), **said),  # type: ignore[arg-type, return-value]
        lambda: waves.change(wave, Plan("Pilot", date(2026, 11, 30), time(13)), **said),
        lambda: waves.put(ban, sales, wave, **said),
        lambda: waves.remove(wave, **said),
    ]
    for change in changes:
        with pytest.raises(NeedsSecondOwner, match="needs two owners"):
            change()
    assert waves.change(wave, Plan("Pioneers", date(2026, 11, 30), time(12)), **said), "a name is no date"
    ban.close(by=owner, now=late, why="It does harm.")


def test_one_proposes_and_another_applies_and_history_names_both(
    ban: Any, owner: Any, second_owner: Any, sales: Any, late: datetime
) -> None:
    wish = Wish(cutoff=LATER, scope="Old Editor, its plug-ins included.", audience=(sales, "excluded"))
    made = proposing.propose(ban, wish, by=owner, now=late, why="The licence came late.")
    ban.refresh_from_db()
    assert ban.cutoff_date == date(2026, 11, 30)
    with pytest.raises(DomainError, match="four eyes"):
        proposing.apply(made, by=owner, now=late)
    proposing.apply(made, by=second_owner, now=late)
    ban.refresh_from_db()
    assert (ban.cutoff_date, ban.scope.text) == (date(2026, 12, 11), "Old Editor, its plug-ins included.")
    assert ban.audience_teams.get(team=sales).excluded
    events = ban.events.filter(verb__in=[Event.Verb.PROPOSED, Event.Verb.PROPOSAL_APPLIED, Event.Verb.CUTOFF_MOVED])
    assert {(event.verb, event.actor) for event in events} == {
        ("proposed", owner), ("proposal_applied", second_owner), ("cutoff_moved", second_owner),
    }  # fmt: skip


def test_teams_and_waves_are_proposed_too(
    ban: Any, owner: Any, second_owner: Any, search: Any, sales: Any, now: datetime, late: datetime
) -> None:
    pilot = waves.add(ban, Plan("Pilot", date(2026, 11, 30), time(12)), by=owner, now=now, why="Early.")
    waves.put(ban, sales, pilot, by=owner, now=now, why="Early.")
    made = proposing.propose(ban, Wish(team=(search, pilot)), by=owner, now=late, why="They are ready.")
    proposing.apply(made, by=second_owner, now=late)
    assert ban.migrations.get(team=search).wave == pilot
    made = proposing.propose(ban, Wish(removal=pilot), by=second_owner, now=late, why="No pilot after all.")
    proposing.apply(made, by=owner, now=late)
    assert not ban.waves.exists()
    assert set(ban.migrations.values_list("deadline_at", flat=True)) == {ban.cutoff_at}


def test_what_became_impossible_meanwhile_is_refused_and_changes_nothing(
    ban: Any, owner: Any, second_owner: Any, sales: Any, late: datetime
) -> None:
    words = proposing.propose(ban, Wish(scope="All of it."), by=owner, now=late, why="Clearer.")
    newer = proposing.propose(ban, Wish(scope="All but reading."), by=second_owner, now=late, why="Kinder.")
    proposing.apply(newer, by=owner, now=late)
    with pytest.raises(DomainError, match="newer scope statement"):
        proposing.apply(words, by=second_owner, now=late)
    out = proposing.propose(ban, Wish(audience=(sales, "excluded")), by=owner, now=late, why="They left.")
    again = proposing.propose(ban, Wish(audience=(sales, "excluded")), by=owner, now=late, why="They left.")
    proposing.apply(out, by=second_owner, now=late)
    with pytest.raises(DomainError, match="so already"):
        proposing.apply(again, by=second_owner, now=late)
    assert Proposal.objects.waiting().count() == 2


def test_who_runs_the_ban_no_more_applies_nothing(ban: Any, owner: Any, second_owner: Any, late: datetime) -> None:
    made = proposing.propose(ban, Wish(cutoff=LATER), by=owner, now=late, why="A freeze.")
    changing.change_owners(ban, [owner], by=owner, now=late, why="Sam has left the project.")
    with pytest.raises(DomainError, match="Only owners"):
        proposing.apply(made, by=second_owner, now=late)


def test_the_pages_know_who_the_second_could_be(ban: Any, owner: Any, late: datetime, person: Any, acme: Any) -> None:
    assert second(ban, owner, now=ban.cutoff_at - timedelta(days=4)) is None
    alone = second(ban, owner, now=late)
    assert alone is not None
    assert (alone.days, alone.others) == (3, ())
    sam = person("sam", home=acme)
    ban.owners.add(sam)
    both = second(ban, owner, now=ban.cutoff_at + timedelta(days=1))
    assert both is not None
    assert both.others == (sam,)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_apply_at_once_one_does(ban: Any, owner: Any, second_owner: Any, person: Any, acme: Any) -> None:
    late, third = ban.cutoff_at - timedelta(days=1), person("tess", home=acme, is_owner=True)
    ban.owners.add(third)
    made = proposing.propose(ban, Wish(cutoff=LATER), by=owner, now=late, why="A freeze.")

    def apply(by: Any) -> str:
        try:
            proposing.apply(made, by=by, now=late)
        except DomainError as error:
            return str(error)
        finally:
            connection.close()
        return "applied"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(apply, [second_owner, third]))
    assert answers[1] == "applied"
    assert "decided already" in answers[0]
    assert ban.events.filter(verb=Event.Verb.CUTOFF_MOVED).count() == 1
