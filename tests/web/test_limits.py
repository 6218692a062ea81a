"""How often one may try: counted by all web processes together, and never so that a stranger can lock somebody out."""

import subprocess
import sys
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from migration_planner.web.accounts import network

PASSWORD = "correct horse battery staple"
HERE, THERE = "203.0.113.7", "198.51.100.9"
#: A web process of its own: one failed sign-in as Eve, and what it was answered.
ANOTHER_PROCESS = """
import sys
import django
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.test import Client
answer = Client(REMOTE_ADDR=sys.argv[2]).post("/accounts/login/", {"login": "eve@acme.example", "password": "wrong"})
print("Too many" in answer.content.decode())
"""


@pytest.fixture(autouse=True)
def known(employee: Any, settings: Any) -> Any:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    employee.set_password(PASSWORD)
    employee.save()
    return employee


def sign_in(client: Any, password: str, *, by: str = HERE) -> Any:
    form = {"login": "eve@acme.example", "password": password}
    return client.post(reverse("account_login"), form, REMOTE_ADDR=by)


def fail(client: Any, times: int, *, by: str = HERE) -> None:
    for _ in range(times):
        sign_in(client, "wrong", by=by)


def test_who_guesses_is_stopped_and_the_person_signs_in_from_elsewhere(client: Any) -> None:
    fail(client, 5)
    stopped = sign_in(client, PASSWORD)
    assert (stopped.status_code, "Too many failed" in stopped.content.decode()) == (200, True)
    assert sign_in(client, PASSWORD, by=THERE).status_code == 302


def test_the_neighbours_of_an_address_count_as_the_same_network(client: Any) -> None:
    for last in range(5):
        fail(client, 1, by=f"203.0.113.{last}")
    assert sign_in(client, PASSWORD, by="203.0.113.200").status_code == 200
    assert network("2001:db8:1:2:3::7") == network("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert network("no address") == "no address"


def test_guessing_from_many_networks_is_stopped_and_a_new_password_lets_the_person_in(
    client: Any, mailoutbox: Any, settings: Any
) -> None:
    for each in range(20):
        fail(client, 5, by=f"203.0.{each}.7")
    assert sign_in(client, PASSWORD, by=THERE).status_code == 200
    client.post(reverse("account_reset_password"), {"email": "eve@acme.example"})
    link = next(word for word in mailoutbox[0].body.split() if word.startswith(settings.BASE_URL))
    at = client.get(link.removeprefix(settings.BASE_URL), follow=True).redirect_chain[-1][0]
    new = PASSWORD + " again"
    client.post(at, {"password1": new, "password2": new})
    assert sign_in(client, new, by=THERE).status_code == 302


def test_signing_in_well_is_never_too_often(client: Any) -> None:
    for _ in range(7):
        assert sign_in(client, PASSWORD).status_code == 302
        client.logout()


def test_an_office_behind_one_address_sets_its_first_passwords_in_a_minute(client: Any) -> None:
    asked = [
        client.post(reverse("account_reset_password"), {"email": f"p{number}@acme.example"}) for number in range(40)
    ]
    assert {answer.status_code for answer in asked} == {302}


@pytest.mark.django_db(transaction=True)
def test_two_web_processes_count_together(client: Any) -> None:
    fail(client, 4)
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-W", "ignore", "-c", ANOTHER_PROCESS, name, HERE]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)]
    assert said == ["False", "True"], "the fifth failure is counted, the sixth is refused"
    assert "Too many failed" in sign_in(client, PASSWORD).content.decode()
