import json
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from migration_planner.planning.models import Event

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@pytest.fixture
def api() -> APIClient:
    return APIClient()


def mark(api: APIClient, checklist: Any, number: int, **fields: str) -> Any:
    step = checklist.steps()[number]
    return api.put(reverse("api-step", args=[checklist.pk, step.pk]), fields, format="json")


def test_a_person_marks_a_step_and_repeating_it_changes_nothing(api: APIClient, checklist: Any, employee: Any) -> None:
    api.force_authenticate(employee)
    answer = mark(api, checklist, 0, state="done").json()
    assert (answer["state"], answer["finished_steps"], answer["steps"][0]["state"]) == ("started", 1, "done")
    events = Event.objects.count()
    assert mark(api, checklist, 0, state="done").status_code == 200
    assert Event.objects.count() == events


def test_a_refusal_is_409_with_its_sentence_and_bad_input_400(api: APIClient, checklist: Any, employee: Any) -> None:
    api.force_authenticate(employee)
    answer = mark(api, checklist, 0, state="blocked")
    assert (answer.status_code, answer.json()) == (409, {"detail": "Give a reason in a few words."})
    assert mark(api, checklist, 0, state="finished").status_code == 400


def test_nobody_marks_for_somebody_else_and_outsiders_find_nothing(
    api: APIClient, checklist: Any, lead: Any, outsider: Any
) -> None:
    api.force_authenticate(lead)
    assert mark(api, checklist, 0, state="done").status_code == 403
    api.force_authenticate(outsider)
    assert mark(api, checklist, 0, state="done").status_code == 404
    assert api.get(reverse("api-ban", args=[checklist.ban_id])).status_code == 404


def test_progress_is_for_those_who_answer_for_the_ban(api: APIClient, ban: Any, owner: Any, employee: Any) -> None:
    url = reverse("api-progress", args=[ban.pk])
    api.force_authenticate(owner)
    assert api.get(url).json() == {
        "people": 3, "teams": 3, "done": 0, "started": 0, "blocked": 0, "waived": 0, "not_started": 3,
        "done_verified": 0, "done_claimed": 0, "team_steps_asked": 2, "team_steps_verified": 0, "team_steps_claimed": 0,
    }  # fmt: skip
    assert api.get(url, {"team": "Acme/Engineering"}).json()["people"] == 2
    assert api.get(url, {"team": "Nowhere"}).status_code == 404
    api.force_authenticate(employee)
    assert api.get(url).status_code == 403


def test_lists_hold_what_one_may_see(api: APIClient, ban: Any, employee: Any, outsider: Any) -> None:
    api.force_authenticate(employee)
    assert [row["tool"] for row in api.get(reverse("api-bans")).json()["results"]] == ["Old Editor"]
    assert [row["state"] for row in api.get(reverse("api-checklists")).json()["results"]] == ["not_started"]
    api.force_authenticate(outsider)
    assert api.get(reverse("api-bans")).json() == {"results": [], "next": None}


def test_without_signing_in_nothing_is_told(api: APIClient, ban: Any) -> None:
    answer = api.get(reverse("api-bans"))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def test_the_published_description_is_what_the_interface_does(db: None) -> None:
    now = SchemaGenerator().get_schema(request=None, public=True)
    assert json.loads(SCHEMA.read_text()) == json.loads(json.dumps(now)), (
        "Run: manage.py spectacular --format openapi-json --file docs/openapi.json"
    )


@pytest.mark.parametrize("sent", ["[" * 100_000, '{"state": "\\ud800"}'])
def test_what_cannot_be_read_or_said_again_is_the_senders_mistake(
    client: Any, checklist: Any, employee: Any, sent: str
) -> None:
    client.force_login(employee)
    address = reverse("api-step", args=[checklist.pk, checklist.steps()[0].pk])
    assert client.put(address, sent, content_type="application/json").status_code == 400
