"""Every door of the product, tried by everybody."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from migration_planner.people.models import Membership, User
from migration_planner.planning.models import Ban, Checklist, Step
from tests.asked import names_read
from tests.doors import DOORS, QUICK, ROLES, Door, House, build, routes

pytestmark = pytest.mark.django_db
WRITES = ("INSERT", "UPDATE", "DELETE", "COPY", "MERGE", "TRUNCATE")
ROLE_FIELDS = ["is_owner", "is_auditor", "is_administrator", "is_active", "email"]
HUGE = "99999999999999999999"
#: Pages; programs are asked the same by tests/api/test_conformance.py.
GETS = [door for door in DOORS if door[0] == "get" and not door[1].startswith("api-")]
#: Forms that somebody may send. What programs send is made up by tests/api/test_conformance.py.
POSTS = [door for door in DOORS if door[0] == "post" and not door[1].startswith("api-")]


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Built once; every test leaves it as it was, and the end takes it down."""
    mail = tmp_path_factory.mktemp("house") / "mail"
    quick = override_settings(LOCAL_MAIL=mail, PASSWORD_HASHERS=QUICK)
    with django_db_blocker.unblock(), quick, transaction.atomic():
        built = build(mail=mail)
        SESSIONS.update({user.pk: _session(user) for user in built.people.values() if user is not None})
        yield built
        transaction.set_rollback(True)


#: The session of each person of the house, by the person's number: signing in anew for each request takes as long as the request.
SESSIONS: dict[int, str] = {}


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def signed_in(user: Any, **options: Any) -> Client:
    client = Client(**options)
    if user is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = SESSIONS[user.pk]
    return client


def try_door(house: House, door: Door, role: str) -> tuple[HttpResponseBase, list[str]]:
    """The answer, and the statements that wrote. Nothing that the request did stays."""
    method, name = door
    cache.clear()  # in which sign-ins and mails are counted
    client = signed_in(house.people[role])
    with transaction.atomic():
        path, form = house.path(name), house.form(name)
        with CaptureQueriesContext(connection) as asked:
            answer = ask(client, method, path, form)
            if answer.streaming:
                b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer, written(asked)


def written(asked: CaptureQueriesContext) -> list[str]:
    """The statements that wrote, but for the session and for what is counted of those who try to sign in."""
    said = [one["sql"].lstrip() for one in asked]
    wrote = [
        sql for sql in said if sql.upper().startswith(WRITES) and not sql.startswith("COPY (SELECT")
    ]  # which reads
    return [sql for sql in wrote if "django_session" not in sql and "people_cache" not in sql]


def ask(client: Client, method: str, path: str, form: Any) -> Any:
    if method == "get":
        return client.get(path)
    if path.startswith("/api/") and "file" not in form:
        return getattr(client, method)(path, form, content_type="application/json")
    return client.post(path, form)


def answered(answer: HttpResponseBase) -> str:
    leads_in = answer.status_code == 302 and answer["Location"].startswith(reverse("account_login") + "?next=")
    return "in" if leads_in else str(answer.status_code)


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_a_door_opens_to_whom_it_should_and_reading_changes_nothing(house: House, door: Door) -> None:
    tried = {role: try_door(house, door, role) for role in ROLES}
    assert {role: answered(answer) for role, (answer, _wrote) in tried.items()} == DOORS[door]
    if door[0] == "get":
        assert [sql for _answer, wrote in tried.values() for sql in wrote] == []


def test_every_route_has_a_row_for_each_of_its_methods_and_no_row_is_left_over(house: House) -> None:
    client = signed_in(house.people["owner"])
    found = {
        (method, route.name or str(route.pattern)) for route in routes() for method in methods(client, house, route)
    }
    assert found == set(DOORS)


def methods(client: Client, house: House, route: Any) -> set[str]:
    """What a view of ours allows it says when asked in a method that nobody allows; allauth's are classes."""
    all_of_them = {"get", "post", "put", "patch", "delete"}
    if view := getattr(route.callback, "view_class", None):
        allauths = {"put"} if view.__module__.startswith("allauth") else set()  # the same as its post
        return {method for method in all_of_them - allauths if hasattr(view, method)}
    answer = client.generic("BREW", house.path(route.name))
    assert answer.status_code == 405, f"{route.name} does not say which methods it allows"
    return all_of_them & {method.strip().lower() for method in answer["Allow"].split(",")}


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_methods_that_a_page_does_not_take_are_refused_and_head_reads_alone(house: House, door: Door) -> None:
    method, name = door
    client = signed_in(house.people["owner"])
    other = "get" if method == "post" else "post"
    if (other, name) not in DOORS:
        assert getattr(client, other)(house.path(name)).status_code == 405
    if method == "get":
        path = house.path(name)
        with CaptureQueriesContext(connection) as asked:
            assert str(client.head(path).status_code) in {"200", "302", "405", DOORS[door]["owner"]}
        assert written(asked) == []


def test_things_of_one_ban_are_not_reached_through_another(house: House) -> None:
    client = signed_in(house.people["owner"])
    mine, ended, draft = house.ban.pk, house.ended.pk, house.draft_step.pk
    ended_step = house.ended.steps.per_person()[0].pk
    team, other_team = house.migration.team_id, house.other.migrations.get().team_id
    team_step, draft_team_step = house.team_step.pk, house.draft.steps.per_team()[0].pk
    mixed = [
        ("get", "ban-step", [mine, draft]),
        ("post", "ban-step", [mine, draft]),
        ("post", "ban-step-place", [mine, draft]),
        ("post", "ban-step-requirement", [mine, draft]),
        ("post", "ban-step-removal", [mine, draft]),
        ("get", "ban-step", [house.other.pk, house.other.steps.all()[0].pk]),
        ("post", "ban-step-removal", [house.draft.pk, house.other.steps.all()[0].pk]),
        ("get", "team", [mine, other_team]),
        ("get", "team", [house.draft.pk, team]),
        ("post", "team-nudge", [mine, other_team]),
        ("post", "team-step", [mine, other_team, team_step]),
        ("post", "team-step", [mine, team, house.step.pk]),
        ("post", "team-step", [mine, team, draft_team_step]),
        ("post", "team-step-assignment", [mine, team, draft_team_step]),
        ("post", "checklist-step", [house.checklist.pk, ended_step]),
        ("post", "checklist-step", [house.checklist.pk, team_step]),
    ]
    for method, name, arguments in mixed:
        answer = getattr(client, method)(reverse(name, args=arguments), house.form(name))
        assert answer.status_code == 404, (method, name)
    employee, lead = signed_in(house.people["employee"]), signed_in(house.people["lead"])
    assert (
        employee.post(reverse("checklist-step", args=[house.checklist.pk, ended_step]), {"state": "done"}).status_code
        == 404
    )
    assert (
        lead.post(reverse("team-step", args=[mine, house.sales.team_id, team_step]), {"state": "done"}).status_code
        == 404
    )
    assert lead.post(reverse("team-step", args=[ended, team, team_step]), {"state": "done"}).status_code == 404


def test_a_foreign_step_cannot_be_hung_to_a_foreign_workflow(house: House) -> None:
    client = signed_in(house.people["owner"])
    workflow = house.other.workflows.create(key="theirs", position=99, title="Theirs", compatibility="full")
    answer = client.post(house.path("ban-step"), {**house.form("ban-step"), "workflow": str(workflow.pk)})
    assert answer.status_code == 422


@pytest.mark.parametrize("door", POSTS, ids=" ".join)
def test_no_form_takes_more_than_it_asks_for(house: House, door: Door) -> None:
    """Every field of people and bans is posted along with each form; roles, addresses and states stay as they are."""
    role = next(role for role in ("employee", "lead", "owner", "administrator") if DOORS[door][role][0] in "23")
    more = {field.name: "1" for model in (User, Ban, Step, Checklist, Membership) for field in model._meta.fields}
    more |= {"is_active": "", "email": "evil@acme.example", "role": "lead", "state": "closed", "password": "x"}
    kept = {name: value for name, value in house.form(door[1]).items() if name != "is_active"}
    more |= kept
    path = house.path(door[1])
    before = list(User.objects.order_by("pk").values("pk", *ROLE_FIELDS, "password", "last_login"))
    client = signed_in(house.people[role])
    owners = list(Ban.owners.through.objects.order_by("pk").values_list("ban", "user"))
    with transaction.atomic():
        client.post(path, more)
        after = list(User.objects.order_by("pk").values("pk", *ROLE_FIELDS, "password", "last_login"))
        if door[1] not in {"ban-new", "ban-basics", "ban-change-owners"}:
            assert list(Ban.owners.through.objects.order_by("pk").values_list("ban", "user")) == owners
        transaction.set_rollback(True)
    theirs = [{name: row[name] for name in ("pk", *ROLE_FIELDS)} for row in after]
    assert theirs == [{name: row[name] for name in ("pk", *ROLE_FIELDS)} for row in before]


# Whatever stands in an address or a form, the answer is never a breakdown.


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


EXTREMES = [HUGE, "-1", "1e400", "٣", "²", "9" * 5000, "x" * 10_000, "a\0b", "\ud800", "%", "'\"--", "NaN", "Infinity"]
CURSORS = [
    *EXTREMES,
    *(cursor("n", *values) for length in (1, 2, 3) for values in [
        ["x"] * length, [int(HUGE)] * length, [1e308] * length, [True] * length, ["a\0b"] * length, ["\ud800"] * length,
        [float("nan")] * length, [float("inf")] * length, ["2026-99-99T00:00:00Z"] * length,
        ["0001-01-01T00:00:00+23:59"] * length,
    ]),
    base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    base64.urlsafe_b64encode(b'{"n": 1}').decode(),
    base64.urlsafe_b64encode(b"7").decode(),
]  # fmt: skip
PARAMETERS = ["q", "in", "state", "sort", "scope", "list", "of", "who", "person", "team", "standing", "day", "at", "zone",
              "to", "before", "next", "cursor", "page", "place", "verdict", "severity", "facts", "version", "name"]  # fmt: skip
ORM = ["person__password", "-person__password", "password", "DROP", "blocked') OR 1=1 --", "ban__owners__email"]


PAGED = [
    "bans",
    "tools",
    "ban-history",
    "ban-mail",
    "ban-mail-due",
    "ban-unreachable",
    "person-mail",
    "mails-held",
    "checklist-history",
    "checklist-comments",
    "ban-audience",
    "roster",
    "rooms",
    "team",
]


@pytest.mark.parametrize("door", GETS, ids=" ".join)
def test_no_question_breaks_a_page(house: House, door: Door) -> None:
    client, path = (
        signed_in(house.people["owner"], raise_request_exception=False),
        house.path(door[1]).partition("?")[0],
    )
    broken = []
    with names_read() as read:
        client.get(path, dict.fromkeys(PARAMETERS, "1"))
    read.discard("cursor")
    for value in EXTREMES + ORM if read else ["a\0b"]:
        asked = dict.fromkeys({*PARAMETERS, *read}, value.encode("utf-8", "surrogatepass"))
        asked.pop("day" if value in ORM else "q", None)  # each of them is read before some other
        asked.pop("cursor", None)
        broken += [f"{value[:40]!a}"] * (client.get(path, asked).status_code >= 500)
    assert broken == []


@pytest.mark.parametrize("name", PAGED)
def test_no_cursor_breaks_a_list(house: House, name: str) -> None:
    client, path, broken = signed_in(house.people["owner"], raise_request_exception=False), house.path(name), []
    for each in CURSORS:
        for sort in ("need", "activity") if name == "team" else ("",):
            asked = {"cursor": each.encode("utf-8", "surrogatepass"), "sort": sort}
            broken += [f"{each[:60]!a} {sort}"] * (client.get(path, asked).status_code >= 500)
    assert broken == []


def names_of_form(client: Client, path: str, form: dict[str, Any]) -> set[str]:
    """What is read of the form, sent as it is meant; one that nobody reads is worth one try."""
    with names_read() as read, transaction.atomic():
        client.post(path, form)
        transaction.set_rollback(True)
    return read.intersection({*form, "position", "seen", "why"}) or {"why"}


@pytest.mark.parametrize("door", POSTS, ids=" ".join)
def test_no_form_breaks_a_page(house: House, door: Door) -> None:
    role = next(role for role in ("owner", "lead", "employee", "administrator") if DOORS[door][role][0] in "23")
    client = signed_in(house.people[role], raise_request_exception=False)
    path, form, broken = house.path(door[1]), house.form(door[1]), []
    for name in names_of_form(client, path, form):
        for value in (HUGE, "9" * 5000, "a\0b", "²", "x" * 30_000):
            cache.clear()
            with transaction.atomic():
                answer = client.post(path, {**form, name: value})
                transaction.set_rollback(True)
            broken += [f"{name}={value[:40]!a}"] * (answer.status_code >= 500)
    assert broken == []


def test_numbers_beyond_every_row_lead_nowhere(house: House) -> None:
    client = signed_in(house.people["owner"], raise_request_exception=False)
    for method, name in DOORS:
        arguments = house.arguments(name)
        for place, value in enumerate(arguments):
            if isinstance(value, int):
                huge = [*arguments[:place], int(HUGE), *arguments[place + 1 :]]
                path = (
                    reverse(name, args=huge) + house.path(name).partition("?")[1] + house.path(name).partition("?")[2]
                )
                assert ask(client, method, path, house.form(name)).status_code == 404, (method, name, place)


def test_characters_that_no_text_can_hold_are_refused_wherever_they_stand(house: House) -> None:
    client = Client(raise_request_exception=False)
    for path in (
        "/checklists/%00/",
        "/playbooks/a%00b/",
        "/static/%00",
        "/local/mail/%00/",
        "/accounts/login/?next=%00",
    ):
        assert client.get(path).status_code == 400, path
    assert client.get("/", headers={"cookie": 'sessionid="12345678\\000"'}).status_code == 400
