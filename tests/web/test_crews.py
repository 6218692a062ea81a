"""Acting on many people of a team at once."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from migration_planner.people.models import User
from migration_planner.planning.models import Event, Waiver
from migration_planner.reminders.models import Reminder


@pytest.fixture
def crew(client: Any, ban: Any, search: Any, lead: Any, employee: Any) -> Any:
    """Sends the form of the team page; `ban` ends far enough from now for waivers and leave."""
    client.force_login(lead)
    url = reverse("team-act", args=[ban.pk, search.pk])
    return lambda act, *people, **more: client.post(
        url, {"act": act, "who": [ban.checklists.get(person=each).pk for each in people], **more}
    )


def undo(client: Any, ban: Any, team: Any, token: str) -> Any:
    return client.post(reverse("team-act-undo", args=[ban.pk, team.pk]), {"token": token}, follow=True)


def days(first: int, last: int) -> dict[str, str]:
    today = timezone.localdate()
    return {"first": str(today + timedelta(days=first)), "last": str(today + timedelta(days=last))}


def test_a_preview_does_nothing_and_the_act_reaches_only_those_ticked(
    client: Any, crew: Any, ban: Any, search: Any, employee: Any
) -> None:
    assert "Nothing has been sent yet" in crew("nudge", employee).content.decode()
    assert not Reminder.objects.filter(kind="nudge").exists()
    done = crew("nudge", employee, confirmed="yes")
    assert list(Reminder.objects.filter(kind="nudge").values_list("person", flat=True)) == [employee.pk]
    again = crew("nudge", employee, confirmed="yes")
    assert "nudged today already" in again.content.decode()
    assert again.context["token"] == ""
    assert "Taken back for 1 person" in undo(client, ban, search, done.context["token"]).content.decode()
    nudge = Reminder.objects.get(kind="nudge")
    assert (nudge.state, nudge.reason) == ("cancelled", "taken_back")
    assert "could not be taken back" in undo(client, ban, search, done.context["token"]).content.decode()
    anew = crew("nudge", employee, confirmed="yes")
    assert "Will be nudged" in anew.content.decode()
    nudge.refresh_from_db()
    assert (nudge.state, nudge.reason) == ("waiting", "")
    assert "Taken back for 1 person" in undo(client, ban, search, anew.context["token"]).content.decode()


def test_leave_is_noted_with_history_and_taken_back_to_what_it_was(
    client: Any, crew: Any, ban: Any, search: Any, lead: Any, employee: Any
) -> None:
    User.objects.filter(pk=employee.pk).update(leave_from=date(2026, 1, 1), leave_until=date(2026, 1, 5))
    done = crew("leave", employee, lead, confirmed="yes", **days(1, 5))
    assert [bool(each.error) for each in done.context["outcomes"]] == [False, True]  # nobody notes their own
    employee.refresh_from_db()
    assert employee.leave_until == timezone.localdate() + timedelta(days=5)
    assert Event.objects.get(verb="leave_noted").person == employee
    undo(client, ban, search, done.context["token"])
    employee.refresh_from_db()
    assert employee.leave_until == date(2026, 1, 5)


def test_leave_that_was_noted_anew_meanwhile_is_not_put_back(
    client: Any, crew: Any, ban: Any, search: Any, employee: Any
) -> None:
    first = crew("leave", employee, confirmed="yes", **days(1, 5))
    crew("leave", employee, confirmed="yes", **days(1, 9))
    assert "could not be taken back" in undo(client, ban, search, first.context["token"]).content.decode()
    employee.refresh_from_db()
    assert employee.leave_until == timezone.localdate() + timedelta(days=9)


@pytest.mark.parametrize("wrong", [days(5, 1), days(-9, -5), days(1, 900)])
def test_days_that_make_no_sense_are_refused_row_by_row(crew: Any, employee: Any, wrong: dict[str, str]) -> None:
    [outcome] = crew("leave", employee, confirmed="yes", **wrong).context["outcomes"]
    assert outcome.error
    employee.refresh_from_db()
    assert employee.leave_from is None


def test_what_is_missing_is_asked_for_on_the_preview(crew: Any, employee: Any) -> None:
    assert crew("leave", employee, confirmed="yes").status_code == 422
    assert crew("waiver", employee, confirmed="yes", reason="other").status_code == 422


def test_waivers_are_asked_for_each_and_taken_back(
    client: Any, crew: Any, ban: Any, search: Any, lead: Any, employee: Any
) -> None:
    until = str(max(timezone.localdate(), ban.cutoff_at.date()) + timedelta(days=5))
    wish = {"reason": "other", "words": "Release.", "control": "No customer data.", "until": until}
    done = crew("waiver", employee, lead, confirmed="yes", **wish)
    assert [each.error for each in done.context["outcomes"]] == ["", ""]
    assert set(Waiver.objects.values_list("person", "requested_by")) == {(employee.pk, lead.pk), (lead.pk, lead.pk)}
    twice = crew("waiver", employee, confirmed="yes", **wish).context["outcomes"]
    assert "asked for already" in twice[0].error
    undo(client, ban, search, done.context["token"])
    assert set(Waiver.objects.values_list("state", flat=True)) == {"taken_back"}


def test_people_of_other_teams_are_passed_over_and_nobody_is_refused(crew: Any, owner: Any, employee: Any) -> None:
    assert [row.person for row, _stand in crew("nudge", owner, employee).context["rows"]] == [employee]
    assert crew("nudge", owner).status_code == 409
    assert crew("nudge").status_code == 409
    assert crew("nonsense", employee).status_code == 409


def test_an_owner_nudges_and_does_no_more(client: Any, crew: Any, owner: Any, employee: Any) -> None:
    client.force_login(owner)
    assert crew("nudge", employee).status_code == 200
    assert {crew(act, employee).status_code for act in ("leave", "waiver")} == {403}


def test_after_a_minute_or_with_another_hand_nothing_is_taken_back(
    client: Any, crew: Any, ban: Any, search: Any, employee: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = crew("nudge", employee, confirmed="yes").context["token"]
    assert undo(client, ban, search, token[:-2]).status_code == 409
    forged = signing.dumps({"migration": 1, "act": "nudge", "done": {"1": 1}}, salt="other")
    assert undo(client, ban, search, forged).status_code == 409
    monkeypatch.setattr("migration_planner.web.views.crews.UNDO_WITHIN", -1)
    assert undo(client, ban, search, token).status_code == 409
    assert Reminder.objects.get(kind="nudge").state == "waiting"


def test_the_team_page_offers_the_acts_to_those_who_may(
    client: Any, crew: Any, ban: Any, search: Any, auditor: Any, employee: Any
) -> None:
    url = reverse("team", args=[ban.pk, search.pk])
    page = client.get(url).content.decode()
    assert 'name="act" value="waiver"' in page
    assert "Choose Eve" in page
    for user in (auditor, employee):
        client.force_login(user)
        assert 'name="act"' not in client.get(url).content.decode()
