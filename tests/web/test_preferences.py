from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Event
from migration_planner.planning.preferences import choose

URL = "/preferences/"


@pytest.fixture
def as_employee(client: Any, employee: Any) -> Any:
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_people_choose_their_clock_language_and_reminder_hour_and_history_keeps_it(
    as_employee: Any, employee: Any
) -> None:
    answer = as_employee.post(URL, {"zone": "Europe/Lisbon", "language": "zh-hans", "reminder_hour": "14"}, follow=True)
    assert answer.redirect_chain == [(reverse("preferences"), 303)]
    employee.refresh_from_db()
    assert (employee.zone, employee.language, employee.reminder_hour) == ("Europe/Lisbon", "zh-hans", 14)
    event = Event.objects.get(verb=Event.Verb.PREFERENCES_CHANGED)
    assert (event.actor, event.data["zone"]) == (employee, ["Asia/Shanghai", "Europe/Lisbon"])
    assert '<html lang="zh-hans">' in answer.content.decode()


def test_saving_what_is_so_already_leaves_no_trace(employee: Any, now: datetime) -> None:
    same = {"zone": employee.zone, "language": employee.language, "reminder_hour": employee.reminder_hour}
    assert choose(employee, **same, by=employee, now=now) is False
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"zone": "Mars/Olympus"}, {"zone": ""}, {"language": "tlh"}, {"reminder_hour": "24"}, {"reminder_hour": "x"}],
)
def test_what_cannot_be_chosen_is_refused_by_the_form(as_employee: Any, employee: Any, wrong: Any) -> None:
    data = {"zone": "Europe/Lisbon", "language": "en", "reminder_hour": "14", **wrong}
    answer = as_employee.post(URL, data)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    employee.refresh_from_db()
    assert employee.zone == "Asia/Shanghai"


def test_the_domain_refuses_it_too(employee: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="Mars"):
        choose(employee, zone="Mars/Olympus", language="en", reminder_hour=9, by=employee, now=now)


def test_an_old_name_of_a_zone_stays_choosable_for_who_has_it(as_employee: Any, employee: Any) -> None:
    employee.zone = "Etc/GMT+8"
    employee.save(update_fields=["zone"])
    assert as_employee.post(URL, {"zone": "Etc/GMT+8", "language": "en", "reminder_hour": "7"}).status_code == 303


def test_name_and_team_are_shown_and_cannot_be_changed_here(as_employee: Any, employee: Any) -> None:
    page = as_employee.get(URL).content.decode()
    assert "Eve" in page
    assert "Search" in page
    as_employee.post(URL, {"zone": "UTC", "language": "en", "reminder_hour": "9", "name": "Mallory", "is_owner": "on"})
    employee.refresh_from_db()
    assert (employee.name, employee.is_owner) == ("Eve", False)
