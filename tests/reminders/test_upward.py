"""Who above is told of whom: the statement against a plain walk up the line, over organisations of every shape."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migration_planner.people.models import User
from migration_planner.planning import publishing
from migration_planner.planning.models import Ban
from migration_planner.reminders import escalating
from migration_planner.reminders.escalating import Levels
from migration_planner.reminders.statements import rows
from migration_planner.reminders.upward import EVERYBODY, OWING, REPORTS, SOME

SIZE, GRACES = 9, (1, 1, 2)
#: The days of the levels in Shanghai, after Monday, 30 November 2026.
DAYS = {1: date(2026, 12, 1), 2: date(2026, 12, 2), 3: date(2026, 12, 4)}


class Worker(NamedTuple):
    """Somebody of an organisation; `manager` is a place in it, their own included, `away` a level on whose day they are."""

    manager: int | None
    is_active: bool
    is_reachable: bool
    away: int | None
    is_done: bool


WORKERS = st.builds(
    Worker,
    manager=st.none() | st.integers(0, SIZE - 1),
    is_active=st.sampled_from([True] * 5 + [False]),
    is_reachable=st.sampled_from([True] * 5 + [False]),
    away=st.sampled_from([None, None, None, 1, 2, 3]),
    is_done=st.booleans(),
)


def expected(company: list[Worker]) -> set[tuple[int, int, int]]:
    """(reader, level, report): walk up from each person who owes, and see who hears."""
    found = set()
    for report, worker in enumerate(company):
        if worker.is_done or not worker.is_active:
            continue
        line, place = [], worker.manager
        while place is not None and place != report and place not in line:
            line.append(place)
            place = company[place].manager
        known = [each for each in line if company[each].is_active and company[each].is_reachable]
        for level in DAYS:
            heard = next((each for each in known[level - 1 :] if company[each].away != level), None)
            if heard is not None:
                found.add((heard, level, report))
    return found


@pytest.fixture
def people(draft: Ban, person: Any, search: Any, owner: Any, now: datetime) -> list[User]:
    made = [person(f"p{place}", home=search, zone="Asia/Shanghai") for place in range(SIZE)]
    publishing.publish(draft, by=owner, now=now)
    return made


def arrange(people: list[User], company: list[Worker], ban: Ban) -> None:
    for user, worker in zip(people, company, strict=True):
        day = DAYS.get(worker.away or 0)
        User.objects.filter(pk=user.pk).update(
            line_manager=None if worker.manager is None else people[worker.manager],
            is_active=worker.is_active,
            address_refused_at=None if worker.is_reachable else datetime(2026, 1, 1, tzinfo=UTC),
            leave_from=day,
            leave_until=day,
        )
        done = datetime(2026, 11, 9, tzinfo=UTC) if worker.is_done else None
        state = "done" if worker.is_done else "not_started"
        ban.checklists.filter(person=user).update(state=state, done_at=done)


@settings(max_examples=60, deadline=timedelta(seconds=2), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(company=st.lists(WORKERS, min_size=SIZE, max_size=SIZE))
def test_whoever_is_there_hears_of_everybody_below_who_is_late_and_nobody_else_does(
    draft: Ban, people: list[User], company: list[Worker]
) -> None:
    arrange(people, company, draft)
    known = escalating.parameters([(draft.pk, Levels(Levels.of(draft).window, GRACES))])
    places = {user.pk: place for place, user in enumerate(people)}
    found = {
        (places[told], int(role[-1]), places[about])
        for told, _ban, role, _since, _under, about in rows(REPORTS.format(readers=EVERYBODY, owing=OWING), **known)
        if told in places
    }
    there = {
        row for row in found if _hears(company[row[0]], row[1])
    }  # who is away or cannot be reached is told why, not whom
    assert there == expected(company)
    for told, level, about in sorted(there)[:3]:
        role = f"unfinished/manager-{level}"
        asked = {"told": [people[told].pk], "bans": [draft.pk], "roles": [role], "sinces": [draft.cutoff_at]}
        alone = {row[-1] for row in rows(REPORTS.format(readers=SOME, owing=OWING), **known, **asked)}
        assert people[about].pk in alone


def _hears(reader: Worker, level: int) -> bool:
    return reader.is_active and reader.is_reachable and reader.away != level
