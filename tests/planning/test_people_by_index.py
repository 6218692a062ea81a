"""The people of a ban, page by page: as cheap in a large company as in a small one, because each order is that of an index."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migration_planner.lib.paging import Page, keyset
from migration_planner.lib.statements import rows as rows_of
from migration_planner.lib.statements import run
from migration_planner.people.models import User
from migration_planner.planning import audience
from migration_planner.planning.models import Checklist
from migration_planner.planning.models.checklists import NEEDIEST_FIRST, ChecklistQuerySet
from migration_planner.web.people import ORDERS

#: Enough for the planner to take an index where there is a fitting one, and not enough to wait for.
PEOPLE = 3_000
INDEXES = {"need": "people_by_need", "name": "people_by_name", "activity": "people_by_activity"}


@pytest.fixture
def crowd(ban: Any, checklist: Any) -> Any:
    """A ban over many people, one in fifty of them blocked, most of them begun, and each with an activity of their own."""
    run(
        "INSERT INTO people_user (password, email, name, zone, language, roster_zone, roster_language, site, reminder_hour,"
        " is_active, is_owner, is_auditor, is_administrator, joined_at)"
        " SELECT '', 'n' || n || '@acme.example', 'N ' || (n * 7919) %% %(people)s, 'UTC', 'en', '', '', '', 9,"
        " true, false, false, false, now() FROM generate_series(1, %(people)s) AS n",
        people=PEOPLE,
    )
    run(
        "INSERT INTO planning_checklist (ban_id, person_id, migration_id, state, finished_steps, blocked_steps, created_at,"
        " stopped_why, last_activity_at)"
        " SELECT migration.ban_id, person.id, migration.id, CASE WHEN person.id %% 50 = 0 THEN 'blocked' WHEN person.id %% 3 = 0"
        " THEN 'not_started' ELSE 'started' END, 0, 0, now(), '', now() - person.id * interval '1 minute'"
        " FROM people_user AS person, planning_migration AS migration"
        " WHERE migration.id = %(team)s AND person.name LIKE 'N %%'",
        team=checklist.migration_id,
    )
    run("ANALYZE planning_checklist, people_user")
    return ban


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def page_of(
    rows: ChecklistQuerySet, sort: str, cursor: str | None = None
) -> tuple[Page[Checklist], list[dict[str, Any]]]:
    """A page of the list, and every node of the plan by which it was found."""
    shown = rows.with_order_keys().select_related("person", "migration")
    with CaptureQueriesContext(connection) as asked:
        page = keyset(shown, ORDERS[sort], cursor, size=25)
    [[(plan,)]] = [rows_of(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}".replace("%", "%%")) for query in asked]
    return page, nodes(plan[0]["Plan"])


def assert_it_is_a_range_of(index: str, plan: list[dict[str, Any]]) -> None:
    """It begins where the page begins, reads little more than the page, and sorts nothing."""
    kinds = {node["Node Type"] for node in plan}
    assert not any("Sort" in kind for kind in kinds), kinds
    [scan] = [node for node in plan if node.get("Relation Name") == "planning_checklist"]
    assert scan["Index Name"] == index
    assert scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) <= 40


@pytest.mark.parametrize("sort", ORDERS)
def test_every_page_of_the_people_of_a_ban_is_a_range_of_an_index(crowd: Any, sort: str) -> None:
    rows, cursor, seen = crowd.checklists.counted(), None, []
    for _page in range(4):
        page, plan = page_of(rows, sort, cursor)
        assert_it_is_a_range_of(INDEXES[sort], plan)
        seen += [row.pk for row in page.rows]
        cursor = page.after
    far = keyset(rows.with_order_keys(), ORDERS[sort], size=PEOPLE // 2).after
    page, plan = page_of(rows, sort, far)
    assert_it_is_a_range_of(INDEXES[sort], plan)
    back, plan = page_of(rows, sort, page.before)
    assert_it_is_a_range_of(INDEXES[sort], plan)
    wanted = list(rows.with_order_keys().order_by(*ORDERS[sort]).values_list("pk", flat=True))
    assert seen == wanted[:100]
    assert [row.pk for row in [*back.rows, *page.rows]] == wanted[PEOPLE // 2 - 25 : PEOPLE // 2 + 25]


@pytest.mark.parametrize("sort", ["need", "name"])
def test_so_is_every_page_of_those_in_one_state(crowd: Any, sort: str) -> None:
    for state in ("blocked", "started"):
        page, plan = page_of(crowd.checklists.counted().in_state(state), sort)
        assert {row.state for row in page.rows} == {state}
        assert_it_is_a_range_of("people_by_need", plan)


def test_the_neediest_come_first(crowd: Any) -> None:
    assert {*NEEDIEST_FIRST, "stopped"} == set(Checklist.State.values)
    states = [row.state for row in crowd.checklists.counted().with_order_keys().order_by(*ORDERS["need"])]
    assert states == sorted(states, key=NEEDIEST_FIRST.index)


def test_a_checklist_has_the_name_of_its_person_whoever_writes_either(
    ban: Any, checklist: Any, employee: Any, outsider: Any, person: Any, search: Any, now: datetime
) -> None:
    def name(of: Any) -> str:
        return str(ban.checklists.values_list("person_name", flat=True).get(person=of))

    assert name(employee) == "Eve"
    employee.name = "Eve Moor"
    employee.save(update_fields=["name"])
    assert name(employee) == "Eve Moor"
    joiner = person("joe", home=search)
    audience.follow(ban, now=now)
    assert name(joiner) == "Joe"
    Checklist.objects.create(ban=ban, person=outsider, migration=checklist.migration, created_at=now)
    assert name(outsider) == "Otto"
    User.objects.filter(pk=outsider.pk).update(name="")
    assert name(outsider) == ""
