"""The arithmetic of forecasts, without a database."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_planner.steering.backtesting import backtest
from migration_planner.steering.estimating import Estimate, Group, estimate, is_enough, whole
from migration_planner.steering.montecarlo import futures
from migration_planner.steering.simulating import courses
from migration_planner.steering.throughput import Course, Day, working_day, working_days

MONDAY = date(2026, 11, 2)


def steady(days: int, *, people: int = 1000, rate: float = 0.05, window: int = 28) -> Course:
    """A ban where the same share of the open people finishes on every working day."""
    done, rows = 0.0, []
    for number in range(days):
        day = MONDAY + timedelta(days=number)
        done += (people - done) * rate * (day.weekday() < 5)
        rows.append(Day(day, people, round(done)))
    return Course.of(rows, MONDAY + timedelta(days=window - 1))


def of(course: Course, finished: list[Course] | None = None, *, seed: int = 1) -> Estimate:
    chance = np.random.default_rng(seed)
    return estimate([whole(course)], course, futures(course, finished or [], chance), chance)[0]


@given(st.dates(date(2026, 1, 1), date(2029, 1, 1)), st.integers(0, 60))
def test_working_days_and_the_day_they_end_on_agree(after: date, number: int) -> None:
    assert working_days(after, working_day(after, number)) == number


def test_what_is_finished_on_a_weekend_counts_for_monday() -> None:
    friday = date(2026, 11, 6)
    rows = [Day(friday + timedelta(days=number), 100, done) for number, done in enumerate([10, 14, 15, 20])]
    course = Course.of(rows, date(2026, 11, 30))
    assert list(course.finished_a_day) == [10, 10]


def test_a_steady_pace_is_carried_on_and_the_truth_lies_between_the_promises() -> None:
    found, truth = of(steady(14)), steady(28).latest.done
    assert found.by_cutoff[95] <= found.by_cutoff[85] <= truth <= found.by_cutoff[50] * 1.1
    assert found.by_cutoff[50] == pytest.approx(truth, rel=0.1)


def test_more_confidence_promises_less_and_later() -> None:
    found = of(steady(14, people=60, rate=0.15))
    days = [found.all_within[each] or 10**6 for each in (50, 85, 95)]
    assert found.by_cutoff[50] >= found.by_cutoff[85] >= found.by_cutoff[95]
    assert days == sorted(days)


def test_the_rush_of_a_finished_ban_is_expected_here_too() -> None:
    calm, rushed = steady(56), steady(21)
    days = [*rushed.days]
    for number in range(21, 28):
        day = MONDAY + timedelta(days=number)
        done = days[-1].done + round((1000 - days[-1].done) * (0.4 if day.weekday() < 5 else 0))
        days.append(Day(day, 1000, done))
    rush = Course.of(days, MONDAY + timedelta(days=27))
    now = steady(14)
    assert of(now, [rush] * 8).by_cutoff[50] > of(now, [calm.until(now.cutoff)] * 8).by_cutoff[50] + 100


def test_people_who_join_every_day_are_asked_for_too() -> None:
    days = [Day(MONDAY + timedelta(days=number), 1000 + 10 * number, 40 * number) for number in range(12)]
    found = of(Course.of(days, MONDAY + timedelta(days=25)))
    assert 1200 < found.people_then < 1300


def test_nothing_is_said_before_there_is_enough_to_say() -> None:
    assert not is_enough(steady(3))
    assert not is_enough(steady(14, people=100, rate=0.002))
    assert is_enough(steady(14))


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert of(steady(14), seed=3) == of(steady(14), seed=3)
    assert of(steady(14), seed=3) != of(steady(14), seed=4)


def test_who_is_all_done_is_done_today() -> None:
    course = steady(14)
    chance = np.random.default_rng(1)
    found = estimate([Group(20, 20, 20.0, 100.0)], course, futures(course, [], chance), chance)[0]
    assert found.by_cutoff[95] == 20
    assert found.all_within == {50: 0, 85: 0, 95: 0}


def test_after_the_cutoff_only_the_last_day_is_asked_for() -> None:
    found = of(steady(20, people=50, rate=0.2, window=14))
    assert found.by_cutoff == {}
    assert found.fan == []
    assert found.all_within[50]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=60),
    st.integers(-10, 40),
    st.integers(0, 2**31),
)
def test_whatever_a_ban_looks_like_no_promise_exceeds_its_people(
    rows: list[tuple[int, int]], left: int, seed: int
) -> None:
    days = [Day(MONDAY + timedelta(days=number), max(people, done), done) for number, (people, done) in enumerate(rows)]
    course = Course.of(days, days[-1].day + timedelta(days=left))
    if not is_enough(course):
        return
    found = of(course, seed=seed)
    for each in found.by_cutoff.values():
        assert 0 <= each <= found.people_then * 1.5 + 10


def test_promises_of_85_per_cent_hold_in_80_to_90_of_100_and_beat_both_rivals() -> None:
    record = backtest(list(courses(60, seed=2)), seed=1)
    assert record is not None
    assert record.cases > 150
    assert 0.80 <= record.held[85] <= 0.90
    assert record.error < min(record.error_of_line, record.error_of_pace)


def test_a_ban_learns_only_from_those_that_were_over_before_it() -> None:
    one, other = list(courses(2, seed=5))
    alone, after = backtest([one], seed=1), backtest([one, other], seed=1)
    assert alone is not None
    assert after is not None
    assert after.cases > alone.cases
    assert other.days[0].day < one.cutoff, "they overlap, so the second knows nothing of the first"
