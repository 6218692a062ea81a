"""How long mail takes at a limit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_planner.reminders.forecasting import Arrival, Pace, Sender, days_earlier, forecast

NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_six_thousand_mails_at_thirty_a_minute_need_three_hours_and_twenty_minutes() -> None:
    (wave,) = forecast([Arrival(NINE, "publishing", 6_000)], pace=Pace(30))
    assert wave.ends_at - wave.begins_at == timedelta(hours=3, minutes=20)
    assert wave.needs == timedelta(hours=3, minutes=20)
    assert not wave.is_long


def test_a_hundred_thousand_people_take_days_at_thirty_a_minute() -> None:
    (wave,) = forecast([Arrival(NINE, "publishing", 100_000)], pace=Pace(30))
    assert wave.is_long
    assert timedelta(days=2) < wave.ends_at - wave.begins_at < timedelta(days=3)


def test_what_is_due_later_waits_for_what_is_due_before() -> None:
    first, second = forecast([Arrival(NINE + HOUR, "before-7", 60), Arrival(NINE, "publishing", 120)], pace=Pace(1))
    assert (first.name, first.ends_at) == ("publishing", NINE + 2 * HOUR)
    assert (second.name, second.ends_at) == ("before-7", NINE + 3 * HOUR)


def test_time_zones_spread_a_wave_and_idle_time_is_not_saved_up() -> None:
    (wave,) = forecast([Arrival(NINE, "before-7", 60), Arrival(NINE + 9 * HOUR, "before-7", 60)], pace=Pace(1))
    assert wave.ends_at == NINE + 10 * HOUR
    assert wave.needs == 2 * HOUR


def test_the_mail_of_other_bans_takes_its_turn_and_is_no_wave_of_this_one() -> None:
    (wave,) = forecast([Arrival(NINE, "", 60), Arrival(NINE, "publishing", 60)], pace=Pace(1))
    assert (wave.name, wave.ends_at) == ("publishing", NINE + 2 * HOUR)


def test_an_owner_is_told_how_many_days_earlier_to_publish() -> None:
    cutoff = NINE + 2 * DAY
    late = forecast([Arrival(NINE, "publishing", 100_000)], pace=Pace(30))
    assert days_earlier(late, cutoff_at=cutoff) == 1
    assert days_earlier(forecast([Arrival(NINE, "publishing", 100)], pace=Pace(30)), cutoff_at=cutoff) == 0


def test_a_wave_after_the_cutoff_is_nobodys_reason_to_publish_earlier() -> None:
    after = forecast([Arrival(NINE + DAY, "after-1", 100_000)], pace=Pace(30))
    assert days_earlier(after, cutoff_at=NINE) == 0


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        forecast([], pace=Pace(0))


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.sampled_from(["a", "b", ""]), st.integers(1, 500)), min_size=1, max_size=30
    ),
    st.integers(1, 5_000),
)
def test_the_last_wave_ends_no_sooner_than_the_limit_allows_and_no_mail_is_forgotten(
    rows: list[tuple[int, str, int]], per_minute: int
) -> None:
    arrivals = [Arrival(NINE + timedelta(minutes=minute), wave, mails) for minute, wave, mails in rows]
    waves = forecast(arrivals, pace=Pace(per_minute))
    assert sum(wave.mails for wave in waves) == sum(mails for _minute, wave, mails in rows if wave)
    for wave in waves:
        assert wave.ends_at - wave.begins_at >= wave.needs - timedelta(milliseconds=1)


def test_a_limit_a_day_spreads_a_wave_over_days() -> None:
    (wave,) = forecast([Arrival(NINE, "publishing", 25_000)], pace=Pace(per_day=10_000))
    assert wave.ends_at == NINE + 2 * DAY
    (both,) = forecast([Arrival(NINE, "publishing", 25_000)], pace=Pace(per_minute=100, per_day=10_000))
    assert both.ends_at == NINE + 2 * DAY + timedelta(minutes=50)
    assert both.needs == both.ends_at - NINE


@given(
    arrivals=st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 90)), max_size=12),
    per_minute=st.sampled_from([0, 1, 7]),
    per_day=st.integers(1, 80),
)
def test_no_24_hours_of_a_forecast_hold_more_than_the_day_allows(
    arrivals: list[tuple[int, int]], per_minute: int, per_day: int
) -> None:
    sender, pace = Sender(Pace(per_minute, per_day)), Pace(per_minute, per_day)
    for minute, mails in sorted(arrivals):
        sender.send(mails, NINE + timedelta(minutes=minute))
    went = [at + pace.time(number) for at, run in sender.runs for number in range(run)]
    assert len(went) == sum(mails for _minute, mails in arrivals)
    for first, past_the_day in zip(went, went[per_day:], strict=False):
        assert past_the_day - first >= DAY
