"""Where the work is: against a count by hand."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from migration_planner.planning import audience, heat, standing
from migration_planner.planning.models import Evidence, Mark, Step


@pytest.fixture
def worked(ban: Any, sales: Any, person: Any, now: datetime) -> Any:
    """Two workflows: one of two steps for people and one per team, one of a single step that scans verify."""
    hooks, tidy = (
        ban.workflows.create(key=key, position=at, title=key.title(), compatibility="full")
        for at, key in enumerate(("hooks", "tidy"))
    )
    ban.steps.filter(key__in=["export", "install", "announce"]).update(workflow=hooks)
    ban.steps.filter(key="uninstall").update(workflow=tidy, scan="clean")
    for number in range(3):
        person(f"sam{number}", home=sales)
    audience.follow(ban, now=now)
    return ban


def by_hand(ban: Any, path: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Open and blocked by (team right below `path`, workflow), one person and one step at a time."""
    count: Counter[tuple[str, str, str]] = Counter()
    steps = list(ban.steps.live().filter(required=True, workflow__isnull=False).select_related("workflow"))
    for checklist in ban.checklists.asked().below(path).select_related("migration"):
        stands = standing.of_checklists([checklist.pk])[checklist.pk]
        for step in (step for step in steps if step.per == Step.Per.PERSON):
            state, finished = stands.get(step.pk, ("open", False))
            add(count, path, checklist.migration.path, step, state, finished)
    for migration in ban.migrations.below(path).filter(people__gt=0):
        for step in (step for step in steps if step.per == Step.Per.TEAM):
            mark = migration.marks.filter(step=step).first()
            state = mark.state if mark else "open"
            add(count, path, migration.path, step, state, state in ("done", "not_applicable"))
    keys = {key[:2] for key in count}
    return {key: (count[*key, "open"], count[*key, "blocked"]) for key in keys}


def add(count: Any, path: str, of: str, step: Any, state: str, finished: bool) -> None:
    below = of.removeprefix(path).strip("/").partition("/")[0]
    count[below, step.workflow.title, "open"] += not finished
    count[below, step.workflow.title, "blocked"] += state == "blocked"


def found(ban: Any, path: str) -> dict[tuple[str, str], tuple[int, int]]:
    seen = heat.of_team(ban, path)
    return {
        ("" if row.is_own else row.name, workflow.title): (cell.open, cell.blocked)
        for row in seen.rows
        for workflow, cell in zip(seen.workflows, row.cells, strict=True)
    }


def test_every_cell_equals_a_count_by_hand(
    worked: Any, employee: Any, lead: Any, owner: Any, search: Any, sales: Any, now: datetime
) -> None:
    steps = {step.key: step for step in worked.steps.all()}
    eve, lee, sam = (worked.checklists.get(person=each) for each in (employee, lead, sales.memberships.first().user))
    eve.mark(steps["export"], Mark.State.BLOCKED, by=employee, now=now, note="No licence")
    lee.mark(steps["export"], Mark.State.DONE, by=lead, now=now)
    for key in ("export", "install", "uninstall"):
        sam.mark(steps[key], Mark.State.DONE, by=sam.person, now=now)
    team = worked.migrations.get(team=search)
    team.mark(steps["announce"], Mark.State.DONE, by=lead, now=now)
    assert found(worked, "Acme") == by_hand(worked, "Acme")
    assert found(worked, "Acme")["Engineering", "Hooks"] == (3, 1)
    assert found(worked, "Acme/Engineering") == by_hand(worked, "Acme/Engineering")


def test_evidence_of_a_scan_counts_for_those_who_marked_nothing(
    worked: Any, search: Any, lead: Any, now: datetime
) -> None:
    team, step = worked.migrations.get(team=search), worked.steps.get(key="uninstall")
    before = found(worked, "Acme")["Engineering", "Tidy"]
    Evidence.objects.create(migration=team, step=step, verdict="clean", since=now)
    after = heat.of_team(worked, "Acme")
    assert before == (2, 0)
    assert [row.total for row in after.rows if row.name == "Engineering"] == [heat.Cell(5, 0, 7)]
    assert found(worked, "Acme").get(("Engineering", "Tidy")) == (0, 0)


def test_shades_go_from_nothing_to_do_up_to_nothing_done() -> None:
    assert [heat.Cell(left, 0, 8).shade for left in (0, 1, 2, 3, 8)] == [0, 1, 1, 2, 4]
    assert heat.Cell().shade == 0


def test_many_teams_cost_the_same_queries(
    worked: Any, team: Any, person: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        person(f"p{number}", home=team(f"Acme/Team {number}"))
    audience.follow(worked, now=now)
    with django_assert_num_queries(3):
        heat.of_team(worked, "Acme")
