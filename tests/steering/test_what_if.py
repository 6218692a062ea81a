"""What would be promised otherwise: the stored forecast when nothing changes, and more with more time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.planning import waves
from migration_planner.planning.models import ProgressDay
from migration_planner.planning.progress import Figures
from migration_planner.planning.waves import Plan
from migration_planner.steering.forecasting import forecast
from migration_planner.steering.models import Forecast
from migration_planner.steering.what_if import Outlook

DAYS = [0, 4, 9, 13, 17, 22, 22, 22, 27, 31]


@pytest.fixture
def lived(ban: Any) -> Any:
    until = (ban.cutoff_at - timedelta(days=12)).date()
    first = until - timedelta(days=len(DAYS) - 1)
    ProgressDay.objects.bulk_create(
        ProgressDay(ban=ban, team=None, day=first + timedelta(days=n), people=100, started=0, blocked=0, done=done)
        for n, done in enumerate(DAYS)
    )
    return ban


def test_without_a_change_it_is_the_stored_forecast(lived: Any, now: datetime) -> None:
    forecast(lived, now=now)
    stored = Forecast.objects.latest_of(lived)
    compared = Outlook(lived).of_audience(lived.cutoff_date)
    assert compared is not None
    assert stored is not None
    assert list(compared.before.done_by.values()) == stored.by_cutoff
    assert compared.before == compared.after
    assert compared.gain == 0


def test_more_time_leaves_fewer_late_and_less_time_more(lived: Any) -> None:
    outlook = Outlook(lived)
    later = outlook.of_audience(lived.cutoff_date + timedelta(days=14))
    sooner = outlook.of_audience(lived.cutoff_date - timedelta(days=7))
    assert later is not None
    assert sooner is not None
    assert later.gain > 0 > sooner.gain
    assert sooner.loss == -sooner.gain


def test_who_is_waived_is_not_late(lived: Any) -> None:
    compared = Outlook(lived).of_audience(lived.cutoff_date, waived=20)
    assert compared is not None
    assert compared.after.people == compared.before.people - 20
    assert compared.gain > 0


def test_a_wave_is_asked_about_its_own_people(lived: Any, owner: Any, now: datetime) -> None:
    day = lived.cutoff_date - timedelta(days=8)
    wave = waves.add(lived, Plan("Pilot", day, lived.cutoff_time), by=owner, now=now, why="First.")
    compared = Outlook(lived).of_wave(wave, Figures(people=40, done=10), day + timedelta(days=5))
    assert compared is not None
    assert (compared.before.people, compared.before.day) == (40, day)
    assert compared.gain > 0
    assert Outlook(lived).of_wave(wave, Figures(), day) is None


def test_nothing_is_said_before_there_is_enough_or_for_a_day_that_has_passed(ban: Any, lived: Any) -> None:
    assert Outlook(lived).of_audience(lived.cutoff_date - timedelta(days=60)) is None
    ProgressDay.objects.filter(ban=ban).exclude(done=0).delete()
    assert Outlook(ban).of_audience(ban.cutoff_date) is None
