"""Near the cutoff the pages keep a change as a proposal, and another owner applies it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning.models import Ban, Proposal


@pytest.fixture
def close(ban: Ban) -> Ban:
    """The cutoff is tomorrow."""
    tomorrow = timezone.localtime() + timedelta(days=1)
    ban.set_cutoff(tomorrow.date(), tomorrow.time().replace(microsecond=0), "UTC")
    ban.save()
    return ban


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_change_is_kept_for_another_owner_who_finds_it_and_applies_it(
    close: Ban, owner: Any, person: Callable[..., Any], acme: Any
) -> None:
    sam = person("sam", home=acme, is_owner=True)
    close.owners.add(sam)
    mine, page = signed_in(owner), reverse("ban-change-cutoff", args=[close.pk])
    assert "That can be: Sam." in mine.get(page).content.decode()
    day = (timezone.now() + timedelta(days=20)).date()
    answer = mine.post(page, {"day": day, "at": "18:00", "zone": "Asia/Shanghai", "why": "The licence came late."})
    made = Proposal.objects.get()
    assert answer.headers["Location"] == reverse("ban-proposal", args=[close.pk, made.pk])
    assert "It changes nothing until another owner applies it." in mine.get(answer.headers["Location"]).content.decode()
    theirs = signed_in(sam)
    assert "a proposal waits for you" in theirs.get("/").content.decode()
    assert "a proposal waits for you" not in mine.get("/").content.decode()
    assert "The licence came late." in theirs.get(reverse("ban", args=[close.pk])).content.decode()
    applied = theirs.post(reverse("ban-proposal-application", args=[close.pk, made.pk]), {"confirmed": "on"})
    assert applied.status_code == 303
    close.refresh_from_db()
    assert close.cutoff_date == day


def test_scope_audience_and_waves_are_kept_too(close: Ban, owner: Any, sales: Any) -> None:
    client = signed_in(owner)
    scope = {"scope": "All of it.", "why": "Clearer.", "seen": 1}
    assert client.post(reverse("ban-change-scope", args=[close.pk]), scope).status_code == 303
    out = {"team": sales.pk, "standing": "excluded", "why": "They have gone."}
    assert client.post(reverse("ban-change-audience", args=[close.pk]), out).status_code == 303
    assert [sorted(row.change) for row in Proposal.objects.order_by("pk")] == [["scope"], ["audience"]]
    for row in Proposal.objects.all():
        assert client.get(reverse("ban-proposal", args=[close.pk, row.pk])).status_code == 200
    close.refresh_from_db()
    assert close.scope is not None
    assert close.scope.version == 1
    assert not close.audience_teams.filter(excluded=True).exists()


def test_the_only_owner_is_told_to_name_another(close: Ban, owner: Any) -> None:
    page = signed_in(owner).get(reverse("ban-change-scope", args=[close.pk])).content.decode()
    assert "You are the only owner of this ban." in page
    assert reverse("ban-change-owners", args=[close.pk]) in page


def test_wrong_input_is_no_proposal(close: Ban, owner: Any) -> None:
    client = signed_in(owner)
    answer = client.post(reverse("ban-change-scope", args=[close.pk]), {"scope": "", "why": "", "seen": 1})
    assert answer.status_code == 422
    assert not Proposal.objects.exists()


def test_ending_a_ban_needs_one_owner(close: Ban, owner: Any) -> None:
    answer = signed_in(owner).post(
        reverse("ban-withdrawal", args=[close.pk]), {"why": "It does harm.", "confirmed": "on"}
    )
    assert answer.status_code in (303, 422)
    signed_in(owner).post(reverse("ban-close", args=[close.pk]), {"why": "It does harm."})
    close.refresh_from_db()
    assert not close.is_live
