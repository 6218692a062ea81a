from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from migration_planner.reminders.ticking import tick


def test_a_living_process_says_so_without_asking_the_database(client: Client) -> None:
    answer = client.get("/livez")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_it_is_ready_when_the_schema_is_the_right_one(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_it_is_not_ready_while_migrations_are_missing(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'planning'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"migrations missing" in answer.content


def test_it_is_not_ready_without_its_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
        answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"database: no answer\n")


@pytest.mark.django_db
def test_whether_mail_is_well_is_told_as_numbers_and_words(client: Client, ban: Any, mailbox: Any) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "trouble"
    tick(now=timezone.now())
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    signs = {sign["name"]: sign for sign in answer.json()["signs"]}
    assert set(signs) == {"sender", "lane", "planner", "balance", "oldest_due", "nightly", "broker"}
    assert signs["sender"]["words"] == "The sender is at work."
    assert signs["sender"]["seconds"] < 60


def test_mail_is_not_well_without_its_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["signs"][0]["name"] == "database"


@pytest.mark.django_db
def test_asking_takes_few_queries(client: Client, ban: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10):
        client.get("/healthz")
