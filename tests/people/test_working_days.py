"""Working days. The dates of China are those of the State Council's notice for 2026 (Guobanfa mingdian 2025 No. 7)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_planner.lib.working_days import MONDAY_TO_FRIDAY, Calendar, countries, named_days, subdivisions

CHINA = Calendar("Shanghai", "CN")
DAY = timedelta(days=1)
#: First and last day off of each holiday, and the days of weekends that are worked on instead.
RESTS_2026 = [
    ("01-01", "01-03"),
    ("02-15", "02-23"),
    ("04-04", "04-06"),
    ("05-01", "05-05"),
    ("06-19", "06-21"),
    ("09-25", "09-27"),
    ("10-01", "10-07"),
]
MADE_UP_2026 = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def days_from(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last}")
    return [begin + n * DAY for n in range((end - begin).days + 1)]


def test_china_works_and_rests_in_2026_as_the_state_council_says() -> None:
    rests = {day for first, last in RESTS_2026 for day in days_from(first, last)}
    made_up = {date.fromisoformat(f"2026-{day}") for day in MADE_UP_2026}
    for day in days_from("01-01", "12-31"):
        expected = day in made_up or (day.weekday() < 5 and day not in rests)
        assert CHINA.is_working(day) == expected, day
    assert set(named_days("CN", "", 2026)[1]) == made_up


def test_the_next_and_the_previous_working_day_step_over_holidays_and_onto_make_up_days() -> None:
    assert CHINA.next(date(2026, 9, 30)) == date(2026, 10, 8)
    assert CHINA.previous(date(2026, 10, 8)) == date(2026, 9, 30)
    assert CHINA.next(date(2026, 10, 9)) == date(2026, 10, 10)
    assert CHINA.add(date(2026, 9, 30), 4) == date(2026, 10, 12)
    assert CHINA.add(date(2026, 10, 12), -4) == date(2026, 9, 30)
    assert CHINA.add(date(2026, 10, 3), 0) == date(2026, 10, 3)
    assert CHINA.between(date(2026, 9, 30), date(2026, 10, 10)) == 3
    assert MONDAY_TO_FRIDAY.between(date(2026, 9, 30), date(2026, 10, 10)) == 7
    assert CHINA.between(date(2026, 10, 10), date(2026, 10, 10)) == 0


def test_a_year_whose_make_up_days_are_not_published_is_provisional() -> None:
    assert [CHINA.is_provisional(year) for year in (2025, 2026, 2027)] == [False, False, True]
    assert not CHINA.is_working(date(2027, 10, 1))
    assert not MONDAY_TO_FRIDAY.is_provisional(2040)
    assert not Calendar("Berlin", "DE", "BE").is_provisional(2035)
    assert not Calendar("Sofia", "BG").is_provisional(2026), "it has published none for ten years"


def test_parts_of_a_country_have_their_own_days_and_own_days_win_over_both() -> None:
    berlin, munich = Calendar("Berlin", "DE", "BE"), Calendar("Munich", "DE", "BY")
    epiphany = date(2026, 1, 6)
    assert berlin.is_working(epiphany)
    assert not munich.is_working(epiphany)
    own = Calendar("Munich", "DE", "BY", own={epiphany: True, date(2026, 1, 7): False})
    assert own.is_working(epiphany)
    assert own.next(epiphany) == date(2026, 1, 8)


def test_other_weekends_are_known() -> None:
    riyadh = Calendar("Riyadh", "SA")
    assert not riyadh.is_working(date(2026, 11, 6)), "a Friday"
    assert riyadh.is_working(date(2026, 11, 8)), "a Sunday"


def test_a_calendar_without_any_working_day_moves_nothing() -> None:
    shut = Calendar("Moon", own={date(2026, 1, 1) + n * DAY: False for n in range(365)})
    assert shut.next(date(2026, 3, 1)) == date(2026, 3, 1)


@given(
    day=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    count=st.integers(-40, 40),
    calendar=st.sampled_from([MONDAY_TO_FRIDAY, CHINA, Calendar("Riyadh", "SA"), Calendar("Munich", "DE", "BY")]),
)
def test_counting_working_days_and_adding_them_agree(day: date, count: int, calendar: Calendar) -> None:
    there = calendar.add(day, count)
    assert calendar.is_working(there) or count == 0
    assert calendar.between(day, there) == max(count, 0)
    assert calendar.add(calendar.next(day), 1) > calendar.next(day) > day > calendar.previous(day)


@pytest.mark.parametrize("country", ["CN", "DE", "US", "IN", "SG", "GB", "BR", "AU", "NP"])
def test_countries_have_names_and_their_parts(country: str) -> None:
    assert country in countries()
    assert set(subdivisions("DE")) > {"BY", "BE"}
    assert subdivisions("ZZ") == ()
