"""Substitutes on pages: naming, the notice, both names, and what is shut again when they go home."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.people.models import Substitution
from migration_planner.planning.models import Event


@pytest.fixture
def sam(person: Any, sales: Any) -> Any:
    return person("sam", home=sales)


@pytest.fixture
def url(sam: Any, ban: Any, search: Any) -> str:
    return reverse("team-substitutes", args=[ban.pk, search.pk])


def wish(lead: Any, who: Any, first: int = 0, last: int = 3, **more: Any) -> dict[str, Any]:
    today = timezone.localdate(timezone=lead.zone_info)
    days = {"first": str(today + timedelta(days=first)), "last": str(today + timedelta(days=last))}
    return {"lead": lead.pk, "substitute": who.email, **days, **more}


def test_a_lead_names_a_substitute_who_then_acts_and_both_names_are_shown(
    client: Any, url: str, ban: Any, search: Any, lead: Any, sam: Any, employee: Any
) -> None:
    team, checklist = reverse("team", args=[ban.pk, search.pk]), ban.checklists.get(person=employee)
    client.force_login(sam)
    assert client.get(team).status_code == 404
    client.force_login(lead)
    assert "Sam stands in for Lee" in client.post(url, wish(lead, sam), follow=True).content.decode()
    assert "Sam stands in for Lee" in client.get(team).content.decode()
    client.force_login(sam)
    assert "You stand in for Lee here until" in client.get(team).content.decode()
    assert "for Lee" in client.get(reverse("home")).content.decode()
    days = {"first": str(timezone.localdate()), "last": str(timezone.localdate() + timedelta(days=1))}
    act = {"act": "leave", "who": checklist.pk, "confirmed": "yes", **days}
    assert client.post(reverse("team-act", args=[ban.pk, search.pk]), act).status_code == 200
    client.force_login(employee)
    history = client.get(reverse("checklist-history", args=[checklist.pk])).content.decode()
    assert "Sam for Lee" in history


def test_a_substitute_names_nobody_and_goes_home_early(
    client: Any, url: str, ban: Any, search: Any, lead: Any, sam: Any, employee: Any
) -> None:
    client.force_login(lead)
    client.post(url, wish(lead, sam))
    row = Substitution.objects.get()
    client.force_login(sam)
    page = client.get(url)
    assert page.status_code == 200
    assert 'name="substitute"' not in page.content.decode()
    assert client.post(url, wish(lead, employee, 10, 11)).status_code == 403
    end = reverse("team-substitute-end", args=[ban.pk, search.pk, row.pk])
    assert client.post(end).url == reverse("home")
    assert client.get(url).status_code == 404
    assert client.post(end).status_code == 404
    assert Event.objects.filter(verb="substitute_ended").count() == 1


def test_what_is_wrong_is_said_beside_the_form(client: Any, url: str, lead: Any, sam: Any, owner: Any) -> None:
    client.force_login(lead)
    assert client.post(url, {}).status_code == 422
    assert "Nobody has the address" in client.post(url, wish(lead, sam, substitute="no@acme.example")).content.decode()
    answer = client.post(url, wish(lead, lead))
    assert (answer.status_code, "stands in for themselves" in answer.content.decode()) == (409, True)
    client.force_login(owner)
    assert client.post(url, wish(lead, owner)).status_code == 409
    assert client.post(url, wish(lead, sam)).status_code == 303
    assert Substitution.objects.get().made_by == owner


def test_the_acts_of_a_minute_ago_are_not_taken_back_by_who_stands_in_no_more(
    client: Any, url: str, ban: Any, search: Any, lead: Any, sam: Any, employee: Any
) -> None:
    client.force_login(lead)
    client.post(url, wish(lead, sam))
    client.force_login(sam)
    who = ban.checklists.get(person=employee).pk
    acts = reverse("team-act", args=[ban.pk, search.pk])
    token = client.post(acts, {"act": "nudge", "who": who, "confirmed": "yes"}).context["token"]
    Substitution.objects.update(from_at=timezone.now() - timedelta(days=2), until_at=timezone.now())
    undo = reverse("team-act-undo", args=[ban.pk, search.pk])
    assert client.post(undo, {"token": token}).status_code == 404
    assert client.post(acts, {"act": "nudge", "who": who, "confirmed": "yes"}).status_code == 404


def test_a_page_without_substitutes_asks_nothing_more(
    client: Any, ban: Any, search: Any, lead: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(lead)
    with django_assert_max_num_queries(21):
        client.get(reverse("team", args=[ban.pk, search.pk]))
