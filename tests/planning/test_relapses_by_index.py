"""The relapse watch, page by page: it costs what it shows, however many people the ban is about."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migration_planner.lib.paging import Page, keyset
from migration_planner.lib.statements import rows as rows_of
from migration_planner.lib.statements import run
from migration_planner.planning import contradicting, relapses
from migration_planner.planning.models import Ban, Checklist
from tests.planning.test_people_by_index import PEOPLE, crowd, nodes

__all__ = ["crowd"]  # the fixture

#: All of them still use the old tool on the day of the cutoff; one in ten does after it.
CUTOFF, LATER, NOW = date(2026, 11, 30), date(2026, 12, 2), datetime(2026, 12, 3, 9, tzinfo=UTC)


@pytest.fixture
def used(crowd: Ban) -> Ban:
    run(
        "INSERT INTO planning_use (person_id, tool_id, last_day) SELECT person_id, %(tool)s,"
        " CASE WHEN person_id %% 10 = 0 THEN %(later)s ELSE %(cutoff)s END::date FROM planning_checklist WHERE ban_id = %(ban)s",
        tool=crowd.tool_id,
        later=LATER,
        cutoff=CUTOFF,
        ban=crowd.pk,
    )
    run("ANALYZE planning_use")
    return crowd


def page_of(ban: Ban, cursor: str | None = None, now: datetime = NOW) -> tuple[Page[Checklist], list[dict[str, Any]]]:
    rows = relapses.standing(ban, now=now).select_related("person", "migration")
    with CaptureQueriesContext(connection) as asked:
        page = keyset(rows, relapses.LATEST, cursor, size=25)
    [[(plan,)]] = [rows_of(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}".replace("%", "%%")) for query in asked]
    return page, nodes(plan[0]["Plan"])


def test_a_page_of_relapses_reads_the_newest_uses_and_nobody_elses_checklist(used: Ban) -> None:
    seen, cursor = [], None
    for _page in range(3):
        page, plan = page_of(used, cursor)
        assert not any("Sort" in node["Node Type"] for node in plan)
        [scan] = [node for node in plan if node.get("Relation Name") == "planning_use"]
        assert scan["Index Name"] == "last_uses_of_a_tool"
        assert scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) <= 40
        seen += [row.person_id for row in page.rows]
        cursor = page.after
    wanted = used.checklists.filter(person__uses__last_day=LATER).order_by("-person_id")
    assert wanted.count() >= PEOPLE // 10
    assert seen == list(wanted.values_list("person_id", flat=True)[:75])


def test_the_page_before_is_found_again(used: Ban) -> None:
    first, _plan = page_of(used)
    second, _plan = page_of(used, first.after)
    back, _plan = page_of(used, second.before)
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]


def test_before_the_cutoff_those_who_use_it_rightly_are_not_looked_at(used: Ban) -> None:
    run("UPDATE planning_use SET last_day = '2026-11-20'")
    run("UPDATE planning_checklist SET state = 'done', done_at = '2026-11-10T10:00Z' WHERE person_id %% 500 = 0")
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    contradicting.find(used, now=now)
    run("ANALYZE planning_use, planning_checklist, planning_contradiction")
    page, plan = page_of(used, now=now)
    assert {row.person_id % 500 for row in page.rows} == {0}
    assert len(page.rows) == PEOPLE // 500
    for node in plan:
        if node.get("Relation Name") in ("planning_use", "planning_checklist"):
            assert node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0) <= 40
