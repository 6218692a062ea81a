"""The page of access tokens."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import tokens
from migration_planner.planning.models import AccessToken

pytestmark = pytest.mark.django_db


def sign_in(client: Any, user: Any) -> Any:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


WANTED = {"name": "Nightly export", "scopes": ["read"], "days": "30"}


def test_a_token_is_made_shown_once_and_revoked_after_being_asked(client: Any, employee: Any) -> None:
    sign_in(client, employee)
    assert "You have no tokens" in text(client.get(reverse("tokens")))
    answer = client.post(reverse("tokens"), WANTED)
    assert "Copy it now" in text(answer)
    row = AccessToken.objects.get()
    assert f'value="{row.begins}' in text(answer)
    assert "no-store" in answer["Cache-Control"]
    again = text(client.get(reverse("tokens")))
    assert row.begins in again
    assert f'value="{row.begins}' not in again
    link = reverse("token-revocation", args=[row.pk])
    assert "cannot be brought back" in text(client.get(link))
    assert AccessToken.objects.get().revoked_at is None
    client.post(link)
    assert AccessToken.objects.get().revoked_at
    assert "revoked" in text(client.get(reverse("tokens")))


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["signals"]}, {"days": "366"}])
def test_what_cannot_be_is_said_beside_its_field(client: Any, employee: Any, wrong: dict[str, Any]) -> None:
    answer = sign_in(client, employee).post(reverse("tokens"), {**WANTED, **wrong})
    assert answer.status_code == 422
    assert not AccessToken.objects.exists()


def test_administrators_see_and_end_the_tokens_of_everybody_and_others_only_theirs(
    client: Any, employee: Any, administrator: Any, lead: Any
) -> None:
    tokens.make("Nightly", ["read"], by=employee, now=timezone.now())
    everybody = reverse("tokens") + "?of=everybody"
    assert "Nightly" not in text(sign_in(client, lead).get(everybody))
    page = text(sign_in(client, administrator).get(everybody))
    assert "Nightly" in page
    assert employee.name in page
    client.post(reverse("token-revocation", args=[AccessToken.objects.get().pk]))
    assert AccessToken.objects.get().revoked_at


def test_the_page_costs_the_same_however_many_tokens_there_are(
    client: Any, administrator: Any, person: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        tokens.make("x", ["read"], by=person(f"p{number}"), now=timezone.now())
    sign_in(client, administrator)
    with django_assert_max_num_queries(8):
        client.get(reverse("tokens") + "?of=everybody")
