"""Access tokens: shown once, kept under a pepper, good for their scopes until their day and while their person is here."""

import importlib
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from migration_planner.lib import tokens as secret
from migration_planner.lib.errors import DomainError
from migration_planner.planning import tokens
from migration_planner.planning.models import AccessToken, Event, ReportToken
from migration_planner.planning.scans import tokens as team_tokens

pytestmark = pytest.mark.django_db
OTHER, THIRD = "another-pepper-" + "y" * 40, "a-third-pepper-" + "z" * 40


def test_a_token_is_shown_once_and_neither_it_nor_its_plain_digest_is_kept(employee: Any, now: datetime) -> None:
    token = tokens.make(" Export ", ["read", "marks"], by=employee, now=now)
    row = AccessToken.objects.get()
    kept = str([list(AccessToken.objects.values()), list(Event.objects.values())])
    assert token not in kept
    assert sha256(token.encode()).hexdigest() not in kept
    assert (row.name, row.scopes, row.begins) == ("Export", ["read", "marks"], token[:12])
    assert row.expires_at == now + timedelta(days=90)
    assert (Event.objects.get().verb, Event.objects.get().data["scopes"]) == ("token_made", ["read", "marks"])


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [("", ["read"], 9), ("x", [], 9), ("x", ["read", "all"], 9), ("x", ["read"], 366), ("x", ["signals"], 9)],
)
def test_a_token_says_what_it_is_for_and_ends_within_a_year(
    employee: Any, now: datetime, name: str, scopes: list[str], days: int
) -> None:
    with pytest.raises(DomainError):
        tokens.make(name, scopes, days=days, by=employee, now=now)


def test_the_database_refuses_a_token_for_nothing(employee: Any, now: datetime) -> None:
    tokens.make("x", ["read"], by=employee, now=now)
    with pytest.raises(IntegrityError, match="tokens_have_a_scope"), transaction.atomic():
        AccessToken.objects.update(scopes=[])


def test_a_person_has_a_number_of_open_tokens(employee: Any, now: datetime) -> None:
    for _each in range(tokens.MOST_OPEN):
        tokens.make("x", ["read"], by=employee, now=now)
    with pytest.raises(DomainError, match="Revoke one"):
        tokens.make("x", ["read"], by=employee, now=now)
    tokens.revoke(AccessToken.objects.all()[0], by=employee, now=now)
    assert tokens.make("x", ["read"], by=employee, now=now)


def test_it_ends_when_it_is_revoked_when_its_day_comes_and_when_its_person_leaves(employee: Any, now: datetime) -> None:
    token = tokens.make("x", ["read"], days=1, by=employee, now=now)
    assert tokens.find(token, now=now)
    assert tokens.find(token, now=now + timedelta(days=1)) is None
    employee.is_active = False
    employee.save(update_fields=["is_active"])
    assert tokens.find(token, now=now) is None
    employee.is_active = True
    employee.save(update_fields=["is_active"])
    row = AccessToken.objects.get()
    assert tokens.revoke(row, by=employee, now=now)
    assert not tokens.revoke(row, by=employee, now=now)
    assert tokens.find(token, now=now) is None


def test_its_use_is_noted_once_a_minute(employee: Any, now: datetime, django_assert_num_queries: Any) -> None:
    token = tokens.make("x", ["read"], by=employee, now=now)
    with django_assert_num_queries(2):
        tokens.find(token, now=now)
    with django_assert_num_queries(1):
        tokens.find(token, now=now + timedelta(seconds=50))
    assert AccessToken.objects.get().last_used_at == now


def test_after_a_change_of_the_pepper_the_older_ones_verify_and_use_brings_a_token_under_the_new_one(
    employee: Any, search: Any, lead: Any, now: datetime, settings: Any
) -> None:
    token, of_team = tokens.make("x", ["read"], by=employee, now=now), team_tokens.make(search, by=lead, now=now)
    assert tokens.find(token, now=now), "used a moment ago: that its use is noted already changes nothing"
    settings.TOKEN_PEPPER_FALLBACKS, settings.TOKEN_PEPPER = [settings.TOKEN_PEPPER], OTHER
    assert tokens.find(token, now=now)
    assert team_tokens.find(of_team, now=now)
    settings.TOKEN_PEPPER_FALLBACKS = []  # used once, they need the old one no more
    assert tokens.find(token, now=now)
    assert team_tokens.find(of_team, now=now)
    settings.TOKEN_PEPPER = THIRD
    assert tokens.find(token, now=now) is None
    assert team_tokens.find(of_team, now=now) is None


def test_tokens_from_before_the_pepper_go_on(employee: Any, search: Any, lead: Any, now: datetime) -> None:
    token, of_team = tokens.make("x", ["read"], by=employee, now=now), team_tokens.make(search, by=lead, now=now)
    AccessToken.objects.update(digest=sha256(token.encode()).hexdigest())
    ReportToken.objects.update(digest=sha256(of_team.encode()).hexdigest())
    assert tokens.find(token, now=now) is None
    migration = importlib.import_module("migration_planner.planning.migrations.0028_tokens_stand_under_a_pepper")
    migration.pepper(apps, None)
    assert tokens.find(token, now=now)
    assert team_tokens.find(of_team, now=now)
    assert AccessToken.objects.get().digest == secret.digest_of(token)
