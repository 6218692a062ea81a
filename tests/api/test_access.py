"""Who comes in by what: access tokens with their scopes, sessions with their CSRF token, and how often."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from migration_planner.api.throttles import Reader, Stranger
from migration_planner.planning import tokens
from migration_planner.planning.models import AccessToken, Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    cache.clear()


def bearer(person: Any, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.make('Test', scopes, by=person, now=timezone.now())}"}


def put(client: Any, checklist: Any, **options: Any) -> Any:
    address = reverse("api-step", args=[checklist.pk, checklist.steps()[0].pk])
    return client.put(address, {"state": "done"}, content_type="application/json", **options)


def test_a_token_reads_and_marks_for_its_person_and_history_says_so(client: Any, checklist: Any, employee: Any) -> None:
    said = bearer(employee, "read", "marks")
    assert client.get(reverse("api-me"), headers=said).json()["scopes"] == ["read", "marks"]
    assert put(client, checklist, headers=said).json()["finished_steps"] == 1
    assert Event.objects.filter(verb="marked_done").get().actor == employee
    assert AccessToken.objects.get().last_used_at


@pytest.mark.parametrize("scope", ["read", "manage", "reports"])
def test_a_token_without_the_scope_is_told_which_it_lacks(
    client: Any, checklist: Any, employee: Any, scope: str
) -> None:
    answer = put(client, checklist, headers=bearer(employee, scope))
    assert answer.status_code == 403
    assert "“marks”" in answer.json()["detail"]


def test_a_token_never_gives_more_than_its_person_may_do_now(
    client: Any, ban: Any, owner: Any, employee: Any, outsider: Any
) -> None:
    address, why = reverse("api-ban-withdrawal", args=[ban.pk]), {"why": "No."}
    for person, status in ((employee, 403), (outsider, 404)):
        answer = client.post(address, why, content_type="application/json", headers=bearer(person, "manage"))
        assert answer.status_code == status
    said = bearer(owner, "manage")
    ban.owners.set([employee])  # from now on somebody else runs it
    assert client.post(address, why, content_type="application/json", headers=said).status_code == 403


def test_a_token_ends_with_its_person_and_when_it_is_revoked(client: Any, ban: Any, employee: Any, lead: Any) -> None:
    said = bearer(employee, "read", "marks")
    assert client.get(reverse("api-bans"), headers=said).status_code == 200
    assert client.delete(reverse("api-token", args=[AccessToken.objects.get().pk]), headers=said).status_code == 204
    assert client.get(reverse("api-bans"), headers=said).status_code == 401
    said = bearer(lead, "read")
    lead.is_active = False
    lead.save(update_fields=["is_active"])
    answer = client.get(reverse("api-bans"), headers=said)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_tokens_of_teams_and_of_people_do_not_open_each_others_doors(
    client: Any, search: Any, lead: Any, checklist: Any
) -> None:
    from migration_planner.planning.scans import tokens as team_tokens

    of_team = {"Authorization": f"Bearer {team_tokens.make(search, by=lead, now=timezone.now())}"}
    assert client.get(reverse("api-bans"), headers=of_team).status_code == 401
    sent = client.post(reverse("api-reports"), "{}", content_type="application/json", headers=bearer(lead, "reports"))
    assert sent.status_code == 401


def test_a_session_needs_its_csrf_token_to_write_and_no_scope(checklist: Any, employee: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(reverse("api-me")).json()["scopes"] == []
    assert put(client, checklist).status_code == 403
    client.get(reverse("preferences"))
    secret = client.cookies["csrftoken"].value
    assert put(client, checklist, headers={"X-CSRFToken": secret}).status_code == 200


def test_refusals_speak_the_language_of_the_persons_token_and_nothing_is_kept_on_the_way(
    client: Any, checklist: Any, employee: Any
) -> None:
    employee.language = "zh-hans"
    employee.save(update_fields=["language"])
    address = reverse("api-step", args=[checklist.pk, checklist.steps()[0].pk])
    said = bearer(employee, "read", "marks")
    answer = client.put(address, {"state": "blocked"}, content_type="application/json", headers=said)
    assert answer.status_code == 409
    assert answer.json()["detail"] != "Give a reason in a few words."
    assert "no-store" in client.get(reverse("api-me"), headers=said)["Cache-Control"]


def test_instants_are_in_utc_by_session_and_by_token(client: Any, ban: Any, lead: Any) -> None:
    address = reverse("api-ban", args=[ban.pk])
    by_token = client.get(address, headers=bearer(lead, "read")).json()["cutoff_at"]
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address).json()["cutoff_at"] == by_token == "2026-11-30T10:00:00Z"


def test_who_asks_too_often_hears_how_long_to_wait_and_nobody_else_does(
    client: Any, ban: Any, employee: Any, lead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "THROTTLE_RATES", {"reader": "3/min"})
    said, other = bearer(employee, "read"), bearer(lead, "read")
    assert [client.get(reverse("api-me"), headers=said).status_code for _each in range(4)] == [200, 200, 200, 429]
    answer = client.get(reverse("api-me"), headers=said)
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "60" in answer.json()["detail"] or "second" in answer.json()["detail"]
    assert client.get(reverse("api-me"), headers=other).status_code == 200


def test_guesses_from_an_address_are_slowed_down_and_good_tokens_from_there_are_not(
    client: Any, ban: Any, employee: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stranger, "THROTTLE_RATES", {"stranger": "2/min"})
    said = bearer(employee, "read")
    wrong = [{"Authorization": f"Bearer mplan_{number}"} for number in range(3)]
    answers = [client.get(reverse("api-me"), headers=each) for each in wrong]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert "Retry-After" in answers[2]
    assert client.get(reverse("api-me"), headers=wrong[0], REMOTE_ADDR="203.0.113.9").status_code == 401
    assert client.get(reverse("api-me"), headers=said).status_code == 200


def test_an_unknown_parameter_is_a_mistake_that_names_those_there_are(client: Any, ban: Any, employee: Any) -> None:
    said = bearer(employee, "read")
    answer = client.get(reverse("api-bans"), {"status": "published", "sort": "name"}, headers=said)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"status", "sort"}
    assert "cursor, mine, risk_class, size, state, tool" in answer.json()["fields"]["sort"][0]
    assert client.get(reverse("api-ban", args=[ban.pk]), {"x": "1"}, headers=said).status_code == 400


@pytest.mark.parametrize("wrong", [{"size": "0"}, {"size": "201"}, {"state": "discarded"}, {"mine": "perhaps"}])
def test_a_parameter_that_cannot_be_is_named(client: Any, ban: Any, employee: Any, wrong: dict[str, str]) -> None:
    answer = client.get(reverse("api-bans"), wrong, headers=bearer(employee, "read"))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, list(wrong))


def test_where_no_door_is_programs_hear_it_in_json(client: Any) -> None:
    for address, status in (("/api/nothing/", 404), ("/api/bans/?state=%00", 400)):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")


def test_tokens_are_not_made_by_tokens(client: Any, employee: Any) -> None:
    answer = client.post(reverse("api-tokens"), {"name": "x"}, content_type="application/json",
                         headers=bearer(employee, "read", "marks", "manage"))  # fmt: skip
    assert answer.status_code == 405
