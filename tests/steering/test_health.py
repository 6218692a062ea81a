"""How a ban fares, in a word and the number behind it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from migration_planner.planning.progress import Figures
from migration_planner.steering.health import Health, Word, health
from migration_planner.steering.models import Forecast

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
HALF = Figures(people=1000, done=500, started=100, blocked=10, waived=20)


def promising(sure: int, people: int = 1000, **more: Any) -> Forecast:
    return Forecast(people_then=people, by_cutoff=[sure + 50, sure, sure - 50], **more)


def fares(figures: Figures, forecast: Forecast | None, *, left: int = 10) -> Health:
    return health(figures, forecast, cutoff_at=NOW + timedelta(days=left), now=NOW)


@pytest.mark.parametrize(
    ("forecast", "expected"),
    [
        (None, Health(Word.TOO_EARLY, 500)),
        (Forecast(silent="too_early"), Health(Word.TOO_EARLY, 500)),
        (Forecast(silent="standstill"), Health(Word.STANDSTILL, 480)),
        (promising(768), Health(Word.AT_RISK, 212)),
        (promising(970), Health(Word.ON_TRACK, 10)),
        (promising(969), Health(Word.AT_RISK, 11)),
        (promising(1000), Health(Word.ON_TRACK, 0)),
    ],
)
def test_before_the_cutoff_it_is_judged_by_what_is_promised_with_85_per_cent(
    forecast: Forecast | None, expected: Health
) -> None:
    assert fares(HALF, forecast) == expected


def test_after_the_cutoff_whoever_is_left_is_overdue_whatever_was_promised() -> None:
    assert fares(HALF, promising(1000), left=0) == Health(Word.OVERDUE, 480)


def test_with_everybody_done_or_waived_it_is_finished_before_and_after_the_cutoff() -> None:
    everybody = Figures(people=10, done=8, waived=2)
    assert {fares(everybody, None, left=left).word for left in (10, -10)} == {Word.FINISHED}


def test_a_ban_over_nobody_is_not_called_finished() -> None:
    assert fares(Figures(), None).word == Word.TOO_EARLY
