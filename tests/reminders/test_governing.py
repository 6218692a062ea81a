"""How fast mail may go: token buckets in the database."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from migration_planner.reminders import governing
from migration_planner.reminders.governing import Limits, grant
from migration_planner.reminders.models import Allowance
from migration_planner.reminders.statements import run

MANY = {"acme.example": 1_000}


def let_pass(seconds: float) -> None:
    """Move the buckets into the past, which is the same as the clock moving on."""
    run("UPDATE reminders_allowance SET at = at - make_interval(secs => %(seconds)s)", seconds=seconds)


def granted_over(seconds: int, limits: Limits, *, every: float) -> tuple[int, float]:
    """Mails granted while `seconds` pass in steps, and how long that was in all, our own work included."""
    began, granted = time.monotonic(), 0
    for _ in range(int(seconds / every)):
        granted += sum(grant(MANY, limits).values())
        let_pass(every)
    return granted, seconds + time.monotonic() - began


@pytest.mark.parametrize(("per_minute", "every"), [(30, 1.0), (30_000, 0.25)], ids=["30 a minute", "500 a second"])
def test_ten_minutes_stay_within_two_per_cent_of_the_limit(db: None, per_minute: int, every: float) -> None:
    granted, seconds = granted_over(600, Limits(account=per_minute), every=every)
    assert granted == pytest.approx(per_minute * seconds / 60, rel=0.02)


def test_no_domain_gets_more_than_its_own_limit_and_the_others_go_on(db: None) -> None:
    limits = Limits(domains={"slow.example": 60, "*": 600})
    wanted = {"slow.example": 50, "quick.example": 50}
    assert grant(wanted, limits) == {"slow.example": 1, "quick.example": 5}
    let_pass(0.5)
    assert grant(wanted, limits) == {"slow.example": 0, "quick.example": 5}
    assert governing.exhausted(limits) == ["quick.example", "slow.example"]


def test_an_account_without_a_limit_lets_everything_go_and_keeps_no_bucket(db: None) -> None:
    assert grant(MANY, Limits()) == MANY
    assert not Allowance.objects.exists()


def test_a_quiet_hour_is_not_saved_up(db: None) -> None:
    limits = Limits(account=60)
    grant(MANY, limits)
    let_pass(3600)
    assert grant(MANY, limits) == {"acme.example": 1}


def test_a_clock_that_jumps_back_neither_grants_nor_breaks_anything(db: None) -> None:
    limits = Limits(account=60)
    grant(MANY, limits)
    let_pass(-3600)
    assert grant(MANY, limits) == {"acme.example": 0}


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_never_spend_the_same_token() -> None:
    limits = Limits(account=6_000)  # fifty may go at once

    def spend(_: int) -> int:
        try:
            with transaction.atomic():
                return sum(grant({"acme.example": 30}, limits).values())
        finally:
            connection.close()

    with transaction.atomic():
        grant({"acme.example": 0}, limits)
    began: Any = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        granted = sum(pool.map(spend, range(8)))
    assert granted <= 50 + 100 * (time.monotonic() - began) + 1
    assert granted >= 50
