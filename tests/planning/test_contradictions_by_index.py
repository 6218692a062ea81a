"""The open contradictions of a ban, page by page: those of other bans cost nothing, however many they are."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from migration_planner.lib.paging import keyset
from migration_planner.lib.statements import rows as rows_of
from migration_planner.lib.statements import run
from migration_planner.planning import contradicting
from migration_planner.planning.models import Ban, Contradiction, Tool
from tests.planning.test_people_by_index import PEOPLE, crowd, nodes

__all__ = ["crowd"]  # the fixture


@pytest.fixture
def few(crowd: Ban) -> Ban:
    """Another ban with ten open ones, older than the thousands of the first."""
    third = Tool.objects.create(name="Third Editor", status="prohibited")
    other = Ban.objects.create(**{**_values(crowd), "tool_id": third.pk})
    insert = (
        "INSERT INTO planning_contradiction (ban_id, checklist_id, kind, day, found_at, answer)"
        " SELECT %(ban)s, id, 'used_after_done', %(day)s::date, now(), '' FROM planning_checklist"
        " WHERE (id %% %(every)s = 0) = %(chosen)s"
    )
    every = PEOPLE // 10
    run(insert, ban=crowd.pk, day=date(2026, 11, 20), every=every, chosen=False)
    run(insert, ban=other.pk, day=date(2026, 11, 1), every=every, chosen=True)
    run("ANALYZE planning_contradiction")
    return other


def _values(ban: Ban) -> dict[str, Any]:
    return {field.attname: getattr(ban, field.attname) for field in Ban._meta.concrete_fields if not field.primary_key}


def test_the_open_ones_of_a_ban_are_a_range_of_an_index(few: Ban) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = keyset(contradicting.open_ones(few), ("-day", "-pk"), size=25)
    [[(plan,)]] = [rows_of(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}".replace("%", "%%")) for query in asked]
    [scan] = [node for node in nodes(plan[0]["Plan"]) if node.get("Relation Name") == "planning_contradiction"]
    assert scan["Index Name"] == "open_contradictions_latest"
    assert scan.get("Rows Removed by Filter", 0) == 0
    assert len(page.rows) == Contradiction.objects.filter(ban=few).count() > 0


def test_a_contradiction_that_is_found_is_of_the_ban_of_its_checklist(few: Ban, crowd: Ban, now: Any) -> None:
    Contradiction.objects.all().delete()
    run("UPDATE planning_checklist SET state = 'done', done_at = now() - interval '9 days' WHERE id %% 500 = 0")
    run(
        "INSERT INTO planning_use (person_id, tool_id, last_day) SELECT person_id, %(tool)s, now()::date"
        " FROM planning_checklist WHERE id %% 500 = 0",
        tool=crowd.tool_id,
    )
    assert contradicting.find(crowd, now=now)
    assert set(Contradiction.objects.values_list("ban", "checklist__ban")) == {(crowd.pk, crowd.pk)}
