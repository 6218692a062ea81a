"""The record of our forecasts: made over the finished bans of this installation, or over simulated ones, and stored."""

from collections.abc import Sequence
from datetime import datetime

from migration_planner.steering import courses, simulating
from migration_planner.steering.backtesting import Record, backtest
from migration_planner.steering.models import Backtest
from migration_planner.steering.throughput import Course

SEED = 20260101
#: Finished bans looked back at, the latest ones.
MOST = 200


def look_back(*, now: datetime) -> Backtest | None:
    """Replay the finished bans here. None when there are none that could have been forecast."""
    return _store(Backtest.Over.FINISHED, courses.finished_before(now.date(), most=MOST), SEED, now)


def look_at_simulated(count: int, *, seed: int, now: datetime) -> Backtest | None:
    """Replay so many simulated bans."""
    return _store(Backtest.Over.SIMULATED, list(simulating.courses(count, seed=seed)), seed, now)


def _store(over: Backtest.Over, replayed: Sequence[Course], seed: int, now: datetime) -> Backtest | None:
    record = backtest(replayed, seed=seed)
    return Backtest.objects.create(over=over, made_at=now, **_fields(record)) if record else None


def _fields(record: Record) -> dict[str, object]:
    return {
        "bans": record.courses,
        "cases": record.cases,
        "held": list(record.held.values()),
        "error": record.error,
        "error_of_line": record.error_of_line,
        "error_of_pace": record.error_of_pace,
    }
