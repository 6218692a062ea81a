"""The scenarios of `make chaos` in short: the same code with few people, over servers and senders of their own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from migration_planner.local.chaos import report
from migration_planner.local.chaos.counting import Result
from migration_planner.local.chaos.scenarios import Scale
from migration_planner.local.chaos.world import World
from migration_planner.local.environment import HOME

FEW = Scale(people=100, kill_every=0.5, crash_every=0.5, longest=300, wake=True, workers=2, moment=1)
#: Enough to be at work for some seconds, so that something can be done to it.
MORE = replace(FEW, people=400)


#: Servers of its own for each file: two may run at once, and what a scenario kills is nobody else's.
HOMES = {"tests.chaos.test_senders": HOME / "chaos", "tests.chaos.test_servers": HOME / "chaos-servers"}


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with World(HOMES[request.module.__name__]) as made:
        yield made


def met(result: Result) -> Result:
    assert result.missed == [], report.line(result)
    assert result.balance_samples > 0
    return result
