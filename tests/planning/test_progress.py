from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from migration_planner.planning import progress, publishing
from migration_planner.planning.counting import keep_day
from migration_planner.planning.models import Mark
from migration_planner.planning.progress import Figures


def finish(checklist: Any, now: datetime) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=now)


def test_the_overview_sums_the_teams_below_and_the_teams_own_people(ban: Any, checklist: Any, now: datetime) -> None:
    finish(checklist, now)
    overview = progress.of_audience(ban)
    assert overview.total == Figures(people=3, done=1)
    assert overview.own is not None
    assert overview.own.figures == Figures(people=1)
    assert sum((row.figures for row in overview.rows), overview.own.figures) == overview.total
    rows = {row.path: row.figures for row in overview.rows}
    assert rows == {"Acme/Engineering": Figures(people=2, done=1)}
    assert progress.of_team(ban, "Acme/Engineering").rows[0].has_lead is True


def test_team_steps_are_owed_only_where_somebody_is_counted(ban: Any) -> None:
    overview = progress.of_audience(ban)
    assert (overview.team_steps_asked, overview.team_steps_done) == (2, 0)
    assert overview.teams == 3


def test_an_audience_of_several_teams_has_a_row_for_each_with_people(
    draft: Any,
    search: Any,
    sales: Any,
    team: Callable[[str], Any],
    person: Callable[..., Any],
    owner: Any,
    now: datetime,
) -> None:
    person("sam", home=sales)
    draft.audience_teams.all().delete()
    for chosen in (search, sales, team("Acme/Nobody")):
        draft.audience_teams.create(team=chosen)
    publishing.publish(draft, by=owner, now=now)
    assert [(row.path, row.figures.people) for row in progress.of_audience(draft).rows] == [
        ("Acme/Engineering/Search", 2),
        ("Acme/Sales", 1),
    ]


def test_a_name_that_begins_like_another_is_not_counted_with_it(
    draft: Any, team: Callable[[str], Any], person: Callable[..., Any], owner: Any, now: datetime
) -> None:
    for path in ("Acme/Sales", "Acme/Sales-East", "Acme/Sales.Old"):
        person(f"p{len(path)}", home=team(path))
    publishing.publish(draft, by=owner, now=now)
    assert progress.of_team(draft, "Acme/Sales").total.people == 1


def test_a_day_is_kept_for_every_team_and_for_the_whole_audience(ban: Any, checklist: Any, now: datetime) -> None:
    finish(checklist, now)
    keep_day(ban, now.date())
    keep_day(ban, now.date())
    (whole,) = progress.burn_up(ban, None)
    assert (whole.day, whole.people, whole.done) == (date(2026, 11, 2), 3, 1)
    engineering = ban.migrations.get(path="Acme/Engineering").team_id
    assert [(day.people, day.done) for day in progress.burn_up(ban, engineering)] == [(2, 1)]


def test_percent_is_100_only_when_everybody_is_done() -> None:
    assert Figures(people=1000, done=999).percent == 99
    assert Figures().percent == 0


def test_the_overview_takes_two_queries(ban: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        progress.of_team(ban, "Acme")
