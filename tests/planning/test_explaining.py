"""The difference to last week, against a count by hand."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from migration_planner.planning import audience, counting, deciding, explaining
from migration_planner.planning.models import Evidence, Mark
from migration_planner.web import differences
from tests.waivers import grant


@pytest.fixture
def crew(ban: Any, search: Any, person: Callable[..., Any], now: datetime) -> list[Any]:
    """Six more people, each with the checklist of `ban`."""
    people = [person(f"crew{number}", home=search) for number in range(6)]
    audience.follow(ban, now=now)
    return [ban.checklists.get(person=each) for each in people]


def finish(checklist: Any, *, now: datetime) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=now)


def test_every_part_is_what_happened_and_the_parts_add_up(
    ban: Any, crew: list[Any], owner: Any, search: Any, person: Callable[..., Any], now: datetime
) -> None:
    later = now + timedelta(days=8)
    stays, undone, leaves, scanned, waived, late = crew
    for each in (stays, undone, leaves, scanned):
        finish(each, now=now)
    ended = grant(waived, by=owner, now=now)
    counting.keep_day(ban, now.date())
    finish(late, now=later)
    undone.mark(undone.steps()[0], Mark.State.OPEN, by=undone.person, now=later)
    deciding.revoke(ended, by=owner, now=later, words="A leak.")
    type(owner).objects.filter(pk=leaves.person_id).update(is_active=False)
    for number in range(2):
        person(f"new{number}", home=search)
    audience.follow(ban, now=later)
    found = explaining.last_week(ban, now=later)
    assert found is not None
    assert (found.since, found.joined, found.left) == (now.date(), 2, 1)
    assert (found.finished, found.undone, found.reopened_by_scan) == (1, 2, 0)
    assert (found.granted, found.waivers_ended, found.waived_otherwise) == (0, 1, 0)
    assert "2 joined" in differences.sentence(found)
    adds_up(ban, found)
    Evidence.objects.create(
        migration=scanned.migration, step=scanned.steps()[0], verdict="regressed", since=later, found_at=later
    )
    counting.recount(ban)
    after = explaining.last_week(ban, now=later)
    assert after is not None
    assert after.reopened_by_scan >= 1
    adds_up(ban, after)


def adds_up(ban: Any, found: explaining.Difference) -> None:
    """Each balance, its end counted one checklist at a time, its beginning read off the kept day."""
    states = [each.state for each in ban.checklists.all() if each.state != "stopped"]
    day = ban.progress_days.get(team__isnull=True, day=found.since)
    assert day.people + found.joined - found.left == len(states) == found.people_now
    assert day.done + found.finished - found.reopened_by_scan - found.undone == states.count("done") == found.done_now
    gone = found.waivers_ended + found.waived_finished + found.waived_otherwise
    assert day.waived + found.granted - gone == states.count("waived") == found.waived_now


def test_a_young_ban_is_compared_with_its_first_day_and_a_new_one_with_nothing(ban: Any, now: datetime) -> None:
    assert explaining.last_week(ban, now=now) is None
    for day in (now.date(), now.date() + timedelta(days=1)):
        counting.keep_day(ban, day)
    found = explaining.last_week(ban, now=now + timedelta(days=3))
    assert found is not None
    assert found.since == date(2026, 11, 2)
    assert found.is_quiet


def test_people_of_whom_nothing_is_known_any_more_make_the_balance_net(ban: Any, now: datetime) -> None:
    found = explaining.Difference(date(2026, 11, 2), 10, 11, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0)
    assert (found.left, found.undone) == (-1, -1)
    assert differences.sentence(found) == "1 came back finished, 1 came back."
