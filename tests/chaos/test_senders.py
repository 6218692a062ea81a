"""Senders that are killed, cut off and told to end."""

import subprocess
from pathlib import Path

import psutil
import pytest

from migration_planner.local.chaos import races, scenarios
from migration_planner.local.chaos.processes import PYTHON
from migration_planner.local.chaos.world import World
from migration_planner.local.environment import ROOT
from tests.chaos.conftest import FEW, MORE, met

pytestmark = pytest.mark.production

STARTS_ONE = """
import sys, time
from pathlib import Path
from migration_planner.local.chaos.processes import PYTHON, Process
print(Process([*PYTHON, "-c", "import time; time.sleep(60)"], Path(sys.argv[1]) / "log", {}).popen.pid, flush=True)
time.sleep(60)
"""


def test_killed_senders_lose_nothing_and_leave_at_most_a_copy_each(world: World) -> None:
    result = met(scenarios.kills(world, MORE))
    assert (result.due, result.sent, result.kills > 0) == (MORE.people, MORE.people, True)


def test_what_was_cut_off_after_it_was_taken_goes_once_more(world: World) -> None:
    result = met(scenarios.cut_retry(world, FEW))
    assert result.copies > 0


def test_where_a_copy_must_never_go_every_doubt_is_held_also_that_of_a_killed_sender(world: World) -> None:
    result = met(scenarios.cut_hold(world, FEW))
    assert (result.copies, result.extra["held"] > 0) == (0, True)


def test_senders_that_are_told_to_end_leave_no_copy(world: World) -> None:
    met(scenarios.terms(world, MORE))


def test_the_mails_of_a_killed_sender_go_within_twenty_seconds(world: World) -> None:
    met(races.rescue(world, FEW))


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
