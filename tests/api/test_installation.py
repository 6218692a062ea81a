"""What stands above single bans: the portfolio, all mail, rooms, calendars; and the evidence and tokens of a team."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from migration_planner.planning.models import Ban, Event, ReportToken
from migration_planner.planning.scans import tokens as team_tokens
from migration_planner.reminders.models import Mail, Room
from tests import mails
from tests.api.conftest import day

pytestmark = pytest.mark.django_db


def test_a_portfolio_is_worst_first_and_holds_what_one_runs(
    api: Any, running: Ban, owner: Any, auditor: Any, person: Any, employee: Any
) -> None:
    [row] = api(owner).get("api-portfolio").json()["results"]
    assert (row["ban"], row["health"], row["figures"]["people"], row["promised"]) == (running.pk, "too_early", 3, None)
    assert len(api(auditor).get("api-portfolio").json()["results"]) == 1
    assert api(person("rick", is_owner=True)).get("api-portfolio").json()["results"] == []
    assert api(employee).get("api-portfolio").status_code == 403


def test_all_mail_is_paused_once_with_a_reason_and_goes_on(api: Any, administrator: Any, owner: Any) -> None:
    program = api(administrator)
    assert program.post("api-mails-pause").status_code == 400
    assert program.post("api-mails-pause", why="The server moves.").status_code == 200
    assert program.post("api-mails-pause", why="Again.").status_code == 409
    assert program.get("api-mails").json()["pause"]["why"] == "The server moves."
    assert [program.post("api-mails-resume").json()["changed"] for _each in range(2)] == [True, False]
    assert api(owner).post("api-mails-pause", why="x").status_code == 403


def test_a_held_mail_is_decided_about_once_and_its_words_are_for_its_reader(
    api: Any, running: Ban, owner: Any, employee: Any, lead: Any
) -> None:
    now = timezone.now()
    held = mails.held(employee, planned=now, sent=now + timedelta(days=2))
    assert [row["id"] for row in api(owner).get("api-mails-held").json()["results"]] == [held.pk]
    read = api(employee).get("api-mail", held).json()
    assert (read["state"], read["person"]["name"], bool(read["attempts"])) == ("held", "Eve", True)
    assert read["text"]
    decided = api(owner).post("api-mail-decision", held, decision="count_as_sent", why="She has it.").json()
    assert decided["state"] == Mail.State.SENT
    assert api(owner).post("api-mail-decision", held, decision="send", why="Hm.").status_code == 409
    rows = api(lead).get("api-person-mail", employee).json()["results"]
    assert {row["person"]["name"] for row in rows} == {"Eve"}


def test_the_address_of_a_room_goes_in_and_never_comes_out(
    api: Any, administrator: Any, auditor: Any, search: Any
) -> None:
    program, address = api(administrator), "http://127.0.0.1:1/services/T0/B0/very-secret-key"
    said = {"team": search.pk, "service": "slack", "address": address}
    for _twice in range(2):
        room = program.put("api-rooms", **said).json()
    assert Room.objects.count() == 1
    shown = str([room, api(auditor).get("api-rooms").json(), api(auditor).get("api-room", room["id"]).json()])
    assert "very-secret" not in shown
    assert program.put("api-rooms", **{**said, "address": "gopher://x"}).status_code == 409
    assert program.post("api-room-removal", room["id"]).status_code == 204
    assert program.get("api-room", room["id"]).status_code == 404


def test_a_site_of_the_roster_gets_a_calendar_and_nobody_makes_up_another(
    api: Any, administrator: Any, person: Any
) -> None:
    person("mei", site="Shanghai")
    program = api(administrator)
    for _twice in range(2):
        assert program.put("api-calendars", site="Shanghai", country="CN").json()["country"] == "CN"
    assert Event.objects.filter(verb="calendar_changed").count() == 1
    assert program.put("api-calendars", site="Atlantis", country="CN").status_code == 404
    assert program.put("api-calendars", site="Shanghai", country="XX").status_code == 409
    assert [row["name"] for row in program.get("api-calendars").json()["results"]] == ["Shanghai"]


def test_tokens_of_a_team_are_listed_without_their_secret_and_revoked_once(
    api: Any, running: Ban, lead: Any, search: Any, sales: Any
) -> None:
    secret = team_tokens.make(search, by=lead, now=timezone.now(), name="Nightly")
    program, token = api(lead), ReportToken.objects.get()
    answer = program.get("api-team-tokens", running, search)
    assert (answer.json()["results"][0]["name"], secret in answer.content.decode()) == ("Nightly", False)
    revoked = [program.post("api-team-token-revocation", running, search, token).json() for _each in range(2)]
    assert revoked == [{"changed": True}, {"changed": False}]


def test_a_preview_is_what_one_person_will_get_and_for_the_owners_alone(
    api: Any, running: Ban, owner: Any, employee: Any, outsider: Any
) -> None:
    found = api(owner).get("api-ban-preview", running, person=employee.pk).json()["results"]
    assert found[0]["day"] >= day(0)
    assert all(mail["subject"] and mail["text"] for mail in found)
    assert api(owner).get("api-ban-preview", running, person=outsider.pk).status_code == 404
    assert api(employee).get("api-ban-preview", running, person=employee.pk).status_code == 403
