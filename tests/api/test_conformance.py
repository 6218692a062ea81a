"""Whatever is sent to the interface, it never breaks, and answers as its published description says.

Schemathesis makes requests up from that description, some that fit it and some that do not, always the same ones; the first of
each operation is the one that the door table means. They go to the WSGI application as a server would call it, in a house with
one of every kind of thing; nothing that a request did stays.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test.utils import override_settings
from django.urls import get_resolver
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from migration_planner.planning import tokens
from tests.api import doors
from tests.doors import QUICK, House, build

pytestmark = pytest.mark.django_db
DESCRIPTION = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
SCHEMA = schemathesis.openapi.from_dict(json.loads(DESCRIPTION.read_text()))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: So many requests of each operation fit the description, and so many do not.
FITTING, UNFIT = 3, 2
#: In the order of tests/api/doors.py.
ROLES = ("owner", "lead", "employee", "outsider", "auditor", "administrator")
#: Without that of scanners, whose token is that of a team (tests/api/test_reports.py), and the description itself.
DOORS = [door for door in doors.ROWS if door[1] not in {"api-reports", "api-schema"}]


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """As Django's own client does it, the one connection stays open from request to request, since all happens in it."""
    mail = tmp_path_factory.mktemp("house") / "mail"
    ends = [signal for signal in (request_started, request_finished) if signal.disconnect(close_old_connections)]
    with django_db_blocker.unblock(), override_settings(LOCAL_MAIL=mail, PASSWORD_HASHERS=QUICK), transaction.atomic():
        yield build(mail=mail)
        transaction.set_rollback(True)
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def shown(house: House) -> dict[str, str]:
    """A token of each role, good for all that it can be made for."""
    people = {role: house.people[role] for role in ROLES}
    return {
        role: tokens.make("Test", tokens.scopes_for(person), by=person, now=timezone.now())
        for role, person in people.items()
        if person
    }


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_an_operation_answers_as_its_description_says_and_never_breaks(
    house: House, shown: dict[str, str], door: tuple[str, str]
) -> None:
    method, name = door
    operation, arguments = _operation(method, name), house.arguments(name)
    headers = {"Authorization": f"Bearer {shown[_who_may(door)]}"}

    def send(case: Any) -> int:
        case.path_parameters = dict(zip(re.findall(r"{(\w+)}", operation.path), arguments, strict=True))
        with transaction.atomic():
            answer = case.call_and_validate(headers=headers, checks=CHECKS)
            transaction.set_rollback(True)
        return int(answer.status_code)

    meant = doors.ROWS[door].split()[ROLES.index(_who_may(door))]
    if "file" not in house.form(name):
        assert str(send(_meant(operation, house, name))) == meant
    _each(operation, GenerationMode.POSITIVE, FITTING, send)
    if operation.body or operation.query:
        _each(operation, GenerationMode.NEGATIVE, UNFIT, send)


def test_a_description_that_is_not_kept_is_noticed(house: House, shown: dict[str, str]) -> None:
    """The checks can fail: told that `id` is a text, they say that the answer is not what was described."""
    told = json.loads(DESCRIPTION.read_text())
    told["components"]["schemas"]["Me"]["properties"]["id"] = {"type": "string"}
    schema = schemathesis.openapi.from_dict(told)
    schema.app = WSGIHandler()
    with pytest.raises(FailureGroup) as found:
        schema["/api/me/"]["GET"].Case().call_and_validate(
            headers={"Authorization": f"Bearer {shown['owner']}"}, checks=CHECKS
        )
    assert "is not of type" in str(found.value.exceptions[0])


def _operation(method: str, name: str) -> Any:
    """What the description says of a route; it names the number of the thing itself `id`."""
    SCHEMA.app = SCHEMA.app or WSGIHandler()
    route = next(pattern for pattern in _routes() if pattern.name == name)
    path = re.sub(r"<(?:int:pk)>", "{id}", str(route.pattern))
    return SCHEMA["/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", path)][method.upper()]


def _routes() -> list[Any]:
    return [route for each in get_resolver().url_patterns if str(each.pattern) == "api/" for route in each.url_patterns]


def _who_may(door: tuple[str, str]) -> str:
    """The first role that gets somewhere."""
    answers = doors.ROWS[door].split()
    return next((role for role, answer in zip(ROLES, answers, strict=False) if answer[0] == "2"), "owner")


def _meant(operation: Any, house: House, name: str) -> Any:
    query = dict(part.split("=") for part in house.path(name).partition("?")[2].split("&") if part)
    if not operation.body:
        return operation.Case(query=query)
    return operation.Case(body=house.form(name), media_type="application/json", query=query)


def _each(operation: Any, mode: GenerationMode, count: int, send: Any) -> None:
    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        send(case)

    holds()
