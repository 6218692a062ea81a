"""The cast: a small organisation and one ban, over a real PostgreSQL."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """The databases of the tests are copies. Tests with threads empty every table of theirs when they are done, the ledger and
    history too, which refuse that."""
    from django.db import connections
    from django.db.models.signals import post_migrate

    from tests.migrated import template

    connections["default"].settings_dict["TEST"]["TEMPLATE"] = template()

    def allow_emptying(using: str, **_kwargs: Any) -> None:
        with connections[using].cursor() as cursor:
            cursor.execute("ALTER TABLE reminders_attempt DISABLE TRIGGER the_ledger_is_not_emptied")
            cursor.execute("ALTER TABLE reminders_roomattempt DISABLE TRIGGER attempts_at_rooms_are_not_emptied")
            cursor.execute("ALTER TABLE planning_event DISABLE TRIGGER history_is_not_emptied")
            cursor.execute("ALTER TABLE evidence_seal DISABLE TRIGGER seals_are_not_emptied")

    post_migrate.connect(allow_emptying, weak=False, dispatch_uid="allow_emptying")


#: So many tests, or so many seconds of them, leave about as many dead rows as a full company has living ones.
SWEPT_AFTER, SECONDS = 40, 10
unswept, swept_at = 0, monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """What tests have rolled back stays in the tables as dead rows, and every statement reads past them: sweep between files.

    What a long test has measured of its tables is wrong for the next one, and would mislead it: forgotten by the same.
    Never within a file, whose fixtures may hold rows that are not committed: PostgreSQL would take their tables for empty.
    """
    global unswept, swept_at
    yield
    unswept += 1
    same_file = nextitem is not None and nextitem.path == item.path
    if not same_file and (unswept >= SWEPT_AFTER or monotonic() > swept_at + SECONDS):
        sweep()
        unswept, swept_at = 0, monotonic()


def sweep() -> None:
    import psycopg
    from django.db import connections

    from tests.environment import CLUSTER

    name = connections["default"].settings_dict["NAME"]
    if name.startswith("test_"):
        with psycopg.connect(CLUSTER.address(name), autocommit=True) as connection:
            connection.execute("VACUUM (SKIP_LOCKED)")


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_for_when_asked_for() -> None:
    """Every client of a test makes the middleware anew; reading all static files each time took longer than most requests."""
    from django.conf import settings

    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def english() -> None:
    """A request of the test before may have left another language in this thread."""
    from django.conf import settings
    from django.utils import translation

    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """Make a person: person("ana", home=team, role="lead", zone="Asia/Shanghai")."""
    from migration_planner.people.models import Membership, User

    def make(name: str, *, home: Any = None, role: str = "member", **fields: Any) -> User:
        user = User.objects.create_user(email=f"{name}@acme.example", name=name.title(), **fields)
        if home is not None:
            Membership.objects.create(user=user, team=home, role=role, is_home=True)
        return user

    return make


@pytest.fixture
def team(db: None) -> Callable[[str], Any]:
    """Make the team at a path, with the teams above it: team("Acme/Engineering/Search")."""
    from migration_planner.people.models import Team

    def make(path: str) -> Team:
        above, _, name = path.rpartition("/")
        parent = make(above) if above else None
        found, _created = Team.objects.get_or_create(
            path=path, defaults={"name": name, "parent": parent, "depth": path.count("/")}
        )
        return found

    return make


@pytest.fixture
def acme(team: Callable[[str], Any]) -> Any:
    return team("Acme")


@pytest.fixture
def search(team: Callable[[str], Any]) -> Any:
    return team("Acme/Engineering/Search")


@pytest.fixture
def sales(team: Callable[[str], Any]) -> Any:
    return team("Acme/Sales")


@pytest.fixture
def owner(person: Callable[..., Any], acme: Any) -> Any:
    return person("olga", home=acme, is_owner=True, zone="Europe/Berlin")


@pytest.fixture
def lead(person: Callable[..., Any], search: Any) -> Any:
    return person("lee", home=search, role="lead", zone="Asia/Shanghai")


@pytest.fixture
def employee(person: Callable[..., Any], search: Any) -> Any:
    return person("eve", home=search, zone="Asia/Shanghai")


@pytest.fixture
def outsider(person: Callable[..., Any], team: Callable[[str], Any]) -> Any:
    """Works in another company of the same installation: no ban here is theirs."""
    return person("otto", home=team("Other"))


@pytest.fixture
def auditor(person: Callable[..., Any]) -> Any:
    return person("audra", is_auditor=True)


@pytest.fixture
def administrator(person: Callable[..., Any]) -> Any:
    return person("adam", is_administrator=True)


@pytest.fixture
def draft(owner: Any, acme: Any, lead: Any, employee: Any, now: datetime) -> Any:
    """A draft over all of Acme with three required steps and an optional one for each person, and one team step."""
    from migration_planner.planning.models import Ban, Step, Tool

    ban = Ban(
        tool=Tool.called("Old Editor"), replacement=Tool.called("New Editor"), reason="Its vendor reads our code.",
        reason_source="Security review 12", playbook="any-tool", playbook_version="1", created_at=now,
    )  # fmt: skip
    ban.set_cutoff(date(2026, 11, 30), time(18), "Asia/Shanghai")
    ban.save()
    ban.owners.add(owner)
    ban.write_scope("Old Editor on every company machine. Reading its documentation stays allowed.", by=owner, now=now)
    ban.audience_teams.create(team=acme)
    rows = [
        ("export", "person", True),
        ("install", "person", True),
        ("uninstall", "person", True),
        ("tidy", "person", False),
        ("announce", "team", True),
    ]
    for position, (key, per, required) in enumerate(rows):
        Step.objects.create(ban=ban, key=key, position=position, title=key.title(), per=per, required=required)
    ban.count_steps()
    return ban


@pytest.fixture
def ban(draft: Any, owner: Any, now: datetime) -> Any:
    """The same ban, published."""
    from migration_planner.planning import publishing

    publishing.publish(draft, by=owner, now=now)
    return draft


@pytest.fixture
def checklist(ban: Any, employee: Any) -> Any:
    return ban.checklists.get(person=employee)


@pytest.fixture
def house(db: None, settings: Any, tmp_path: Path) -> Any:
    """A larger cast with one thing of every kind, see doors.py. Not to be mixed with the cast above: the names are the same."""
    from tests import doors

    settings.PASSWORD_HASHERS, settings.LOCAL_MAIL = doors.QUICK, tmp_path / "mail"
    return doors.build(mail=settings.LOCAL_MAIL)


os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop running beside the tests
