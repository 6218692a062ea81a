"""Two owners at once about one change that waits, with real transactions."""

from datetime import date, time
from functools import partial
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.planning import changing, proposing
from migration_planner.planning.models import Event
from tests.planning.test_roster_races import together
from tests.planning.test_seconding import BEGINS, LATER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def as_installed(settings: Any) -> None:
    settings.SECOND_OWNER_DAYS = 3


@pytest.fixture
def others(ban: Any, person: Any) -> list[Any]:
    found = [person(name, is_owner=True) for name in ("oscar", "otis")]
    ban.owners.add(*found)
    return found


def test_two_who_confirm_at_once_make_it_once(ban: Any, owner: Any, others: list[Any]) -> None:
    made = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Late.")
    results = together(*(partial(proposing.apply, made, by=who, now=BEGINS) for who in others))
    assert sum(isinstance(result, DomainError) for result in results) == 1
    assert Event.objects.filter(verb="cutoff_moved").count() == 1
    made.refresh_from_db()
    assert made.state == "applied"


def test_taking_it_back_and_confirming_at_once_leaves_one_of_them(ban: Any, owner: Any, others: list[Any]) -> None:
    made = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Late.")
    results = together(
        partial(proposing.decline, made, by=owner, now=BEGINS, why="No."),
        partial(proposing.apply, made, by=others[0], now=BEGINS),
    )
    assert sum(isinstance(result, DomainError) for result in results) == 1
    made.refresh_from_db()
    ban.refresh_from_db()
    assert (made.state == "applied") == (ban.cutoff_date == date(2026, 12, 14))


def test_an_owner_who_is_taken_off_meanwhile_confirms_nothing_after_that(
    ban: Any, owner: Any, others: list[Any]
) -> None:
    made = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Late.")
    left, confirmed = together(
        partial(changing.change_owners, ban, [owner, others[1]], by=owner, now=BEGINS, why="He leaves."),
        partial(proposing.apply, made, by=others[0], now=BEGINS),
    )
    assert left is True
    verbs = list(
        Event.objects.filter(verb__in=["owners_changed", "cutoff_moved"]).order_by("id").values_list("verb", flat=True)
    )
    if isinstance(confirmed, DomainError):
        assert verbs == ["owners_changed"]
    else:
        assert verbs == ["cutoff_moved", "owners_changed"]


def test_the_same_date_moved_twice_at_once_is_refused_once(ban: Any, owner: Any, others: list[Any]) -> None:
    one = proposing.propose(ban, LATER, by=owner, now=BEGINS, why="Late.")
    wish = proposing.Wish(cutoff=(date(2026, 12, 7), time(18), "Asia/Shanghai"))
    two = proposing.propose(ban, wish, by=others[0], now=BEGINS, why="Less late.")
    results = together(
        partial(proposing.apply, one, by=others[0], now=BEGINS),
        partial(proposing.apply, two, by=others[1], now=BEGINS),
    )
    assert sum(isinstance(result, DomainError) for result in results) == 1
    assert Event.objects.filter(verb="cutoff_moved").count() == 1
