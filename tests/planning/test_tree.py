"""The organisation as a tree, with the figures of every other page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from migration_planner.planning import audience, tree
from migration_planner.planning.models import Mark
from migration_planner.planning.progress import Figures


@pytest.fixture
def grown(ban: Any, sales: Any, team: Callable[[str], Any], person: Callable[..., Any], now: datetime) -> Any:
    for number, home in enumerate((sales, sales, sales, team("Acme/Sales/North"))):
        person(f"sam{number}", home=home)
    audience.follow(ban, now=now)
    return ban


def names(found: tree.Tree) -> list[tuple[int, str, bool]]:
    return [(branch.depth, branch.row.name, branch.is_own) for branch in found.branches]


def test_an_opened_team_shows_itself_and_those_below_it_and_they_add_up(grown: Any, sales: Any) -> None:
    found = tree.of_ban(grown, [sales.pk])
    assert names(found) == [
        (0, "Sales", False), (1, "Sales", True), (1, "North", False), (0, "Engineering", False), (0, "Acme", True)
    ]  # fmt: skip
    inside = [branch.row.figures for branch in found.branches if branch.depth == 1]
    assert sum(inside, Figures()) == found.branches[0].row.figures
    top = [branch.row.figures for branch in found.branches if branch.depth == 0]
    assert sum(top, Figures()) == found.total.total


def test_each_level_is_sorted_by_the_column_asked_for(grown: Any, sales: Any, employee: Any, now: datetime) -> None:
    stuck = grown.checklists.get(person=employee)
    stuck.mark(stuck.steps()[0], Mark.State.BLOCKED, by=employee, now=now, note="No licence")
    assert [name for _d, name, _own in names(tree.of_ban(grown, [], "team"))] == ["Acme", "Engineering", "Sales"]
    assert names(tree.of_ban(grown, [], "-blocked"))[0][1] == "Engineering"
    assert names(tree.of_ban(grown, [], "nonsense")) == names(tree.of_ban(grown, []))


def test_a_team_below_a_closed_one_is_not_shown_and_one_outside_the_ban_does_nothing(
    grown: Any, search: Any, outsider: Any
) -> None:
    closed = tree.of_ban(grown, [])
    assert names(tree.of_ban(grown, [search.pk, outsider.memberships.get().team_id, 10**12])) == names(closed)


def test_a_wide_team_shows_its_first_rows_and_counts_the_others(
    grown: Any, sales: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "WIDE", 1)
    found = tree.of_ban(grown, [sales.pk])
    assert names(found) == [(0, "Sales", False), (1, "Sales", True)]
    assert (found.hidden, found.branches[0].hidden) == (2, 1)


def test_opening_more_teams_costs_no_more_queries(
    grown: Any, sales: Any, search: Any, team: Callable[[str], Any], django_assert_num_queries: Any
) -> None:
    for opened in ([sales.pk], [sales.pk, team("Acme/Engineering").pk, search.pk]):
        with django_assert_num_queries(6):
            tree.of_ban(grown, opened)
