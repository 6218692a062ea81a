"""A ban from its draft to its end by programs: the same refusals, and nothing twice."""

from typing import Any

import pytest

from migration_planner.planning.models import Ban, Event
from tests.api.conftest import day

pytestmark = pytest.mark.django_db


def drafted(api: Any, owner: Any) -> Any:
    answer = api(owner).post("api-bans", playbook="any-tool", tool="Slow Chat", replacement="Quick Chat")
    assert answer.status_code == 201
    return answer.json()


def test_a_ban_is_drafted_completed_and_published_and_a_second_publishing_is_refused(
    api: Any, owner: Any, lead: Any, employee: Any
) -> None:
    program, ban = api(owner), drafted(api, owner)["id"]
    lacks = program.get("api-ban-readiness", ban).json()
    assert (lacks["is_ready"], {lack["part"] for lack in lacks["lacks"]}) == (False, {"audience", "cutoff"})
    assert program.patch("api-ban-basics", ban, reason="Its vendor is gone.").json()["tool"] == "Slow Chat"
    reach = program.put("api-ban-audience", ban, include=["Acme"]).json()
    assert (reach["people"], [team["path"] for team in reach["include"]]) == (3, ["Acme"])
    assert program.put("api-ban-cutoff", ban, day=day(40), at="18:00", zone="UTC").status_code == 200
    assert program.get("api-ban-readiness", ban).json() == {"is_ready": True, "lacks": []}
    assert program.post("api-ban-publication", ban).json()["people"] == 3
    again = program.post("api-ban-publication", ban)
    assert (again.status_code, "Nothing was done twice" in again.json()["detail"]) == (409, True)
    assert Event.objects.filter(verb="published").count() == 1


def test_what_somebody_saved_meanwhile_is_not_overwritten(api: Any, draft: Ban, owner: Any) -> None:
    program = api(owner)
    seen = program.get("api-ban-basics", draft).json()["seen"]
    program.patch("api-ban-basics", draft, reason="One.")
    late = program.patch("api-ban-basics", draft, reason="Two.", seen=seen)
    assert late.status_code == 409
    assert program.get("api-ban-basics", draft).json()["reason"] == "One."
    assert program.patch("api-ban-basics", draft, reason="Two.").status_code == 200
    events = Event.objects.count()
    assert program.patch("api-ban-basics", draft, reason="Two.").status_code == 200
    assert Event.objects.count() == events, "repeating it records nothing"


def test_steps_are_added_edited_placed_and_removed(api: Any, draft: Ban, owner: Any) -> None:
    program = api(owner)
    added = program.post("api-ban-steps", draft, title="Say goodbye", minutes=3).json()
    assert (added["title"], added["required"], added["position"]) == ("Say goodbye", True, 5)
    moved = program.patch("api-ban-step", draft, added["id"], position=0, evidence="A link")
    assert (moved.json()["position"], moved.json()["evidence"], moved.json()["minutes"]) == (0, "A link", 3)
    assert program.get("api-ban-steps", draft, size=1).json()["results"][0]["id"] == added["id"]
    assert program.post("api-ban-step-removal", draft, added["id"]).status_code == 204
    assert program.get("api-ban-step", draft, added["id"]).status_code == 404


def test_the_ladder_and_the_rules_of_a_ban(api: Any, draft: Ban, owner: Any) -> None:
    program = api(owner)
    assert program.get("api-ban-ladder", draft).json()["is_default"] is True
    own = program.put("api-ban-ladder", draft, rungs=[{"anchor": "before", "amount": 5}, {"anchor": "last_day"}]).json()
    assert (own["is_default"], [rung["anchor"] for rung in own["rungs"]]) == (
        False,
        ["publishing", "before", "last_day"],
    )
    refused = program.put("api-ban-ladder", draft, rungs=[{"anchor": "before", "amount": 0}])
    assert refused.status_code == 409
    assert program.put("api-ban-ladder", draft, rungs=[]).json()["is_default"] is True
    rules = program.patch("api-ban-rules", draft, escalation=[3, 2], waivers={"levels": 2, "days": 10, "extensions": 0})
    assert rules.json() == {
        "snooze_days": 3, "quiet_days": 14, "escalation": [3, 2], "waivers": {"levels": 2, "days": 10, "extensions": 0},
    }  # fmt: skip


def test_in_force_changes_want_a_reason_and_are_told_once(api: Any, running: Ban, owner: Any, sales: Any) -> None:
    program, later = api(owner), {"day": day(60), "at": "18:00", "zone": "UTC"}
    seen = program.put("api-ban-cutoff", running, **later).json()["look"]["seen"]
    assert "look" not in program.put("api-ban-cutoff", running, **later, seen=seen).json(), "it wants a reason"
    for _twice in range(2):
        answer = program.put("api-ban-cutoff", running, **later, why="Licences.", seen=seen)
        assert answer.json()["cutoff_date"] == day(60)
    assert Event.objects.filter(verb="cutoff_moved").count() == 1
    written = program.put("api-ban-scope", running, text="All of it.", why="People asked.", seen=1).json()
    assert (written["scope"]["version"], written["scope"]["text"]) == (2, "All of it.")
    assert program.put("api-ban-scope", running, text="None.", why="Hm.", seen=1).status_code == 409
    assert program.put("api-ban-audience-team", running, sales, standing="excluded").status_code == 409
    named = program.put("api-ban-audience-team", running, sales, standing="excluded", why="They moved.").json()
    assert [team["path"] for team in named["exclude"]] == ["Acme/Sales"]
    assert program.put("api-ban-owners", running, owners=["nobody@acme.example"], why="x").status_code == 409


def test_a_ban_ends_once_and_is_taken_up_again(api: Any, running: Ban, owner: Any) -> None:
    program = api(owner)
    assert program.post("api-ban-withdrawal", running, why=" ").status_code == 400
    assert program.post("api-ban-withdrawal", running, why="The vendor is back.").json()["state"] == "withdrawn"
    assert program.post("api-ban-closing", running).status_code == 409
    assert program.post("api-ban-reopening", running, why="Not so.").json()["state"] == "published"
    assert program.get("api-ban-history", running).json()["results"][0]["verb"] == "reopened"


def test_waves_take_teams_along_and_say_go(api: Any, running: Ban, owner: Any, search: Any) -> None:
    program = api(owner)
    wave = program.post("api-ban-waves", running, name="Pilot", day=day(10), at="12:00", why="Early.").json()
    there = {"wave": wave["id"], "why": "x"}
    there["seen"] = program.put("api-ban-wave-team", running, search, **there).json()["look"]["seen"]
    for changed in (True, False):
        assert program.put("api-ban-wave-team", running, search, **there).json() == {"changed": changed}
    assert program.patch("api-ban-wave", running, wave["id"], day=day(80), why="x").status_code == 409
    assert program.post("api-ban-wave-decision", running, wave["id"], go=True, words="Ready.").json()["decision"]["go"]
    [pilot, rest] = program.get("api-ban-waves", running).json()["results"]
    assert (pilot["wave"]["name"], pilot["figures"]["people"], rest["wave"], rest["figures"]["people"]) == (
        "Pilot", 2, None, 1,
    )  # fmt: skip


def test_what_if_changes_nothing_and_a_proposal_needs_four_eyes(
    api: Any, running: Ban, owner: Any, person: Any, acme: Any
) -> None:
    program, before = api(owner), running.cutoff_at
    assert program.post("api-ban-what-if", running).status_code == 409, "it changes nothing"
    [part] = program.post("api-ban-what-if", running, day=day(60)).json()["parts"]
    assert part["foreseen"]["added"] + part["foreseen"]["moved"] + part["foreseen"]["cancelled"] > 0
    made = program.post("api-ban-proposals", running, day=day(60), why="Licences.").json()
    assert program.post("api-ban-proposal-application", running, made["id"]).status_code == 409, "their own"
    running.refresh_from_db()
    assert running.cutoff_at == before
    second = person("oscar", home=acme)
    running.owners.add(second)
    applied = api(second).post("api-ban-proposal-application", running, made["id"]).json()
    assert (applied["state"], applied["decided_by"]) == ("applied", "Oscar")
    assert api(second).post("api-ban-proposal-removal", running, made["id"], why="x").status_code == 409
