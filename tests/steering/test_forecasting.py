"""Forecasts over kept days, as the clock makes them."""

from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from migration_planner.planning import changing
from migration_planner.planning.models import ProgressDay
from migration_planner.steering import backtests, courses
from migration_planner.steering.forecasting import due, forecast, forecast_all
from migration_planner.steering.models import Backtest, Forecast

MONDAY = date(2026, 11, 2)


def live(ban: Any, team: Any, *done: int, people: int = 100, first: date = MONDAY) -> None:
    """Keep a day after the other, weekends too, with so many done people."""
    ProgressDay.objects.bulk_create(
        ProgressDay(
            ban=ban, team=team, day=first + timedelta(days=number), people=people, started=0, blocked=0, done=each
        )
        for number, each in enumerate(done)
    )


@pytest.fixture
def lived(ban: Any, acme: Any, search: Any) -> Any:
    """Ten days of a ban: everybody, and one team that is further than the rest."""
    live(ban, None, 0, 5, 10, 16, 20, 20, 20, 27, 33, 40)
    live(ban, acme, 0, 5, 10, 16, 20, 20, 20, 27, 33, 40)
    live(ban, search, 0, 2, 4, 6, 8, 8, 8, 9, 10, 11, people=12)
    return ban


def test_a_kept_day_is_forecast_once_for_the_audience_and_for_every_team(
    lived: Any, search: Any, now: datetime
) -> None:
    assert forecast_all(now=now) == 1
    assert forecast_all(now=now) == 0
    whole = Forecast.objects.latest_of(lived)
    assert whole is not None
    assert whole.day == MONDAY + timedelta(days=9)
    assert 40 < whole.by_cutoff[1] <= whole.by_cutoff[0] <= 100
    team = Forecast.objects.latest_of(lived, search.pk)
    assert team is not None
    assert 11 <= team.by_cutoff[1] <= team.by_cutoff[0] <= 12


def test_a_cutoff_that_has_moved_is_forecast_anew_without_waiting_for_the_next_day(
    lived: Any, owner: Any, now: datetime
) -> None:
    assert forecast_all(now=now) == 1
    before = Forecast.objects.latest_of(lived)
    later = now + timedelta(hours=1)
    day = lived.cutoff_date + timedelta(days=14)
    changing.move_cutoff(lived, day, lived.cutoff_time, lived.cutoff_zone, by=owner, now=later, why="Licences.")
    assert list(due()) == [lived]
    assert forecast_all(now=later) == 1
    assert forecast_all(now=later) == 0
    after = Forecast.objects.latest_of(lived)
    assert before
    assert after
    assert after.day == before.day
    assert after.by_cutoff[1] > before.by_cutoff[1]


def test_it_is_kept_of_which_teams_most_people_are_their_own(lived: Any, acme: Any, search: Any, now: datetime) -> None:
    lived.migrations.filter(team=search).update(people=6)
    forecast_all(now=now)
    kept = dict(Forecast.objects.filter(ban=lived).values_list("team", "mostly_own"))
    assert kept == {None: False, acme.pk: False, search.pk: True}


def test_the_same_day_gives_the_same_numbers_and_no_second_row(lived: Any, now: datetime) -> None:
    forecast(lived, now=now)
    before = list(Forecast.objects.order_by("team_id").values_list("team_id", "by_cutoff", "all_by", "fan"))
    forecast(lived, now=now)
    assert list(Forecast.objects.order_by("team_id").values_list("team_id", "by_cutoff", "all_by", "fan")) == before


def test_a_new_day_keeps_what_was_said_of_the_audience_and_replaces_what_was_said_of_teams(
    lived: Any, now: datetime
) -> None:
    forecast(lived, now=now)
    for team in [None, *{row.team for row in ProgressDay.objects.filter(team__isnull=False)}]:
        live(lived, team, 45, first=MONDAY + timedelta(days=10))
    assert list(due()) == [lived]
    forecast(lived, now=now)
    assert Forecast.objects.filter(ban=lived, team__isnull=True).count() == 2
    assert Forecast.objects.filter(ban=lived, team__isnull=False).values("day").distinct().count() == 1


def test_too_few_days_are_said_to_be_too_few(ban: Any, now: datetime) -> None:
    live(ban, None, 0, 5, 30)
    forecast(ban, now=now)
    assert Forecast.objects.get().silent == Forecast.Silence.TOO_EARLY


def test_a_standstill_is_called_one(ban: Any, now: datetime) -> None:
    live(ban, None, *[30] * 30)
    forecast(ban, now=now)
    assert Forecast.objects.get().silent == Forecast.Silence.STANDSTILL


def test_without_a_kept_day_nothing_is_stored(ban: Any, now: datetime) -> None:
    assert not forecast(ban, now=now)
    assert not Forecast.objects.exists()


def test_a_small_team_borrows_its_pace_from_the_team_above(lived: Any, team: Any, now: datetime) -> None:
    """Nobody of two has finished; that alone says little, and the team above goes on."""
    tiny = team("Acme/Engineering/Tiny")
    live(lived, tiny, *[0] * 10, people=2)
    found = {each.team_id: each for each in courses.teams_of(lived, courses.course_of(lived))}  # type: ignore[arg-type]
    group = found[tiny.pk].group
    assert group.finished > 0
    assert group.exposure < courses.BORROWED + 2 * 9


def test_teams_cost_the_same_number_of_statements_however_many_they_are(
    lived: Any, team: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(30):
        live(lived, team(f"Acme/Many/Team {number}"), *range(10), people=12)
    with django_assert_num_queries(10):
        forecast(lived, now=now)


def test_the_record_needs_a_finished_ban_and_the_simulated_one_does_not(db: None, now: datetime) -> None:
    with pytest.raises(CommandError, match="--simulated"):
        call_command("backtest")
    with pytest.raises(CommandError, match="between 2 and 1000"):
        call_command("backtest", simulated=1)
    out = StringIO()
    call_command("backtest", simulated=30, seed=4, stdout=out)
    assert "simulated bans: kept" in out.getvalue()
    assert Backtest.objects.get().over == "simulated"


def test_a_closed_ban_with_its_days_enters_the_record(lived: Any, owner: Any, now: datetime) -> None:
    live(lived, None, *range(42, 80, 2), first=MONDAY + timedelta(days=10))
    lived.close(by=owner, now=lived.cutoff_at + timedelta(days=1))
    found = backtests.look_back(now=now + timedelta(days=60))
    assert found is not None
    assert found.bans == 1
    assert found.cases >= 2


def test_a_ban_in_force_alone_is_forecast_by_the_command(draft: Any, lived: Any) -> None:
    with pytest.raises(CommandError, match="no published ban 999"):
        call_command("forecast", "999")
    out = StringIO()
    call_command("forecast", str(lived.pk), stdout=out)
    made = Forecast.objects.latest_of(lived)
    assert made is not None
    assert f"Forecast ban {lived.pk} as of {made.day}." in out.getvalue()
    promised = f"With 85 % confidence at least {made.by_cutoff[1]} of {made.people_then} people are done by the cutoff"
    assert promised in out.getvalue()
    again = StringIO()
    call_command("forecast", stdout=again)
    assert "No ban in force has a new day to forecast from." in again.getvalue()
