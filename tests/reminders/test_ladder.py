from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.lib.working_days import Calendar
from migration_planner.planning.models import Event
from migration_planner.reminders.falling import Place, Window, falls, first_hour
from migration_planner.reminders.ladder import LONG, MONTHS, SHORT, Anchor, Line, presets, rungs_of, set_rungs
from migration_planner.reminders.models import Rung

ZONES = sorted(zones.known_zones())
DAY = timedelta(days=1)


class Always(Calendar):
    """A place where people work every day, so that nothing is moved."""

    def is_working(self, day: date) -> bool:
        return True


EVERY_DAY = Always()


def ladder(lines: tuple[Any, ...]) -> list[Rung]:
    return [Rung(anchor=anchor, amount=amount) for anchor, amount in lines]


MOMENTS = st.integers(0, 60 * 24 * 365 * 3).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    published=MOMENTS,
    minutes=st.integers(60, 60 * 24 * 120),
)
def test_each_rung_falls_exactly_once_at_an_hour_that_exists(
    zone: str, hour: int, published: datetime, minutes: int
) -> None:
    window = Window(published, published + timedelta(minutes=minutes))
    rungs = ladder(SHORT if window.is_short else LONG)
    until = window.cutoff_at + 20 * DAY
    found = falls(rungs, window, Place(zone, hour, days=EVERY_DAY), after=window.published_at, until=until)
    once = [fall for fall in found if not fall.rung.startswith("weekly")]
    assert len({fall.rung for fall in once}) == len(once)
    for fall in found:
        shown = fall.due_at.astimezone(ZoneInfo(zone))
        assert shown.hour == hour or not exists(fall.day, hour, zone)
        assert fall.due_at >= window.published_at
        before = fall.rung.split("-")[0] in {"before", "share", "on_the_day", "last_day"}
        assert (fall.due_at < window.cutoff_at) == before


@settings(deadline=None, max_examples=50)
@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), start=MOMENTS)
def test_a_rung_for_every_day_falls_once_on_every_day_of_a_year_whatever_the_clocks_do(
    zone: str, hour: int, start: datetime
) -> None:
    cutoff = start + 200 * DAY
    window = Window(start, cutoff)
    daily = [Rung(anchor=Anchor.BEFORE, amount=days) for days in range(1, 190)]
    found = falls(daily, window, Place(zone, hour, days=EVERY_DAY), after=window.published_at, until=cutoff)
    days = sorted(fall.day for fall in found)
    assert len(found) >= 188
    assert days == [days[0] + n * DAY for n in range(len(days))]
    assert len({fall.due_at for fall in found}) == len(found)


def exists(day: date, hour: int, zone: str) -> bool:
    local = datetime.combine(day, time(hour), ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None)


def test_an_hour_that_the_clocks_skip_moves_forward_and_one_that_comes_twice_is_the_first() -> None:
    window = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC))
    days_before = (date(2026, 4, 10) - date(2026, 3, 29)).days
    rung = Rung(anchor=Anchor.BEFORE, amount=days_before)
    fall = falls(
        [rung], window, Place("Europe/Berlin", 2, days=EVERY_DAY), after=window.published_at, until=window.cutoff_at
    )[0]
    assert fall.due_at == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert first_hour(
        datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), Place("Europe/Berlin", 2)
    ) == datetime(2026, 10, 25, 0, tzinfo=UTC)


def test_days_before_are_counted_in_the_persons_own_zone() -> None:
    """18:00 in Shanghai is 05:00 of the same day in New York, and 13:00 of the day in Lord Howe's half hour."""
    window = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, 2, tzinfo=UTC))
    rung = [Rung(anchor=Anchor.BEFORE, amount=1), Rung(anchor=Anchor.ON_THE_DAY, amount=0)]

    def days(zone: str) -> list[str]:
        return [
            fall.day.isoformat()
            for fall in falls(
                rung, window, Place(zone, 9, days=EVERY_DAY), after=window.published_at, until=window.cutoff_at
            )
        ]

    assert days("Asia/Shanghai") == ["2026-11-30", "2026-12-01"]
    assert days("Australia/Lord_Howe") == ["2026-11-30", "2026-12-01"]
    assert days("Asia/Kathmandu") == ["2026-11-30", "2026-11-30"]
    assert days("America/New_York") == ["2026-11-29", "2026-11-30"]


def test_a_news_reaches_people_at_their_next_hour_and_at_once_when_the_cutoff_is_nearer() -> None:
    moment = datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert first_hour(moment, moment + 5 * DAY, Place("Asia/Shanghai", 9)) == datetime(2026, 11, 3, 1, tzinfo=UTC)
    assert first_hour(moment, moment + timedelta(hours=3), Place("Asia/Shanghai", 9)) == moment
    assert first_hour(moment, moment - DAY, Place("Asia/Shanghai", 9)) == datetime(2026, 11, 3, 1, tzinfo=UTC)


def test_a_short_notice_is_climbed_by_shares_and_a_long_one_by_days(draft: Any, now: datetime) -> None:
    assert [rung.key for rung in rungs_of(draft, now=now)][:3] == ["publishing", "before-30", "before-14"]
    draft.set_cutoff(date(2026, 11, 10), time(18), "Asia/Shanghai")
    assert [rung.key for rung in rungs_of(draft, now=now)] == [
        *("publishing", "share-50", "share-75", "share-90", "last_day", "after-1", "after-3", "after-7", "weekly-14"),
    ]


def test_an_own_ladder_replaces_the_default_but_never_the_announcement(draft: Any, owner: Any, now: datetime) -> None:
    assert set_rungs(draft, [(Anchor.BEFORE, 2), (Anchor.AFTER, 1)], by=owner, now=now, why="Two are enough.")
    assert [rung.key for rung in rungs_of(draft, now=now)] == ["publishing", "before-2", "after-1"]
    event = draft.events.get(verb=Event.Verb.LADDER_CHANGED)
    assert event.data == {"before": [], "after": ["before-2", "after-1"]}
    assert not set_rungs(draft, [(Anchor.AFTER, 1), (Anchor.BEFORE, 2)], by=owner, now=now)
    assert set_rungs(draft, [], by=owner, now=now)
    assert len(rungs_of(draft, now=now)) == 11


def test_a_senseless_rung_is_refused_with_a_sentence(draft: Any, owner: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="needs a number from 1 to 365"):
        set_rungs(draft, [(Anchor.BEFORE, 0)], by=owner, now=now)
    assert not draft.rungs.exists()


def test_an_ended_ban_keeps_its_ladder(ban: Any, owner: Any, now: datetime) -> None:
    ban.close(by=owner, now=now)
    with pytest.raises(DomainError, match="ended"):
        set_rungs(ban, [(Anchor.BEFORE, 2)], by=owner, now=now)


def test_rungs_speak_and_presets_offer_ladders() -> None:
    words = [rung.words() for preset in presets() for rung in preset.rungs()]
    assert {
        "at publishing",
        "30 days before",
        "1 day before",
        "after 50% of the time",
        "every week from day 14 after",
    } <= set(words)
    assert [preset.key for preset in presets()] == ["months", "weeks", "days"]


def test_a_rung_is_known_again_by_what_its_reminders_call_it() -> None:
    lines = [*MONTHS, Line(Rung.Anchor.BEFORE, 3, Rung.Audience.BLOCKED, Rung.Recipient.LEAD)]
    for rung in (Line(*line).rung() for line in lines):
        again = Rung.of_key(rung.key)
        assert again is not None
        assert (again.key, again.words()) == (rung.key, rung.words())
    assert Rung.of_key("sometimes-3") is None
    assert Rung.of_key("before-soon") is None
