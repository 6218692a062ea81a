"""Properties of the days on which mail comes: pure functions, every zone, every change of the clocks from 2026 to 2029."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_planner.lib import zones
from migration_planner.lib.mail_hours import MailHours
from migration_planner.lib.working_days import MONDAY_TO_FRIDAY, Calendar
from migration_planner.reminders.falling import Fall, Place, Window, falls, first_hour, mondays
from migration_planner.reminders.ladder import LONG, MONTHS, SHORT, Anchor, Line, in_order
from migration_planner.reminders.models import Rung

ZONES = sorted(zones.known_zones())
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
OFFICE = MailHours(7, 20)
CHINA = Calendar("Shanghai", "CN")
CALENDARS = [MONDAY_TO_FRIDAY, CHINA, Calendar("Riyadh", "SA"), Calendar("Munich", "DE", "BY")]
EVERY: list[Any] = [
    *((Anchor.BEFORE, days) for days in range(1, 20)),
    *((Anchor.AFTER, days) for days in range(1, 20)),
    *((Anchor.WORKDAYS_BEFORE, days) for days in range(1, 10)),
    *((Anchor.WORKDAYS_AFTER, days) for days in range(1, 10)),
    *((Anchor.HOURS_BEFORE, hours) for hours in (1, 2, 5, 12, 24, 36, 72)),
    *((Anchor.SHARE, percent) for percent in (10, 50, 75, 90, 99)),
    (Anchor.ON_THE_DAY, 0),
    (Anchor.LAST_DAY, 0),
    (Anchor.WEEKLY, 14),
]
MOMENTS = st.integers(0, int((LAST - FIRST) / timedelta(minutes=1))).map(lambda n: FIRST + timedelta(minutes=n))
PLACES = st.builds(
    Place,
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    days=st.sampled_from(CALENDARS),
    hours=st.sampled_from([MailHours(), OFFICE, MailHours(9, 10)]),
)
WINDOWS = st.builds(
    lambda published, minutes: Window(published, published + timedelta(minutes=minutes)),
    MOMENTS,
    st.integers(60, 60 * 24 * 60),
)
LADDERS = st.lists(st.sampled_from(EVERY), min_size=1, max_size=12).map(lambda lines: in_order(lines))


def rungs(lines: Any) -> list[Rung]:
    return [Line(*line).rung() for line in lines]


def shown(fall: Fall) -> datetime:
    """What the reader's clock shows when the mail comes."""
    return fall.due_at.astimezone(ZoneInfo(fall.zone))


def exists(day: date, at: time, zone: str) -> bool:
    local = datetime.combine(day, at, ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Every hour of 2026 to 2029 before which the clocks of a zone are put forward or back."""
    info, found = ZoneInfo(zone), []
    for n in range(int((LAST - FIRST) / (7 * DAY)) + 1):
        week = FIRST + n * 7 * DAY
        if week.astimezone(info).utcoffset() != (week + 7 * DAY).astimezone(info).utcoffset():
            hours = [week + k * HOUR for k in range(7 * 24)]
            found += [
                hour
                for hour in hours
                if hour.astimezone(info).utcoffset() != (hour + HOUR).astimezone(info).utcoffset()
            ]
    return tuple(found)


def test_every_zone_and_every_change_of_the_clocks_gives_one_mail_a_day_at_an_hour_that_exists() -> None:
    """A rung for each of the days around the change, at every hour of the day: one each, in order, none twice."""
    tried = 0
    for zone in ZONES:
        for change in changes(zone):
            window = Window(change - 3 * DAY, change + 4 * DAY)
            daily = [Rung(anchor=Anchor.BEFORE, amount=days) for days in range(1, 6)]
            for hour in range(24):
                place = Place(zone, hour, days=Calendar("", own=ALL_DAYS), hours=MailHours())
                found = falls(daily, window, place, after=window.published_at, until=window.cutoff_at)
                tried += 1
                days = [fall.day for fall in sorted(found, key=lambda fall: fall.due_at)]
                assert len(days) >= 5 - 1
                assert days == [days[0] + n * DAY for n in range(len(days))], (zone, change, hour)
                for fall in found:
                    right = shown(fall).time() == time(hour) or not exists(fall.day, time(hour), zone)
                    assert right, (zone, change, hour)
                    # Greenland skips the last hour of a day: that mail comes at midnight.
                    assert shown(fall).date() == fall.day or (hour == 23 and not exists(fall.day, time(hour), zone))
    assert tried > 24 * 1000


ALL_DAYS = {date(2025, 12, 1) + n * DAY: True for n in range(365 * 5)}


@settings(deadline=None, max_examples=300)
@given(place=PLACES, window=WINDOWS, lines=LADDERS)
def test_a_rung_falls_once_at_an_hour_that_exists_within_the_hours_for_mail(
    place: Place, window: Window, lines: list[Line]
) -> None:
    until = window.cutoff_at + 60 * DAY
    found = falls(rungs(lines), window, place, after=window.published_at, until=until)
    once = Counter(fall.rung for fall in found if not fall.rung.startswith("weekly"))
    assert set(once.values()) <= {1}
    assert len({(fall.rung, fall.occurrence) for fall in found}) == len(found)
    for fall in found:
        local, moves = shown(fall), fall.rung.split("-")[0] not in {"on_the_day", "last_day", "hours_before"}
        assert local.date() == fall.day or not exists(fall.day, time(23), fall.zone)
        assert place.hours.first <= local.hour < place.hours.end or not exists(fall.day, time(local.hour), fall.zone)
        if moves:
            assert local.time() == time(place.hours.clamp(place.hour)) or not exists(
                fall.day, time(place.hours.clamp(place.hour)), fall.zone
            )
        before = fall.rung.split("-")[0] not in {"after", "weekly", "workdays_after"}
        assert (fall.due_at < window.cutoff_at) == before
        assert fall.due_at >= window.published_at


@settings(deadline=None, max_examples=300)
@given(place=PLACES, window=WINDOWS, lines=LADDERS)
def test_a_rung_is_on_a_day_off_only_where_no_working_day_would_do(
    place: Place, window: Window, lines: list[Line]
) -> None:
    found = falls(rungs(lines), window, place, after=window.published_at, until=window.cutoff_at + 60 * DAY)
    moving = [fall for fall in found if fall.rung.split("-")[0] not in {"on_the_day", "last_day", "hours_before"}]
    days = [place.day(window.published_at) + n * DAY for n in range((window.cutoff_at - window.published_at).days + 2)]
    usable = [
        day
        for day in days
        if place.days.is_working(day) and window.published_at <= place.instant(day) < window.cutoff_at
    ]
    for fall in moving:
        assert place.days.is_working(fall.day) or (not usable and fall.due_at < window.cutoff_at)


@settings(deadline=None, max_examples=200)
@given(place=PLACES, window=WINDOWS, lines=LADDERS, cuts=st.lists(st.integers(0, 60 * 24 * 110), max_size=6))
def test_planning_is_a_pure_function_whose_stretches_add_up_to_the_whole(
    place: Place, window: Window, lines: list[Line], cuts: list[int]
) -> None:
    """However often the clock ticks, and wherever a stretch ends, nothing is lost and nothing comes twice."""
    begin, end = window.published_at, window.cutoff_at + 50 * DAY
    stops = sorted({begin, end, *(min(begin + timedelta(minutes=cut), end) for cut in cuts)})
    whole = falls(rungs(lines), window, place, after=begin, until=end)
    assert falls(rungs(lines), window, place, after=begin, until=end) == whole
    pieces = [
        fall for first, last in pairwise(stops) for fall in falls(rungs(lines), window, place, after=first, until=last)
    ]
    assert sorted(map(repr, pieces)) == sorted(map(repr, whole))
    weeks = mondays(window, place, after=begin, until=end)
    in_pieces = [fall for first, last in pairwise(stops) for fall in mondays(window, place, after=first, until=last)]
    assert sorted(map(repr, in_pieces)) == sorted(map(repr, weeks))


@settings(deadline=None, max_examples=200)
@given(place=PLACES, moment=MOMENTS, minutes=st.integers(-1000, 60 * 72))
def test_news_comes_once_after_it_happened_and_before_the_cutoff_if_it_can(
    place: Place, moment: datetime, minutes: int
) -> None:
    cutoff_at = moment + timedelta(minutes=minutes)
    due_at = first_hour(moment, cutoff_at, place)
    assert moment <= due_at <= moment + 2 * DAY
    if moment < cutoff_at:
        assert due_at < cutoff_at or due_at == place.next(moment) < cutoff_at
    if not place.hours.allow(due_at, place.zone):
        assert place.hours.at_or_after(moment, place.zone) >= cutoff_at > moment


def at(zone: str, hour: int = 9, days: Calendar = MONDAY_TO_FRIDAY, hours: MailHours = OFFICE) -> Place:
    return Place(zone, hour, days=days, hours=hours)


def days_of(lines: Any, window: Window, place: Place) -> list[str]:
    found = falls(rungs(lines), window, place, after=window.published_at, until=window.cutoff_at + 30 * DAY)
    return [fall.day.isoformat() for fall in sorted(found, key=lambda fall: (fall.due_at, fall.rung))]


#: Published on Monday 14 September 2026; the cutoff is on Monday 12 October at 18:00 in Shanghai, after the golden week.
GOLDEN = Window(datetime(2026, 9, 14, tzinfo=UTC), datetime(2026, 10, 12, 10, tzinfo=UTC))


def test_rungs_before_the_cutoff_move_to_the_working_day_before_and_later_ones_to_the_day_after() -> None:
    lines = [(Anchor.BEFORE, days) for days in (10, 7, 2, 1)]
    assert days_of(lines, GOLDEN, at("Asia/Shanghai", days=CHINA)) == [
        *("2026-09-30", "2026-09-30", "2026-10-10", "2026-10-10"),
    ]
    assert days_of(lines, GOLDEN, at("Asia/Shanghai")) == ["2026-10-02", "2026-10-05", "2026-10-09", "2026-10-09"]
    friday = Window(datetime(2026, 9, 14, tzinfo=UTC), datetime(2026, 9, 30, 10, tzinfo=UTC))
    after = [(Anchor.AFTER, 1), (Anchor.AFTER, 7), (Anchor.WORKDAYS_AFTER, 1)]
    assert days_of(after, friday, at("Asia/Shanghai", days=CHINA)) == ["2026-10-08"] * 3


def test_a_rung_that_would_move_before_publishing_moves_forward_and_stays_where_nobody_works_at_all() -> None:
    saturday = Window(datetime(2026, 11, 7, 0, tzinfo=UTC), datetime(2026, 11, 9, 12, tzinfo=UTC))
    assert days_of([(Anchor.BEFORE, 1)], saturday, at("UTC")) == ["2026-11-09"]
    weekend = Window(datetime(2026, 11, 7, 0, tzinfo=UTC), datetime(2026, 11, 8, 18, tzinfo=UTC))
    assert days_of([(Anchor.BEFORE, 1)], weekend, at("UTC")) == ["2026-11-07"]


def test_working_days_before_the_cutoff_are_counted_by_the_readers_calendar() -> None:
    lines = [(Anchor.WORKDAYS_BEFORE, days) for days in (5, 3, 1)]
    assert days_of(lines, GOLDEN, at("Asia/Shanghai", days=CHINA)) == ["2026-09-29", "2026-10-08", "2026-10-10"]
    assert days_of(lines, GOLDEN, at("Asia/Shanghai")) == ["2026-10-05", "2026-10-07", "2026-10-09"]


def test_on_the_day_and_hours_before_stay_where_the_clock_puts_them_but_never_at_night() -> None:
    sunday = Window(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 15, 18, tzinfo=UTC))
    lines = [(Anchor.ON_THE_DAY, 0), (Anchor.HOURS_BEFORE, 4), (Anchor.HOURS_BEFORE, 14)]
    found = falls(rungs(lines), sunday, at("UTC"), after=sunday.published_at, until=sunday.cutoff_at)
    assert {fall.rung: fall.due_at for fall in found} == {
        "on_the_day": datetime(2026, 11, 15, 9, tzinfo=UTC),
        "hours_before-4": datetime(2026, 11, 15, 14, tzinfo=UTC),
        "hours_before-14": datetime(2026, 11, 14, 19, tzinfo=UTC),
    }


def test_the_reminder_hour_is_kept_within_the_hours_for_mail() -> None:
    for hour, shown_hour in ((3, 7), (9, 9), (22, 19)):
        assert at("UTC", hour).instant(date(2026, 11, 4)).hour == shown_hour
    night = datetime(2026, 11, 4, 23, tzinfo=UTC)
    assert first_hour(night, night + 9 * HOUR, at("UTC")) == datetime(2026, 11, 5, 7, tzinfo=UTC)
    assert first_hour(night, night + 5 * HOUR, at("UTC")) == night


def test_a_monday_off_gives_its_figures_on_the_next_working_day_and_a_week_off_none() -> None:
    found = mondays(GOLDEN, at("Asia/Shanghai", days=CHINA), after=GOLDEN.published_at, until=GOLDEN.cutoff_at)
    assert [fall.day.isoformat() for fall in found] == ["2026-09-21", "2026-09-28", "2026-10-08", "2026-10-12"]
    assert [fall.reckoned_from.date().isoformat() for fall in found][2] == "2026-10-05"


@pytest.mark.parametrize("lines", [LONG, MONTHS, SHORT])
def test_the_default_ladders_move_as_a_whole(lines: Any) -> None:
    found = days_of(lines, GOLDEN, at("Asia/Shanghai", days=CHINA))
    fixed = {"2026-10-12"}
    assert all(CHINA.is_working(date.fromisoformat(day)) or day in fixed for day in found)
