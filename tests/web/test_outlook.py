"""The page that says whether a ban will make its cutoff."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.planning.models import ProgressDay
from migration_planner.steering.forecasting import forecast
from migration_planner.steering.models import Backtest


@pytest.fixture
def page(client: Any, owner: Any, ban: Any) -> Any:
    client.force_login(owner)
    return lambda: client.get(reverse("ban-forecast", args=[ban.pk])).content.decode()


def live(ban: Any, teams: list[Any], done: list[int], *, until: date) -> None:
    first = until - timedelta(days=len(done) - 1)
    ProgressDay.objects.bulk_create(
        ProgressDay(ban=ban, team=team, day=first + timedelta(days=n), people=100, started=0, blocked=0, done=each)
        for team in teams
        for n, each in enumerate(done)
    )


def test_before_the_first_day_is_over_it_says_when_the_first_forecast_comes(page: Any) -> None:
    assert "after the first full day" in page()


def test_too_little_is_said_to_be_too_little(page: Any, ban: Any, now: datetime) -> None:
    live(ban, [None], [0, 2], until=now.date())
    forecast(ban, now=now)
    assert "too early to say" in page()


def test_a_promise_stands_in_words_and_in_a_table_with_its_record(
    page: Any, ban: Any, acme: Any, search: Any, now: datetime
) -> None:
    days = [0, 4, 9, 13, 17, 22, 22, 22, 27, 31]
    live(ban, [None, acme, search], days, until=(ban.cutoff_at - timedelta(days=12)).date())
    ban.migrations.filter(team=search).update(people=100, done=31)
    forecast(ban, now=now)
    Backtest.objects.create(
        over="simulated", made_at=now, bans=40, cases=120, held=[0.5, 0.86, 0.95],
        error=0.1, error_of_line=0.16, error_of_pace=0.13,
    )  # fmt: skip
    text = page()
    assert "With 85 % confidence at least" in text
    assert "of 100 people" in text
    assert "came true in 86 % of them" in text
    assert "missed by 10 points" in text
    assert "Search" in text


def test_a_draft_and_an_ended_ban_have_none(page: Any, ban: Any, owner: Any, now: datetime) -> None:
    ban.close(by=owner, now=now)
    assert "Only a ban in force has a forecast" in page()


def test_the_page_costs_the_same_for_many_teams(
    client: Any, owner: Any, ban: Any, team: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    teams = [None, *(team(f"Acme/Team {number}") for number in range(12))]
    live(ban, teams, [0, 4, 9, 13, 17, 22, 22, 22, 27, 31], until=now.date())
    forecast(ban, now=now)
    client.force_login(owner)
    with django_assert_max_num_queries(12):
        client.get(reverse("ban-forecast", args=[ban.pk]))
