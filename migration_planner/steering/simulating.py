"""Courses of bans that never were, for judging forecasts before a company has finished bans of its own. Seeded.

Each has a length, a number of people and a temper of its own: people finish along an S-curve with a rush before the cutoff,
hardly on weekends, more on some days than on others; some never do; some bans stand still for days because a step is blocked;
people join and leave. What is made here knows nothing of how forecasts are made.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from migration_planner.steering.throughput import Course, Day, Numbers

FIRST = date(2024, 1, 8)
#: For how long a course goes on after its cutoff, in days.
AFTER = 21


def courses(count: int, *, seed: int) -> Iterator[Course]:
    """So many finished bans, one a week after the other."""
    chance = np.random.default_rng(seed)
    for number in range(count):
        yield course(FIRST + timedelta(weeks=number), chance)


def course(first: date, chance: Generator) -> Course:
    """One ban published on `first`, to three weeks after its cutoff."""
    window = int(chance.choice([7, 14, 21, 28, 42, 60, 90]))
    days = [first + timedelta(days=number) for number in range(window + AFTER)]
    people = int(np.exp(chance.uniform(np.log(60), np.log(20000))))
    rates = _rates(np.array([day.weekday() for day in days]), window, chance)
    return Course.of(list(_lived(days, people, rates, chance)), first + timedelta(days=window - 1))


def _rates(weekdays: Numbers, window: int, chance: Generator) -> Numbers:
    """The share of the open people who finish on each day."""
    at = np.arange(len(weekdays)) / window
    begun = 1 / (1 + np.exp(-(at - chance.uniform(0.1, 0.6)) / chance.uniform(0.05, 0.2)))
    rush = chance.uniform(0, 4) * np.exp(-np.abs(1 - at) / chance.uniform(0.05, 0.15))
    level = chance.uniform(0.8, 3.5) / window
    noise = chance.gamma(6, 1 / 6, len(weekdays))
    rates = level * (begun + rush) * noise * np.where(weekdays >= 5, 0.08, 1.0)
    return np.minimum(rates * _standstill(len(weekdays), chance), 0.9)


def _standstill(days: int, chance: Generator) -> Numbers:
    """One in five bans is held up for some days by a step that nobody can do."""
    going = np.ones(days)
    if chance.random() < 0.2:
        start = int(chance.integers(0, days))
        going[start : start + int(chance.integers(2, 6))] = 0.15
    return going


def _lived(days: list[date], people: int, rates: Numbers, chance: Generator) -> Iterator[Day]:
    stays_away = chance.beta(1.5, 20)
    joins, leaves = chance.uniform(0, 0.002), chance.uniform(0, 0.0015)
    willing, done, unwilling = round(people * (1 - stays_away)), 0, round(people * stays_away)
    for day, rate in zip(days, rates, strict=True):
        finishing = int(chance.binomial(willing, rate))
        willing, done = willing - finishing, done + finishing
        willing += int(chance.poisson(joins * people))
        willing -= int(chance.binomial(willing, leaves))
        done -= int(chance.binomial(done, leaves))
        yield Day(day, willing + done + unwilling, done)
