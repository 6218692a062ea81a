"""Databases, mail servers, brokers and clocks that fail, and whatever races with the sender."""

import os
import shutil

import pytest

from migration_planner.local.chaos import brokers, races, scenarios
from migration_planner.local.chaos.world import World
from tests.chaos.conftest import FEW, MORE, met

pytestmark = pytest.mark.production


def test_a_crash_of_the_database_loses_nothing(world: World) -> None:
    assert met(scenarios.crashes(world, MORE)).extra["crashes"] > 0


def test_nobody_hears_from_us_after_they_have_finished(world: World) -> None:
    result = met(races.completions(world, FEW))
    assert (result.after_completion, result.extra["completions"]) == (0, 30)


def test_what_is_deferred_comes_in_the_end(world: World) -> None:
    met(scenarios.deferrals(world, FEW))


def test_a_domain_that_defers_is_left_alone_and_the_others_go(world: World) -> None:
    met(races.domains(world, FEW))


def test_five_planners_at_once_write_no_row_twice(world: World) -> None:
    met(races.beats(world, FEW, ticks=20))


def test_a_wrong_clock_sends_nothing_early(world: World) -> None:
    if not (os.environ.get("FAKETIME") or shutil.which("faketime")):
        pytest.fail("This test needs faketime. Install it (Debian: apt-get install faketime), or set FAKETIME.")
    met(races.wrong_clock(world, FEW))


def test_a_database_that_takes_no_writes_sends_nothing(world: World) -> None:
    met(races.read_only(world, FEW))


def test_a_server_that_refuses_us_burns_no_row(world: World) -> None:
    met(races.refused(world, FEW))


def test_a_server_that_hangs_in_a_message_makes_nobody_wait(world: World) -> None:
    assert met(races.stalls(world, FEW)).extra["hung"] > 0


def test_redis_may_be_flushed_killed_and_gone(world: World) -> None:
    met(brokers.redis(world, FEW))


def test_postgresql_serves_as_the_broker(world: World) -> None:
    met(brokers.postgres(world, FEW))
