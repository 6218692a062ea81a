"""What if: looked at, saved as a proposal, applied by another owner."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import changing, proposing
from migration_planner.planning.models import Ban, Event, ProgressDay
from migration_planner.reminders.models import Reminder
from tests import waivers


@pytest.fixture
def live(ban: Any) -> Any:
    """The ban, as if it had been published ten days ago."""
    now = timezone.now()
    ban.set_cutoff((now + timedelta(days=20)).date(), time(12), "UTC")
    ban.published_at = now - timedelta(days=10)
    ban.save()
    done = [0, 4, 9, 13, 17, 22, 26, 30, 34]
    ProgressDay.objects.bulk_create(
        ProgressDay(
            ban=ban, day=now.date() - timedelta(days=len(done) - n), people=100, started=0, blocked=0, done=each
        )
        for n, each in enumerate(done)
    )
    return ban


def later(ban: Any, days: int = 7) -> str:
    return str((ban.cutoff_date + timedelta(days=days)).isoformat())


def test_a_later_cutoff_is_shown_with_its_forecast_and_its_mail_and_changes_nothing(
    client: Any, live: Any, owner: Any
) -> None:
    client.force_login(owner)
    events = Event.objects.count()
    text = client.get(reverse("ban-what-if", args=[live.pk]), {"look": "yes", "day": later(live)}).content.decode()
    assert "fewer are expected to be late" in text
    assert "The cutoff moves: the mail" in text
    assert "Propose it" in text
    assert (Event.objects.count(), Reminder.objects.count()) == (events, 0)


def test_it_says_what_cannot_be(client: Any, live: Any, owner: Any) -> None:
    client.force_login(owner)
    address = reverse("ban-what-if", args=[live.pk])
    for query, said in (
        ({}, "This changes nothing"),
        ({"day": "2001-01-01"}, "passed already"),
        ({"day": "x"}, "valid date"),
    ):
        answer = client.get(address, {"look": "yes", **query})
        assert (answer.status_code, said in answer.content.decode()) == (422, True), said
    assert client.get(address).status_code == 200


def test_an_auditor_looks_and_proposes_nothing(client: Any, live: Any, auditor: Any) -> None:
    client.force_login(auditor)
    text = client.get(reverse("ban-what-if", args=[live.pk]), {"look": "yes", "day": later(live)}).content.decode()
    assert "fewer are expected to be late" in text
    assert "Propose it" not in text


def test_a_draft_shows_the_mails_of_another_cutoff(client: Any, draft: Any, owner: Any) -> None:
    day = timezone.localdate() + timedelta(days=30)
    draft.set_cutoff(day, draft.cutoff_time, "UTC")
    draft.save()
    client.force_login(owner)
    query = {"look": "yes", "day": (day + timedelta(days=7)).isoformat()}
    text = client.get(reverse("ban-what-if", args=[draft.pk]), query).content.decode()
    assert "mails a day" in text
    assert "Propose it" not in text
    draft.refresh_from_db()
    assert draft.cutoff_date == day


def test_from_looking_over_proposing_to_applying(
    client: Any, live: Any, checklist: Any, owner: Any, person: Any, acme: Any
) -> None:
    second = person("oscar", home=acme, is_owner=True)
    live.owners.add(second)
    waivers.ask(checklist, now=timezone.now(), until=live.cutoff_date + timedelta(days=3))
    client.force_login(owner)
    said = {"day": later(live), "waivers": "on"}
    assert (
        "The waivers are granted"
        in client.get(reverse("ban-what-if", args=[live.pk]), {"look": "yes", **said}).content.decode()
    )
    assert client.post(reverse("ban-proposal-new", args=[live.pk]), said).status_code == 422
    sent = client.post(reverse("ban-proposal-new", args=[live.pk]), {**said, "why": "Licences are late."}, follow=True)
    assert "Grant 1 waiver" in sent.content.decode()
    assert "Apply the proposal" not in sent.content.decode()
    proposal = live.proposals.get()
    outlook = client.get(reverse("ban-forecast", args=[live.pk])).content.decode()
    assert "Licences are late." in outlook
    client.force_login(second)
    address = reverse("ban-proposal-application", args=[live.pk, proposal.pk])
    assert client.post(address).status_code == 422
    assert client.post(address, {"confirmed": "on"}).status_code == 303
    live.refresh_from_db()
    checklist.refresh_from_db()
    assert live.cutoff_date.isoformat() == said["day"]
    assert checklist.state == "waived"
    refused = client.post(address, {"confirmed": "on"})
    assert (refused.status_code, b"decided already" in refused.content) == (409, True)


def test_a_proposal_that_does_not_fit_any_more_says_why(
    client: Any, live: Any, owner: Any, person: Any, acme: Any
) -> None:
    second = person("oscar", home=acme, is_owner=True)
    live.owners.add(second)
    now = timezone.now()
    wish = proposing.Wish(cutoff=(live.cutoff_date + timedelta(days=7), live.cutoff_time, "UTC"))
    made = proposing.propose(live, wish, by=owner, now=now, why="Late.")
    day = live.cutoff_date + timedelta(days=1)
    changing.move_cutoff(live, day, live.cutoff_time, "UTC", by=owner, now=now, why="A day.")
    client.force_login(second)
    address = reverse("ban-proposal-application", args=[live.pk, made.pk])
    answer = client.post(address, {"confirmed": "on"})
    assert (answer.status_code, b"moved after this was proposed" in answer.content) == (409, True)
    assert (
        client.post(reverse("ban-proposal-removal", args=[live.pk, made.pk]), {"why": "Too late."}).status_code == 303
    )
    assert "Too late." in client.get(reverse("ban-proposal", args=[live.pk, made.pk])).content.decode()
    assert Ban.objects.get(pk=live.pk).cutoff_date == day
