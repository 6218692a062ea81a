"""Lists: pages that neither repeat nor skip, filters, and a cost that does not grow."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from migration_planner.people.finding import words_of
from migration_planner.people.models import Membership, Team, User
from migration_planner.planning import audience, finding, waiving
from migration_planner.planning.models import Ban, Mark
from tests.api.conftest import day

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(person: Any, search: Any, sales: Any) -> list[Any]:
    """A few people more."""
    return [person(f"p{number}", home=search if number % 2 else sales) for number in range(9)]


def walk(program: Any, name: str, *of: Any, **asked: Any) -> list[Any]:
    """Every row, page by page."""
    rows, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = program.get(name, *of, **asked, **more).json()
        rows += answer["results"]
        cursor = answer["next"]
        if cursor is None:
            return rows


@pytest.mark.parametrize("sort", ["need", "name", "activity"])
def test_pages_of_people_hold_everybody_once_whatever_the_order(
    api: Any, many: Any, running: Ban, owner: Any, sort: str
) -> None:
    checklist = running.checklists.get(person=many[3])
    checklist.mark(checklist.steps()[0], Mark.State.DONE, by=many[3], now=running.published_at)
    rows = walk(api(owner), "api-ban-people", running, size=5, sort=sort)
    assert len(rows) == len({row["checklist"] for row in rows}) == 12
    assert sum(row["state"] == "started" for row in rows) == 1


def test_people_are_filtered_by_state_and_team(api: Any, many: Any, running: Ban, owner: Any) -> None:
    program = api(owner)
    assert len(program.get("api-ban-people", running, team="Acme/Sales").json()["results"]) == 5
    assert program.get("api-ban-people", running, state="done").json()["results"] == []
    assert program.get("api-ban-people", running, team="Nowhere").json()["results"] == []


def test_a_cursor_of_another_list_is_refused_in_words(api: Any, many: Any, running: Ban, owner: Any) -> None:
    program = api(owner)
    cursor = program.get("api-ban-people", running, size=2).json()["next"]
    for wrong in (cursor, "x", "%%%"):
        answer = program.get("api-bans", cursor=wrong)
        assert (answer.status_code, "first page" in answer.json()["detail"]) == (409, True)


def test_teams_are_a_tree_to_walk(api: Any, running: Ban, owner: Any, lead: Any, outsider: Any, sales: Any) -> None:
    paths = [row["path"] for row in walk(api(owner), "api-teams", size=2)]
    assert paths == ["Acme", "Acme/Engineering", "Acme/Engineering/Search", "Acme/Sales", "Other"]
    roots = api(owner).get("api-teams", depth=0).json()["results"]
    below = api(owner).get("api-teams", parent=roots[0]["id"]).json()["results"]
    assert [row["name"] for row in below] == ["Engineering", "Sales"]
    assert [row["path"] for row in api(lead).get("api-teams").json()["results"]] == ["Acme/Engineering/Search"]
    found = api(lead).get("api-team", lead.memberships.get().team_id).json()
    assert ([each["name"] for each in found["leads"]], found["people"]) == (["Lee"], 2)


def test_everybody_finds_themselves_leads_their_people_and_nobody_anybody_else(
    api: Any, running: Ban, owner: Any, lead: Any, employee: Any, outsider: Any, auditor: Any
) -> None:
    def found(person: Any, **asked: Any) -> list[str]:
        return sorted(row["name"] for row in api(person).get("api-people", **asked).json()["results"])

    assert found(outsider) == ["Otto"]
    assert found(employee) == ["Eve"]
    assert found(lead) == ["Eve", "Lee"]
    assert found(owner) == ["Eve", "Lee", "Olga"]
    assert found(auditor, q="OTTO@") == ["Otto"]
    assert found(outsider, q="ott") == ["Otto"]
    assert api(lead).get("api-person", outsider).status_code == 404


def test_people_are_searched_for_as_on_the_pages(
    api: Any, running: Ban, person: Any, owner: Any, lead: Any, search: Any, auditor: Any
) -> None:
    for name in ("annabel lee", "ann wong", "özil ann", "zoe"):
        person(name.replace(" ", "."), home=search)
        User.objects.filter(email__startswith=name.replace(" ", ".")).update(
            name=name.title(), external_id=f"E-{name[::-1]}"
        )
    audience.follow(running, now=timezone.now())
    for who in (auditor, owner, lead):
        for typed in ("ann", "ann wo", "nabe", "ÖZIL", "zoe@", "e-eel", "%%", "a"):
            words = words_of(typed)
            on_pages = finding.people(who, words) if words else User.objects.none()
            rows = walk(api(who), "api-people", q=typed, size=2)
            assert sorted(row["name"] for row in rows) == sorted(on_pages.values_list("name", flat=True)), typed
    assert [row["name"] for row in walk(api(lead), "api-people", q="ann", team=search.path, size=1)] == [
        "Annabel Lee", "Ann Wong", "Özil Ann",
    ]  # fmt: skip


def test_a_person_who_leads_and_runs_bans_finds_the_people_of_both_and_themselves(
    api: Any, running: Ban, lead: Any, owner: Any, outsider: Any, employee: Any
) -> None:
    def found(who: Any) -> list[str]:
        return [row["name"] for row in walk(api(who), "api-people", size=1)]

    Membership.objects.create(user=outsider, team=Team.objects.get(path="Acme/Engineering/Search"), role="lead")
    assert found(outsider) == ["Lee", "Eve"], "without a checklist one is told by /api/me/ alone"
    running.owners.add(lead)
    assert found(lead) == ["Olga", "Lee", "Eve"]
    running.owners.remove(owner)
    assert found(owner) == ["Olga"]


def test_checklists_are_mine_led_or_seen(api: Any, running: Ban, lead: Any, owner: Any) -> None:
    counts = {
        (person.name, whose): len(api(person).get("api-checklists", whose=whose).json()["results"])
        for person in (lead, owner)
        for whose in ("mine", "led", "seen")
    }
    assert counts == {
        ("Lee", "mine"): 1, ("Lee", "led"): 2, ("Lee", "seen"): 2, ("Olga", "mine"): 1, ("Olga", "led"): 0, ("Olga", "seen"): 3,
    }  # fmt: skip


def test_teams_of_a_ban_and_their_sums_agree_with_its_progress(
    api: Any, many: Any, running: Ban, owner: Any, search: Any
) -> None:
    program = api(owner)
    progress = program.get("api-progress", running).json()
    teams = walk(program, "api-ban-teams", running, size=1)
    assert sum(row["people"] for row in teams) == progress["people"] == 12
    overview = program.get("api-ban-overview", running).json()
    parts = [overview["own"], *overview["rows"]]
    assert sum(part["figures"]["people"] for part in parts) == overview["total"]["people"] == 12
    assert program.get("api-team-under-ban", running, search).json()["total"]["people"] == 6
    assert {row["path"] for row in program.get("api-ban-teams", running, unfinished=True).json()["results"]} == {
        "Acme", "Acme/Engineering/Search", "Acme/Sales",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("api-ban-people", 6),
        ("api-ban-teams", 6),
        ("api-team-people", 6),
        ("api-people", 4),  # whether oneself is among them, too
        ("api-checklists", 3),
        ("api-waivers", 3),
        ("api-bans", 3),
        ("api-gaps", 3),
        ("api-tools", 7),
        ("api-ban-reminders", 6),
    ],
)
def test_the_cost_of_a_list_does_not_grow_with_its_rows(
    api: Any, many: Any, running: Ban, owner: Any, search: Any, name: str, most: int, django_assert_max_num_queries: Any
) -> None:
    for person in many:
        wish = waiving.Wish("other", "Soon.", "None.", running.cutoff_date)
        waiving.request(running.checklists.get(person=person), wish, by=person, now=running.published_at)
    of = (running, search) if "team-" in name else (running,) if "-ban-" in name else ()
    program = api(owner)
    cache.clear()
    counting = 6  # what the throttle asks the cache, in a savepoint
    with django_assert_max_num_queries(most + counting):
        assert program.get(name, *of, size=200).status_code == 200


def test_the_balance_of_the_mail_adds_up_by_day_and_in_all(api: Any, running: Ban, owner: Any, employee: Any) -> None:
    from migration_planner.reminders import planning

    planning.plan(now=running.published_at)
    program = api(owner)
    told = program.get("api-ban-mail", running).json()
    assert told["total"]["due"] == sum(each["balance"]["due"] for each in told["days"]) > 0
    assert told["total"]["adds_up"] is True
    assert len(walk(program, "api-ban-reminders", running, size=2)) == told["total"]["due"]
    assert program.post("api-ban-mail-pause", running, why="Wrong figures.").json()["why"] == "Wrong figures."
    assert program.post("api-ban-mail-pause", running, why="Again.").status_code == 409
    assert [program.post("api-ban-mail-resume", running).json()["changed"] for _each in range(2)] == [True, False]


def test_a_kept_day_is_told_in_all_and_team_by_team(api: Any, running: Ban, owner: Any) -> None:
    from migration_planner.planning import counting

    running.checklists.update(created_at=timezone.now() - timedelta(days=3))
    counting.keep_day(running, timezone.now().date() - timedelta(days=1))
    program = api(owner)
    assert program.get("api-ban-as-of", running, day=day(-1)).json()["people"] == 3
    assert program.get("api-ban-as-of", running, day=day(-1), team="Acme/Engineering").json()["people"] == 2
    teams = walk(program, "api-ban-as-of-teams", running, day=day(-1), size=1)
    assert [(row["path"], row["people"]) for row in teams][:2] == [("Acme", 3), ("Acme/Engineering", 2)]
    below = program.get("api-ban-as-of-teams", running, day=day(-1), below="Acme/Engineering").json()["results"]
    assert [row["path"] for row in below] == ["Acme/Engineering", "Acme/Engineering/Search"]


def test_a_day_that_was_not_kept_is_said_in_words(api: Any, running: Ban, owner: Any) -> None:
    program = api(owner)
    assert program.get("api-ban-as-of", running).status_code == 400
    for asked, words in ((day(0), "is over"), (day(-1), "No figures")):
        answer = program.get("api-ban-as-of", running, day=asked)
        assert (answer.status_code, words in answer.json()["detail"]) == (409, True)
