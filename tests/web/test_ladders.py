from typing import Any

import pytest
from django.urls import reverse

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
    client.post(url, {"preset": "days", "why": "Less noise."})
    assert ban.events.get(verb=Event.Verb.LADDER_CHANGED).why == "Less noise."
    ban.close(by=owner, now=now)
    assert client.get(url).status_code == 302
    assert client.post(url, {"default": "yes"}).status_code == 409
