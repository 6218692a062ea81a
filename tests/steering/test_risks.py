"""The teams that decide a ban, and why."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.planning import audience
from migration_planner.planning.models import Mark
from migration_planner.steering.models import Forecast
from migration_planner.steering.risks import Why, at_risk
from tests.waivers import grant


@pytest.fixture
def crew(ban: Any, search: Any, person: Any, now: datetime) -> list[Any]:
    """Four more people in the team Search, counted and expected to be late."""
    people = [person(f"crew{number}", home=search) for number in range(4)]
    audience.follow(ban, now=now)
    ban.migrations.get(team=search).refresh_from_db()
    expect(ban, search, short=5, people=6, now=now)
    return people


def expect(ban: Any, team: Any, *, short: int, people: int, now: datetime) -> None:
    own = ban.migrations.get(team=team).people
    late: dict[str, Any] = {"mostly_own": own * 2 >= people}
    late |= {"people": people, "done": 0, "people_then": people, "short": short, "by_cutoff": [0, 0, 0]}
    Forecast.objects.create(ban=ban, team=team, day=now.date(), made_at=now, all_by=[None] * 3, **late)


def whys(ban: Any, *, now: datetime) -> list[Why]:
    return [reason.why for reason in at_risk(ban, now=now)[0].reasons]


def test_a_team_where_nobody_has_started_at_half_time_is_told_so(ban: Any, crew: list[Any], now: datetime) -> None:
    assert Why.NOBODY_STARTED not in whys(ban, now=now + timedelta(days=2))
    assert Why.NOBODY_STARTED in whys(ban, now=ban.cutoff_at - timedelta(days=2))


def test_a_team_that_stood_still_for_a_week_is_told_for_how_long(
    ban: Any, crew: list[Any], employee: Any, now: datetime
) -> None:
    ban.checklists.get(person=employee).mark(ban.steps.per_person()[0], Mark.State.DONE, by=employee, now=now)
    assert Why.QUIET not in whys(ban, now=now + timedelta(days=3))
    [quiet] = [r for r in at_risk(ban, now=now + timedelta(days=8))[0].reasons if r.why == Why.QUIET]
    assert quiet.facts == {"days": 6}


def test_the_step_at_which_most_of_those_who_have_begun_stand_is_named_and_not_the_last_that_all_of_them_lack(
    ban: Any, crew: list[Any], now: datetime
) -> None:
    first, then = ban.steps.per_person().live().filter(required=True)[:2]
    then.title = "Move the servers"
    then.save(update_fields=["title"])
    last = ban.steps.create(key="look-back", title="Look back", position=90, required=True, per="person")
    for person in crew:
        ban.checklists.get(person=person).mark(first, Mark.State.DONE, by=person, now=now)
    [same] = [r for r in at_risk(ban, now=now)[0].reasons if r.why == Why.SAME_STEP]
    assert same.facts == {"people": 4, "of": 4, "title": "Move the servers"}
    ban.checklists.get(person=crew[0]).mark(then, Mark.State.DONE, by=crew[0], now=now)
    [same] = [r for r in at_risk(ban, now=now)[0].reasons if r.why == Why.SAME_STEP]
    assert (same.facts["people"], last.title) == (3, "Look back")


def test_a_waiver_that_ends_within_three_days_is_a_reason(ban: Any, crew: list[Any], owner: Any, now: datetime) -> None:
    waiver = grant(ban.checklists.get(person=crew[0]), by=owner, now=now)
    assert Why.WAIVER_ENDS not in whys(ban, now=waiver.until_at - timedelta(days=4))
    [ends] = [r for r in at_risk(ban, now=waiver.until_at - timedelta(days=2))[0].reasons if r.why == Why.WAIVER_ENDS]
    assert ends.facts == {"people": 1, "days": 3}


def test_blocked_people_and_a_missing_lead_are_reasons(
    ban: Any, crew: list[Any], lead: Any, search: Any, now: datetime
) -> None:
    step = ban.steps.per_person()[0]
    for person in crew[:2]:
        ban.checklists.get(person=person).mark(step, Mark.State.BLOCKED, by=person, now=now, note="No licence")
    lead.memberships.filter(team=search).update(role="member")
    assert {Why.BLOCKED, Why.NO_LEAD} <= set(whys(ban, now=now))


def test_a_team_without_any_of_these_is_too_slow(ban: Any, crew: list[Any], now: datetime) -> None:
    assert whys(ban, now=now) == [Why.TOO_SLOW]


def test_the_latest_come_first_and_a_team_above_does_not_repeat_those_below_it(
    ban: Any, crew: list[Any], acme: Any, sales: Any, person: Any, now: datetime
) -> None:
    person("sam", home=sales)
    audience.follow(ban, now=now)
    expect(ban, sales, short=1, people=1, now=now)
    expect(ban, acme, short=6, people=9, now=now)
    assert [risk.migration.team.name for risk in at_risk(ban, now=now)] == ["Search", "Sales"]


def test_many_teams_cost_three_queries(
    ban: Any, crew: list[Any], team: Any, person: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(8):
        person(f"other{number}", home=team(f"Acme/Other {number}"))
    audience.follow(ban, now=now)
    for number in range(8):
        expect(ban, team(f"Acme/Other {number}"), short=1, people=1, now=now)
    with django_assert_num_queries(3):
        assert len(at_risk(ban, now=now)) == 9


def test_whoever_is_waived_is_not_among_the_unfinished_of_a_team(
    ban: Any, crew: list[Any], owner: Any, search: Any, now: datetime
) -> None:
    step = ban.steps.per_person()[0]
    ban.checklists.get(person=crew[0]).mark(step, Mark.State.BLOCKED, by=crew[0], now=now, note="No licence")
    for person in crew[1:4]:
        grant(ban.checklists.get(person=person), by=owner, now=now)
    [blocked] = [r for r in at_risk(ban, now=now)[0].reasons if r.why == Why.BLOCKED]
    row = ban.migrations.get(team=search)
    assert blocked.facts == {"people": 1, "of": row.not_started + row.started + row.blocked} == {"people": 1, "of": 3}
