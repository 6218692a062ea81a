"""The scenarios of `make chaos` in short: the same code with few people, over servers and senders of their own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from migration_planner.local.chaos import brokers, races, report, scenarios
from migration_planner.local.chaos.counting import Result
from migration_planner.local.chaos.processes import PYTHON
from migration_planner.local.chaos.scenarios import Scale
from migration_planner.local.chaos.world import World
from migration_planner.local.environment import HOME, ROOT

pytestmark = pytest.mark.production
FEW = Scale(people=100, kill_every=0.5, crash_every=0.5, longest=120, wake=True, workers=2, moment=1)
#: Enough to be at work for some seconds, so that something can be done to it.
MORE = replace(FEW, people=400)

STARTS_ONE = """
import sys, time
from pathlib import Path
from migration_planner.local.chaos.processes import PYTHON, Process
print(Process([*PYTHON, "-c", "import time; time.sleep(60)"], Path(sys.argv[1]) / "log", {}).popen.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(HOME / "chaos") as made:
        yield made


def met(result: Result) -> Result:
    assert result.missed == [], report.line(result)
    assert result.balance_samples > 0
    return result


def test_killed_senders_lose_nothing_and_leave_at_most_a_copy_each(world: World) -> None:
    result = met(scenarios.kills(world, MORE))
    assert (result.due, result.sent, result.kills > 0) == (MORE.people, MORE.people, True)


def test_a_crash_of_the_database_loses_nothing(world: World) -> None:
    assert met(scenarios.crashes(world, MORE)).extra["crashes"] > 0


def test_what_was_cut_off_after_it_was_taken_goes_once_more(world: World) -> None:
    result = met(scenarios.cut_retry(world, FEW))
    assert result.copies > 0


def test_where_a_copy_must_never_go_every_doubt_is_held_also_that_of_a_killed_sender(world: World) -> None:
    result = met(scenarios.cut_hold(world, FEW))
    assert (result.copies, result.extra["held"] > 0) == (0, True)


def test_nobody_hears_from_us_after_they_have_finished(world: World) -> None:
    result = met(races.completions(world, FEW))
    assert (result.after_completion, result.extra["completions"]) == (0, 30)


def test_what_is_deferred_comes_in_the_end(world: World) -> None:
    met(scenarios.deferrals(world, FEW))


def test_a_domain_that_defers_is_left_alone_and_the_others_go(world: World) -> None:
    met(races.domains(world, FEW))


def test_senders_that_are_told_to_end_leave_no_copy(world: World) -> None:
    met(scenarios.terms(world, MORE))


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


def test_the_mails_of_a_killed_sender_go_within_twenty_seconds(world: World) -> None:
    met(races.rescue(world, FEW))


def test_a_server_that_hangs_in_a_message_makes_nobody_wait(world: World) -> None:
    assert met(races.stalls(world, FEW)).extra["hung"] > 0


def test_killed_senders_are_missed_by_the_page_of_health_and_the_banner(world: World) -> None:
    met(races.silence(world, FEW))


def test_what_a_killed_run_started_ends_with_it(tmp_path: Path) -> None:
    run = subprocess.Popen([*PYTHON, "-c", STARTS_ONE, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout
    started = psutil.Process(int(run.stdout.readline()))
    run.kill()
    run.wait()
    _gone, alive = psutil.wait_procs([started], timeout=10)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


def test_redis_may_be_flushed_killed_and_gone(world: World) -> None:
    met(brokers.redis(world, FEW))


def test_postgresql_serves_as_the_broker(world: World) -> None:
    met(brokers.postgres(world, FEW))
