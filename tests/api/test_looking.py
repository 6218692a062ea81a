"""What is in force changes by programs, too, only after a look at what that does: the first answer is the look."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from migration_planner.planning.models import Ban, Event, Wave
from migration_planner.planning.waves import Plan, add, put
from migration_planner.reminders import escalating
from tests.api.conftest import day

pytestmark = pytest.mark.django_db


@pytest.fixture
def pilot(running: Ban, owner: Any, search: Any) -> Wave:
    plan = Plan("Pilot", timezone.localdate() + timedelta(days=10), time(12))
    wave = add(running, plan, by=owner, now=timezone.now(), why="Early.")
    put(running, search, wave, by=owner, now=timezone.now(), why="Early.")
    return wave


def test_a_cutoff_moves_only_for_who_sends_the_mark_of_the_look_at_this_very_move(
    api: Any, running: Ban, owner: Any
) -> None:
    program, before = api(owner), running.cutoff_at
    said = {"day": day(60), "at": "18:00", "zone": "UTC", "why": "Licences."}
    answer = program.put("api-ban-cutoff", running, **said)
    look = answer.json()["look"]
    assert answer.status_code == 409
    assert "Look at what this changes" in answer.json()["detail"]
    assert look["mail"]["added"] + look["mail"]["moved"] + look["mail"]["cancelled"] > 0
    assert look["mail"]["days"]
    assert program.put("api-ban-cutoff", running, **{**said, "day": day(61)}, seen=look["seen"]).status_code == 409
    running.refresh_from_db()
    assert running.cutoff_at == before
    assert not Event.objects.filter(verb="cutoff_moved").exists()
    assert program.put("api-ban-cutoff", running, **said, seen=look["seen"]).status_code == 200


def test_a_look_that_somebody_has_overtaken_is_taken_again(api: Any, running: Ban, owner: Any) -> None:
    program, said = api(owner), {"day": day(60), "at": "18:00", "zone": "UTC", "why": "Licences."}
    seen = program.put("api-ban-cutoff", running, **said).json()["look"]["seen"]
    other = {**said, "day": day(50)}
    program.put(
        "api-ban-cutoff", running, **other, seen=program.put("api-ban-cutoff", running, **other).json()["look"]["seen"]
    )
    late = program.put("api-ban-cutoff", running, **said, seen=seen)
    assert late.json()["look"]["seen"] != seen, "it is another ban than was looked at"
    running.refresh_from_db()
    assert running.cutoff_date.isoformat() == day(50)


def test_a_ladder_and_an_escalation_show_what_they_change_first(api: Any, running: Ban, owner: Any) -> None:
    program, rungs = api(owner), [{"anchor": "before", "amount": 7}]
    look = program.put("api-ban-ladder", running, rungs=rungs).json()["look"]
    assert look["mail"] == program.post("api-ban-ladder-foreseen", running, rungs=rungs).json()
    assert not running.rungs.exists()
    for _twice in range(2):
        assert program.put("api-ban-ladder", running, rungs=rungs, seen=look["seen"]).status_code == 200
    assert running.rungs.count() == 1
    first = program.patch("api-ban-rules", running, escalation=[3], snooze_days=1)
    assert (first.status_code, escalating.graces_of(running)) == (409, ())
    running.refresh_from_db()
    assert running.snooze_days != 1, "all of it, or nothing"
    seen = first.json()["look"]["seen"]
    assert program.patch("api-ban-rules", running, escalation=[3], snooze_days=1, seen=seen).status_code == 200
    assert program.patch("api-ban-rules", running, escalation=[3], snooze_days=2).status_code == 200, "it is so already"


def test_a_wave_moves_and_goes_only_after_a_look_at_whom_that_touches(
    api: Any, running: Ban, pilot: Wave, owner: Any, search: Any
) -> None:
    program = api(owner)
    assert program.patch("api-ban-wave", running, pilot, name="First", why="x").status_code == 200, "no date moves"
    moved = program.patch("api-ban-wave", running, pilot, day=day(12), why="x").json()["look"]
    assert (moved["deadlines"]["people"], len(moved["deadlines"]["before"]), len(moved["deadlines"]["after"])) == (
        2,
        1,
        1,
    )
    assert program.patch("api-ban-wave", running, pilot, day=day(12), why="x", seen=moved["seen"]).status_code == 200
    out = program.put("api-ban-wave-team", running, search, wave=None, why="x").json()["look"]
    assert out["deadlines"]["people"] == 2
    gone = program.post("api-ban-wave-removal", running, pilot, why="No pilot.")
    assert (gone.status_code, gone.json()["look"]["deadlines"]["people"]) == (409, 2)
    assert Wave.objects.exists()
    seen = gone.json()["look"]["seen"]
    assert program.post("api-ban-wave-removal", running, pilot, why="No pilot.", seen=seen).status_code == 204
    assert not Wave.objects.exists()


def test_a_date_that_cannot_be_meant_is_refused_in_words(api: Any, running: Ban, pilot: Wave, owner: Any) -> None:
    Ban.objects.filter(pk=running.pk).update(cutoff_zone="Asia/Shanghai")
    for answer in (
        api(owner).patch("api-ban-wave", running, pilot, day="0001-01-01", why="x"),
        api(owner).put("api-ban-cutoff", running, day="0001-01-01", at="00:00", zone="Asia/Shanghai", why="x"),
        api(owner).put("api-ban-cutoff", running, day=day(60), at="18:00", zone="Mars/Base", why="x"),
        api(owner).post("api-ban-what-if", running, day="0001-01-01"),
    ):
        assert answer.status_code == 409
        assert "look" not in answer.json()


def test_a_draft_is_changed_without_any_look(api: Any, draft: Ban, owner: Any) -> None:
    program = api(owner)
    assert program.put("api-ban-cutoff", draft, day=day(40), at="18:00", zone="UTC").status_code == 200
    assert program.put("api-ban-ladder", draft, rungs=[{"anchor": "before", "amount": 7}]).status_code == 200
    assert program.patch("api-ban-rules", draft, escalation=[3]).status_code == 200


def test_who_may_not_change_it_gets_no_look(api: Any, running: Ban, employee: Any, lead: Any) -> None:
    said = {"day": day(60), "at": "18:00", "zone": "UTC", "why": "Licences."}
    for person in (employee, lead):
        answer = api(person).put("api-ban-cutoff", running, **said)
        assert (answer.status_code, "look" in answer.json()) == (403, False)
