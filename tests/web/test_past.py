"""The page of a past day and of the cutoff, and the file of people as they stood."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import freezing
from migration_planner.planning.counting import keep_day
from migration_planner.planning.models import Ban, Mark


@pytest.fixture
def page(client: Any, owner: Any, ban: Any) -> Any:
    client.force_login(owner)
    return lambda **query: client.get(reverse("ban-as-of", args=[ban.pk]), query)


def test_a_past_day_shows_what_was_kept_then_by_team_whatever_happened_since(
    page: Any, client: Any, ban: Any, checklist: Any, now: datetime
) -> None:
    keep_day(ban, now.date())
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=now + timedelta(days=1))
    text = page(day=now.date().isoformat()).content.decode()
    assert ">0 %<" in text
    assert "Directly in Acme" in text
    below = page(day=now.date().isoformat(), team="Acme/Engineering").content.decode()
    assert ">Search<" in below
    file = client.get(
        reverse("ban-people-past", args=[ban.pk]),
        {"day": now.date().isoformat(), "format": "json", "team": "Acme/Engineering"},
    )
    rows = json.loads(b"".join(file.streaming_content))
    assert {(row["name"], row["state"], row["since_then"]) for row in rows} == {
        ("Eve", "not started", ""), ("Lee", "not started", ""),
    }  # fmt: skip


def test_a_day_that_is_not_over_or_was_not_kept_is_refused_in_words(page: Any, client: Any, ban: Any) -> None:
    for day in (timezone.localdate().isoformat(), "2999-01-01", "2026-02-31", "x"):
        assert "Choose a day that is over" in page(day=day).content.decode()
        assert client.get(reverse("ban-people-past", args=[ban.pk]), {"day": day}).status_code == 404
    answer = page(day="2001-01-01")
    assert (answer.status_code, b"No figures were kept" in answer.content) == (422, True)
    assert page(day="cutoff").status_code == 422


def test_people_as_they_stood_at_a_time_of_a_day(
    page: Any, client: Any, ban: Any, checklist: Any, now: datetime
) -> None:
    keep_day(ban, now.date())
    ticked = now + timedelta(minutes=5)
    checklist.mark(checklist.steps()[0], Mark.State.DONE, by=checklist.person, now=ticked)
    url, day = reverse("ban-people-past", args=[ban.pk]), now.date().isoformat()
    assert f'action="{url}"' in page(day=day).content.decode()

    def states(moment: datetime) -> dict[str, str]:
        answer = client.get(url, {"day": day, "time": f"{moment:%H:%M:%S}", "format": "json"})
        return {row["name"]: row["state"] for row in json.loads(b"".join(answer.streaming_content))}

    assert states(ticked - timedelta(seconds=1))["Eve"] == "not started"
    assert states(ticked + timedelta(seconds=1))["Eve"] == "started"
    for at in ("25:00", "x", "12:00+05:00"):
        assert client.get(url, {"day": day, "time": at}).status_code == 404


def test_the_state_at_the_cutoff_stands_on_the_page_of_the_ban_and_opens_by_team_and_person(
    page: Any, client: Any, ban: Any, now: datetime
) -> None:
    past = timezone.now() - timedelta(days=1)
    Ban.objects.filter(pk=ban.pk).update(published_at=past - timedelta(days=30), cutoff_at=past)
    ban.checklists.update(created_at=past - timedelta(days=30))
    ban.refresh_from_db()
    freezing.freeze_all(now=timezone.now())
    assert "At the cutoff" in client.get(reverse("ban", args=[ban.pk])).content.decode()
    assert "Written down by the clock" in page(day="cutoff").content.decode()
    file = client.get(reverse("ban-people-past", args=[ban.pk]), {"day": "cutoff", "format": "json"})
    assert len(json.loads(b"".join(file.streaming_content))) == ban.checklists.count()


def test_the_page_costs_the_same_for_many_teams(
    page: Any, ban: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    keep_day(ban, now.date())
    with django_assert_max_num_queries(10):
        page(day=now.date().isoformat())
