"""Links carry no authority: whatever a machine does with a mail, nothing changes for anybody."""

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core import mail as outgoing
from django.test import Client

from migration_planner.people.models import User
from migration_planner.planning.models import Event
from migration_planner.reminders import feeds
from migration_planner.reminders.models import Feed
from tests.reminders.conftest import mailbox  # noqa: F401 - a fixture
from tests.reminders.kinds import ask_for_a_password, send_every_kind
from tests.web.scanner import Scanner, addresses, digest

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def mails(ban: Any, owner: Any, lead: Any, employee: Any, mailbox: Any) -> list[Any]:  # noqa: F811
    """One mail of every kind to each of the cast, and the one about a password; the ban is in force again at the end."""
    send_every_kind(ban, owner=owner, lead=lead)
    ban.__class__.objects.filter(pk=ban.pk).update(state="published", ended_at=None)
    ask_for_a_password(employee)
    resets = [message_from_bytes(bytes(each.message()), policy=policy.default) for each in outgoing.outbox]
    assert len(resets) == 1
    return [*mailbox.messages, *resets]


@pytest.fixture
def links(mails: list[Any]) -> list[str]:
    found = sorted(set().union(*(addresses(message) for message in mails)))
    for wanted in ("/checklists/", "/bans/", "/preferences/", "/figures/pause/", "/accounts/password/reset/key/"):
        assert any(wanted in link for link in found), wanted
    return found


def signed_in(person: Any) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person, backend=BACKEND)
    return client


def scan(client: Client, links: list[str], *, presses: bool, depth: int = 2) -> Scanner:
    scanner = Scanner(client, presses=presses, depth=depth)
    for link in links:
        scanner.scan(link)
    return scanner


def test_a_machine_without_a_session_that_follows_and_reads_everything_changes_nothing(links: list[str]) -> None:
    before = digest()
    scanner = scan(Client(enforce_csrf_checks=True), links, presses=False)
    assert len(scanner.seen) >= len(links)
    assert digest() == before


def test_a_machine_without_a_session_that_presses_every_button_can_pause_one_persons_figures_and_nothing_else(
    links: list[str], lead: Any, owner: Any
) -> None:
    """The new password is the one thing that a mail may give away: whoever reads one's mail can ask for that mail too."""
    pausing = [link for link in links if "/figures/pause/" in link]
    others = [link for link in links if link not in pausing and "/password/reset/key/" not in link]
    before = digest()
    scanner = scan(Client(enforce_csrf_checks=True), others, presses=True)
    assert any(path == "/accounts/login/" for path, _status in scanner.pressed)
    assert digest() == before
    scan(Client(enforce_csrf_checks=True), pausing[:1], presses=True)
    after = digest()
    assert {table for table in after if after[table] != before[table]} == {"people_user", "planning_event"}
    assert list(User.objects.filter(bundles_paused_at__isnull=False)) == [whose(pausing[0])]
    User.objects.update(bundles_paused_at=None)
    assert digest()["people_user"] == before["people_user"]  # nothing else about anybody


def whose(link: str) -> User:
    found = re.search(r"/pause/(\d+)", link)
    assert found
    return User.objects.get(pk=int(found[1]))


def test_the_link_to_a_new_password_changes_nothing_until_one_is_written_twice(links: list[str]) -> None:
    [link] = [link for link in links if "/password/reset/key/" in link]
    before = digest()
    client = Client(enforce_csrf_checks=True)
    scanner = scan(client, [link], presses=False, depth=0)
    assert scanner.seen
    assert digest() == before
    form = client.get(link.partition("8000")[2], follow=True)
    assert form.status_code == 200
    assert digest() == before


def test_a_machine_with_somebody_elses_session_changes_nothing_but_what_is_theirs(
    links: list[str], outsider: Any
) -> None:
    client, pressing = signed_in(outsider), Scanner(signed_in(outsider), presses=True, depth=0)
    quiet = [link for link in links if "/figures/pause/" not in link and "/password/reset/key/" not in link]
    before, others = digest(), User.objects.exclude(pk=outsider.pk).order_by("pk")
    people = list(others.values())
    reading = scan(client, links, presses=False, depth=2)
    assert digest() == before
    assert len(reading.seen) > len(links)
    for link in quiet:
        pressing.scan(link)
    # What stands on the outsider's own pages is theirs to press, and touches them alone.
    assert {path for path, status in pressing.pressed if status < 400} <= {
        "/preferences/", "/preferences/calendar/", "/preferences/keys/", "/search/",
    }  # fmt: skip
    after = digest()
    changed = {table for table in after if after[table] != before[table]}
    assert changed <= {"planning_event", "reminders_feed", "people_user"}
    assert list(others.values()) == people
    assert set(Feed.objects.values_list("person", flat=True)) <= {outsider.pk}
    assert set(Event.objects.filter(verb__startswith="feed").values_list("actor", flat=True)) <= {outsider.pk}


def test_a_colleagues_session_reads_and_changes_nothing(links: list[str], lead: Any, employee: Any) -> None:
    before = digest()
    for person in (lead, employee):
        scan(signed_in(person), links, presses=False, depth=1)
        digest_now = digest()
        changed = {table for table in digest_now if digest_now[table] != before[table]}
        assert changed <= {"people_user"}  # the moment of signing in
        before = digest_now


def test_ones_own_session_that_reads_everything_three_pages_deep_changes_nothing(
    links: list[str], employee: Any, now: Any
) -> None:
    token = feeds.make(employee, by=employee, now=now)
    client = signed_in(employee)
    before = digest()
    scanner = scan(client, [*links, f"/calendar/{token}.ics"], presses=False, depth=3)
    assert {path for path in scanner.seen if path.startswith("/checklists/")}
    assert digest() == before


def test_the_scanner_would_see_a_change(ban: Any, employee: Any, checklist: Any) -> None:
    before = digest()
    checklist.mark(checklist.steps()[0], "done", by=employee, now=ban.created_at)
    after = digest()
    assert {table for table in after if after[table] != before[table]} == {
        "planning_checklist", "planning_event", "planning_mark", "planning_migration",
    }  # fmt: skip


def test_the_scanner_would_press_a_button(checklist: Any, employee: Any, settings: Any) -> None:
    before = digest()
    client = signed_in(employee)
    scan(client, [f"{settings.BASE_URL}/checklists/{checklist.pk}/"], presses=True, depth=0)
    assert digest()["planning_mark"] != before["planning_mark"]
