"""In the last days the forms propose, and another owner confirms on a page that says exactly what changes and for whom."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import proposing, waves
from migration_planner.planning.models import Ban, Event, Proposal
from migration_planner.planning.proposed import Rest
from migration_planner.planning.proposing import Wish
from migration_planner.planning.waves import Plan
from tests.looks import confirm


@pytest.fixture(autouse=True)
def as_installed(settings: Any) -> None:
    settings.SECOND_OWNER_DAYS = 3


@pytest.fixture
def late(ban: Any) -> Any:
    """The ban, as if its cutoff were tomorrow."""
    now = timezone.now()
    ban.set_cutoff((now + timedelta(days=1)).date(), time(23, 30), "UTC")
    ban.published_at = now - timedelta(days=20)
    ban.save()
    return ban


@pytest.fixture
def second(late: Any, person: Any, acme: Any) -> Any:
    other = person("oscar", home=acme, is_owner=True)
    late.owners.add(other)
    return other


def forms(ban: Any, sales: Any) -> list[tuple[str, list[Any], dict[str, str], str]]:
    """Every form of a change that takes two: its name, what it is about, what is typed, and the part it proposes."""
    day = (ban.cutoff_date + timedelta(days=7)).isoformat()
    seen = str(ban.scope.version)
    why = {"why": "Licences are late."}
    return [
        ("ban-change-cutoff", [ban.pk], {"day": day, "at": "18:00", "zone": "UTC", **why}, "cutoff"),
        ("ban-change-scope", [ban.pk], {"scope": "Everything.", "seen": seen, **why}, "scope"),
        ("ban-change-audience", [ban.pk], {"team": str(sales.pk), "standing": "excluded", **why}, "audience"),
    ]


def test_each_form_says_that_it_takes_two_and_proposes(
    client: Any, late: Any, sales: Any, owner: Any, second: Any
) -> None:
    client.force_login(owner)
    for name, about, said, part in forms(late, sales):
        address = reverse(name, args=about)
        assert "This takes two owners" in client.get(address, said if part == "audience" else {}).content.decode(), name
        answer = confirm(client, address, said) if part == "cutoff" else client.post(address, said)
        made = Proposal.objects.order_by("-pk")[0]
        assert (answer.status_code, answer.url) == (303, reverse("ban-proposal", args=[late.pk, made.pk])), name
        assert set(made.change) == {part, "second"}
    late.refresh_from_db()
    assert late.scope.text != "Everything."
    assert not Event.objects.filter(verb__in=["cutoff_moved", "scope_changed", "audience_changed"]).exists()
    text = client.get(reverse("ban", args=[late.pk])).content.decode()
    assert "Changes that wait for another owner" in text
    assert text.count(reverse("ban-proposal", args=[late.pk, 0])[:-2]) == 3


def test_waves_are_proposed_too(client: Any, ban: Any, owner: Any, search: Any, person: Any, acme: Any) -> None:
    now = timezone.now()
    ban.set_cutoff((now + timedelta(days=30)).date(), time(23, 30), "UTC")
    ban.published_at = now - timedelta(days=60)
    ban.save()
    wave = waves.add(ban, Plan("Pilot", (now + timedelta(days=20)).date(), time(9)), by=owner, now=now, why="First.")
    waves.put(ban, search, wave, by=owner, now=now, why="First.")
    ban.set_cutoff((now + timedelta(days=1)).date(), time(23, 30), "UTC")
    ban.save()
    client.force_login(owner)
    day = {"day": now.date().isoformat(), "at": "23:45", "name": "Pilot", "criteria": "", "why": "Sooner."}
    confirm(client, reverse("ban-wave", args=[ban.pk, wave.pk]), day)
    out = {"team": search.path, "wave": "", "why": "No pilot."}
    confirm(client, reverse("ban-wave-team", args=[ban.pk]), out)
    confirm(client, reverse("ban-wave-removal", args=[ban.pk, wave.pk]), {"why": "No pilot at all."})
    assert [sorted(each.change) for each in Proposal.objects.order_by("pk")] == [
        ["second", "wave"], ["placing", "second"], ["removal", "second"],
    ]  # fmt: skip
    for proposal in Proposal.objects.all():
        text = client.get(reverse("ban-proposal", args=[ban.pk, proposal.pk])).content.decode()
        assert "This ban has no other owner" in text
    assert "gets another deadline" in text or "get another deadline" in text
    assert ban.waves.count() == 1


def test_the_second_owner_reads_what_changes_and_whom_it_touches_and_confirms(
    client: Any, late: Any, sales: Any, owner: Any, second: Any
) -> None:
    now = timezone.now()
    rest = Rest(scope=("Everything *at all*.", late.scope.version), audience=(sales, "excluded"))
    made = proposing.propose(late, Wish(rest=rest), by=owner, now=now, why="Asked.")
    client.force_login(second)
    address = reverse("ban-proposal", args=[late.pk, made.pk])
    text = client.get(address).content.decode()
    for words in (
        "Put another scope statement in force", "Leave out Acme/Sales with all below it", late.scope.text,
        "Everything <em>at all</em>.", "who have not finished are told once", "has a checklist today|have a checklist today",
    ):  # fmt: skip
        assert any(each in text for each in words.split("|")), words
    answer = client.post(reverse("ban-proposal-application", args=[late.pk, made.pk]), {"confirmed": "on"})
    assert answer.status_code == 303
    assert Ban.objects.get(pk=late.pk).scope.text == "Everything *at all*."
    history = client.get(reverse("ban-history", args=[late.pk])).content.decode()
    assert "Proposed by Olga." in history
    assert "What it changes: audience, scope statement." in history
    assert "Changes that wait" not in client.get(reverse("ban", args=[late.pk])).content.decode()


def test_words_written_over_an_older_version_are_refused_when_they_are_proposed(
    client: Any, late: Any, owner: Any, second: Any
) -> None:
    late.write_scope("Newer words.", by=owner, now=timezone.now())
    client.force_login(owner)
    answer = client.post(reverse("ban-change-scope", args=[late.pk]), {"scope": "Mine.", "seen": "1", "why": "A word."})
    assert answer.status_code == 409
    assert "Version 2 has been written since you opened this page" in answer.content.decode()
    assert not Proposal.objects.exists()


def test_a_cutoff_that_has_passed_is_refused_when_it_is_proposed(
    client: Any, late: Any, owner: Any, second: Any
) -> None:
    client.force_login(owner)
    said = {"day": "2020-01-01", "at": "18:00", "zone": "UTC", "why": "Sooner."}
    answer = client.post(reverse("ban-change-cutoff", args=[late.pk]), said)
    assert (answer.status_code, Proposal.objects.count()) == (409, 0)


def test_one_owner_alone_is_told_what_to_do_and_a_fresh_one_when(
    client: Any, late: Any, owner: Any, person: Any, acme: Any
) -> None:
    client.force_login(owner)
    address = reverse("ban-change-scope", args=[late.pk])
    assert "This ban has no other owner" in client.get(address).content.decode()
    friend = person("fred", home=acme, is_owner=True)
    client.post(
        reverse("ban-change-owners", args=[late.pk]),
        {"owners": f"{owner.email}\n{friend.email}", "why": "So that there are two."},
    )
    assert "named less than a day ago" in client.get(address).content.decode()
    made = proposing.propose(late, Wish(rest=Rest(scope=("All.", 0))), by=owner, now=timezone.now(), why="A word.")
    client.force_login(friend)
    answer = client.post(reverse("ban-proposal-application", args=[late.pk, made.pk]), {"confirmed": "on"})
    assert answer.status_code == 409
    assert "less than a day ago" in answer.content.decode()


def test_before_those_days_the_form_changes_at_once(client: Any, late: Any, owner: Any, second: Any) -> None:
    late.set_cutoff((timezone.now() + timedelta(days=30)).date(), time(18), "UTC")
    late.save()
    client.force_login(owner)
    address = reverse("ban-change-scope", args=[late.pk])
    assert "This takes two owners" not in client.get(address).content.decode()
    client.post(address, {"scope": "Everything.", "seen": str(late.scope.version), "why": "A word."})
    assert Ban.objects.get(pk=late.pk).scope.text == "Everything."
