from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning.models import Ban, Event
from migration_planner.reminders import ladder


def keys(ban: Ban) -> list[str]:
    return [rung.key for rung in ladder.rungs_of(ban)]


def test_a_ladder_is_chosen_trimmed_added_to_and_given_back(client: Any, draft: Ban, owner: Any) -> None:
    client.force_login(owner)
    url = reverse("ban-ladder", args=[draft.pk])
    page = client.get(url).content.decode()
    assert "default for the length of notice" in page
    client.post(url, {"preset": "days"})
    assert "share-50" in keys(draft)
    client.post(url, {"rung": ["publishing:0", "before:7"], "anchor": "before", "amount": "2"})
    assert keys(draft) == ["publishing", "before-7", "before-2"]
    assert "2 days before" in client.get(url).content.decode()
    client.post(url, {"rung": ["before:7"], "anchor": "on_the_day", "amount": ""})
    assert keys(draft) == ["publishing", "before-7", "on_the_day"]
    client.post(url, {"default": "yes"})
    assert not draft.rungs.exists()
    assert draft.events.filter(verb=Event.Verb.LADDER_CHANGED).count() == 4


@pytest.mark.parametrize(
    "data",
    [{"anchor": "never", "amount": "1"}, {"anchor": "before", "amount": "x"}, {"anchor": "before", "amount": "999"}],
)
def test_a_rung_that_makes_no_sense_is_refused(client: Any, draft: Ban, owner: Any, data: dict[str, str]) -> None:
    client.force_login(owner)
    assert client.post(reverse("ban-ladder", args=[draft.pk]), data).status_code == 409
    assert not draft.rungs.exists()


def test_the_ladder_of_a_ban_in_force_changes_too_and_that_of_an_ended_one_does_not(
    client: Any, ban: Ban, owner: Any, employee: Any, now: Any
) -> None:
    url = reverse("ban-ladder", args=[ban.pk])
    client.force_login(employee)
    assert client.post(url, {"preset": "days"}).status_code == 403
    client.force_login(owner)
    seen = client.post(url, {"preset": "days", "why": "Less noise."}).context["seen"]
    assert not ban.rungs.exists()
    client.post(url, {"preset": "days", "why": "Less noise.", "seen": seen})
    assert ban.events.get(verb=Event.Verb.LADDER_CHANGED).why == "Less noise."
    ban.close(by=owner, now=now)
    assert client.get(url).status_code == 302
    assert client.post(url, {"default": "yes"}).status_code == 409


def test_a_rung_names_whose_state_it_is_about_and_who_hears_of_it(client: Any, draft: Ban, owner: Any) -> None:
    client.force_login(owner)
    url = reverse("ban-ladder", args=[draft.pk])
    one_more = {"anchor": "workdays_before", "amount": "3", "audience": "not_started", "recipient": "lead"}
    client.post(url, {"rung": ["before:7"], **one_more})
    assert keys(draft) == ["publishing", "before-7", "workdays_before-3/not_started/lead"]
    page = client.get(url).content.decode()
    assert "3 working days before, to leads, of who has not started" in page
    assert 'value="workdays_before:3:not_started:lead"' in page
    for wrong in [
        {"audience": "team_steps", "recipient": "person"},
        {"audience": "nobody"},
        {"recipient": "everybody"},
    ]:
        assert client.post(url, {**one_more, **wrong}).status_code == 409
    assert keys(draft)[-1] == "workdays_before-3/not_started/lead"


def test_a_ladder_in_force_is_looked_at_before_it_changes(client: Any, ban: Ban, owner: Any) -> None:
    client.force_login(owner)
    ban.set_cutoff((timezone.now() + timedelta(days=30)).date(), time(18), "Asia/Shanghai")
    ban.save()
    ban.migrations.update(deadline_at=ban.cutoff_at)
    url = reverse("ban-ladder", args=[ban.pk])
    page = client.post(url, {"rung": ["before:7"], "anchor": "before", "amount": "5", "why": "Less."})
    assert page.status_code == 200
    assert not ban.rungs.exists()
    foreseen = page.context["foreseen"]
    assert foreseen.added == 3
    assert foreseen.cancelled > foreseen.added
    assert (
        client.post(
            url, {"rung": page.context["lines"], "why": page.context["why"], "seen": page.context["seen"]}
        ).status_code
        == 303
    )
    assert keys(ban) == ["publishing", "before-7", "before-5"]
    assert client.post(url, {"anchor": "before", "amount": "999"}).status_code == 409
    back = client.post(url, {"default": "yes"})
    assert back.context["foreseen"].cancelled == 3
