"""People, leads and owners at work by programs: marks, acknowledgements, waivers, gaps, team steps, questions."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from migration_planner.planning.models import Ban, Checklist, Event, Gap
from migration_planner.reminders.models import Reminder
from tests.api.conftest import day

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(running: Ban, employee: Any) -> Checklist:
    return running.checklists.get(person=employee)


def test_an_employee_marks_acknowledges_and_reads_what_became_of_it(api: Any, mine: Checklist, employee: Any) -> None:
    program, step = api(employee), mine.steps()[0]
    assert program.get("api-checklist", mine).json()["scope_version"] == 1
    assert program.put("api-acknowledgement", mine, version=2).status_code == 409
    for _twice in range(2):
        assert program.put("api-acknowledgement", mine, version=1).json()["acknowledged"] == 1
    assert Event.objects.filter(verb="scope_acknowledged").count() == 1
    for _twice in range(2):
        program.put("api-step", mine, step, state="done")
    lines = program.get("api-checklist-history", mine).json()["results"]
    assert [line["verb"] for line in lines] == ["marked_done", "scope_acknowledged"]
    assert lines[0]["step"] == step.title


def test_a_waiver_is_asked_for_questioned_answered_granted_for_shorter_and_revoked(
    api: Any, mine: Checklist, employee: Any, owner: Any
) -> None:
    wish = {"reason": "other", "words": "Macros.", "control": "One machine.", "until": day(45)}
    assert api(employee).post("api-checklist-waivers", mine, **{**wish, "until": day(400)}).status_code == 409
    waiver = api(employee).post("api-checklist-waivers", mine, **wish).json()["id"]
    assert api(employee).post("api-checklist-waivers", mine, **wish).status_code == 409, "one at a time"
    assert api(employee).post("api-waiver-decision", waiver, verdict="approved").status_code == 403
    assert [row["id"] for row in api(owner).get("api-waivers", to_decide=True).json()["results"]] == [waiver]
    assert api(owner).post("api-waiver-decision", waiver, verdict="questioned").status_code == 409
    api(owner).post("api-waiver-decision", waiver, verdict="questioned", words="Which?")
    assert api(owner).post("api-waiver-decision", waiver, verdict="approved").status_code == 409
    assert api(employee).post("api-waiver-answer", waiver, words="Two.").json()["state"] == "requested"
    granted = api(owner).post("api-waiver-decision", waiver, verdict="approved", until=day(42)).json()
    assert (granted["state"], granted["until"], granted["asked_until"]) == ("granted", day(42), day(45))
    assert [word["verdict"] for word in granted["decisions"]] == ["questioned", "answered", "approved"]
    assert api(owner).get("api-ban-debt", mine.ban).json()["in_force"] == 1
    assert api(owner).post("api-waiver-revocation", waiver, words="A leak.").json()["state"] == "revoked"
    assert api(employee).post("api-waiver-removal", waiver).status_code == 409


def test_many_waivers_are_decided_with_one_reason_and_each_says_what_became_of_it(
    api: Any, running: Ban, employee: Any, lead: Any, owner: Any, outsider: Any
) -> None:
    wish = {"reason": "other", "words": "Macros.", "control": "One machine.", "until": day(45)}
    asked = [
        api(person).post("api-checklist-waivers", running.checklists.get(person=person), **wish).json()["id"]
        for person in (employee, lead, owner)
    ]
    assert api(outsider).post("api-waiver-decisions", waivers=asked, verdict="approved").json() == {"results": []}
    results = api(owner).post("api-waiver-decisions", waivers=asked, verdict="refused", words="No.").json()["results"]
    assert [bool(row["error"]) for row in results] == [False, False, True], "nobody decides their own"


def test_a_lead_reads_does_the_teams_steps_names_somebody_and_nudges(
    api: Any, running: Ban, lead: Any, employee: Any, owner: Any, search: Any
) -> None:
    program, step = api(lead), running.steps.per_team()[0]
    people = program.get("api-team-people", running, search).json()["results"]
    assert sorted(row["person"]["name"] for row in people) == ["Eve", "Lee"]
    named = program.put("api-team-step-assignment", running, search, step, person=employee.pk).json()["results"][0]
    assert named["assigned"]["name"] == "Eve"
    assert program.put("api-team-step-assignment", running, search, step, person=owner.pk).status_code == 409
    assert api(employee).put("api-team-step", running, search, step, state="done").status_code == 200
    assert program.get("api-team-under-ban", running, search).json()["total"]["people"] == 2
    first, second = (program.post("api-team-nudge", running, search).json() for _each in range(2))
    assert (first["queued"], second["queued"], second["already"]) == (2, 0, 2)
    assert Reminder.objects.filter(kind="nudge").count() == 2


def test_one_act_on_some_people_says_of_each_what_became_of_it(
    api: Any, running: Ban, lead: Any, employee: Any, owner: Any, search: Any
) -> None:
    program = api(lead)
    lists = [running.checklists.get(person=person).pk for person in (employee, lead, owner)]
    away = {"first": day(1), "last": day(3)}
    answer = program.post("api-team-acts", running, search, act="leave", checklists=lists, leave=away).json()
    told = {row["person"]: bool(row["error"]) for row in answer["results"]}
    assert told == {"Eve": False, "Lee": True}, "not for oneself, and of other teams nobody"
    employee.refresh_from_db()
    assert employee.leave_from == timezone.localdate() + timedelta(days=1)
    wish = {"reason": "absence", "words": "Away.", "control": "Locked.", "until": day(45)}
    asked = program.post("api-team-acts", running, search, act="waiver", checklists=lists[:1], wish=wish).json()
    assert asked["results"][0]["error"] == ""
    assert program.post("api-team-acts", running, search, act="waiver", checklists=lists).status_code == 400
    assert program.post("api-team-acts", running, search, act="nudge", checklists=lists[2:]).status_code == 409
    assert (
        api(owner).post("api-team-acts", running, search, act="leave", checklists=lists, leave=away).status_code == 403
    )


def test_a_gap_is_voted_for_decided_and_merged_and_a_stale_decision_is_refused(
    api: Any, mine: Checklist, employee: Any, lead: Any, owner: Any
) -> None:
    step = mine.steps()[0]
    api(employee).put("api-step", mine, step, state="blocked", note="Nothing runs.", gap_title="No hooks")
    other = mine.ban.checklists.get(person=lead)
    api(lead).put("api-step", other, step, state="blocked", note="Nothing runs.", gap_title="Hooks are missing")
    gap, same = Gap.objects.order_by("pk")
    assert api(owner).put("api-gap-vote", gap, concerns_me=True).json()["has_voted"] is True
    seen = api(owner).get("api-gap", gap).json()["seen"]
    assert api(owner).patch("api-gap-decision", gap, state="workaround").status_code == 409, "without an answer"
    decided = api(owner).patch("api-gap-decision", gap, state="workaround", answer="By hand.", owner=lead.email).json()
    assert (decided["state"], decided["owner"]["name"]) == ("workaround", "Lee")
    assert api(owner).patch("api-gap-decision", gap, answer="Never.", seen=seen).status_code == 409
    merged = api(owner).post("api-gap-merging", same, into=gap.pk).json()
    assert (merged["id"], merged["people"]) == (gap.pk, 2)
    assert api(employee).patch("api-gap-decision", gap, state="fixed", answer="x").status_code == 403
    assert api(lead).patch("api-gap-decision", gap, state="fixed", answer="Update.").json()["people"] == 0


def test_preferences_are_chosen_in_part_and_once(api: Any, lead: Any) -> None:
    program = api(lead)
    for _twice in range(2):
        chosen = program.patch("api-preferences", reminder_hour=7, weekly_figures=False).json()
    assert chosen == {"zone": "Asia/Shanghai", "language": "en", "reminder_hour": 7, "weekly_figures": False}
    assert sorted(Event.objects.values_list("verb", flat=True)) == ["bundles_paused", "preferences_changed"]
    assert program.patch("api-preferences", zone="Mars/Base").status_code == 409


def test_the_catalogue_answers_everybody_and_administrators_decide(
    api: Any, running: Ban, employee: Any, administrator: Any, outsider: Any
) -> None:
    [old] = api(employee).get("api-tools", q="old").json()["results"]
    assert (old["status"], old["alternatives"], old["ban"]) == ("sunset", ["New Editor"], running.pk)
    assert api(outsider).get("api-tools").json()["results"] == []
    refused = api(administrator).post("api-tools", name="Fast Editor", status="restricted")
    assert (refused.status_code, "conditions" in refused.json()["detail"]) == (409, True)
    assert api(administrator).post("api-tools", name="Fast Editor", status="approved").status_code == 201
    assert [row["name"] for row in api(outsider).get("api-tools").json()["results"]] == ["Fast Editor"]
