"""How good forecasts were over bans that were lived in a database, and not drawn from curves.

`lived.json` holds the kept working days of the finished bans of four years that `manage.py simulate` wrote over 200 people
(seeds 1, 2, 3 and 7): by year, for each ban its cutoff, its first working day, and (people, done) for each working day.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from migration_planner.steering.backtesting import Record, backtest
from migration_planner.steering.throughput import Course, Day, working_day
from tests.steering.test_estimating import of

YEARS = json.loads((Path(__file__).parent / "lived.json").read_text())


def course(ban: dict[str, Any]) -> Course:
    first = date.fromisoformat(ban["first"])
    rows = [Day(working_day(first, number), people, done) for number, (people, done) in enumerate(ban["days"])]
    return Course(tuple(rows), date.fromisoformat(ban["cutoff"]), rows[-1])


def records() -> Iterator[Record]:
    for bans in YEARS.values():
        record = backtest([course(ban) for ban in bans], seed=20260101)
        assert record is not None
        yield record


def test_over_lived_bans_promises_hold_as_often_as_they_say_and_beat_both_rivals() -> None:
    found = list(records())
    weights = [record.cases for record in found]
    assert sum(weights) > 80
    assert 0.75 <= np.average([record.held[85] for record in found], weights=weights) <= 0.95
    error = np.average([record.error for record in found], weights=weights)
    assert error < np.average([record.error_of_pace for record in found], weights=weights)
    assert error < np.average([record.error_of_line for record in found], weights=weights)


def curved(window: int, *, until: float = 1.0, people: int = 1000) -> Course:
    """A ban in which people finish along the same curve over its window, however long that is."""
    rows, day = [], date(2026, 3, 2)
    for number in range(round(window * until)):
        share = (number + 1) / window
        rows.append(Day(day, people, round(people * 0.95 / (1 + np.exp(-(share - 0.5) / 0.12)))))
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    return Course.of(rows, working_day(date(2026, 3, 2), window - 1))


@pytest.mark.parametrize("window", [10, 60])
def test_a_ban_learns_from_one_of_another_length_at_the_same_share_of_its_window(window: int) -> None:
    """Halfway through ten days, or sixty: a ban of twenty days says how it goes on from its own middle."""
    found, truth = of(curved(window, until=0.5), [curved(20)]), curved(window).latest.done
    assert found.by_cutoff[50] == pytest.approx(truth, rel=0.1)
