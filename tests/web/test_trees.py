"""The pages of the tree, of the map and of the difference to last week."""

from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.planning import counting


@pytest.fixture
def signed_in(client: Any, owner: Any, ban: Any) -> Any:
    client.force_login(owner)
    return client


def test_links_open_and_close_a_team_and_keep_the_order(signed_in: Any, ban: Any, team: Any) -> None:
    url, engineering = reverse("ban-tree", args=[ban.pk]), team("Acme/Engineering").pk
    closed = signed_in.get(url, {"sort": "team"}).content.decode()
    assert f'href="{url}?open={engineering}&amp;sort=team#team-{engineering}"' in closed
    assert ">Search</a>" not in closed
    opened = signed_in.get(url, {"sort": "team", "open": str(engineering)}).content.decode()
    assert ">Search</a>" in opened
    assert f'href="{url}?sort=team#team-{engineering}"' in opened
    assert 'aria-sort="ascending"' in opened
    assert f'href="{url}?open={engineering}&amp;sort=-team"' in opened
    assert "<h1>" not in signed_in.get(url, headers={"HX-Request": "true"}).content.decode()


def test_what_is_not_a_team_opens_nothing(signed_in: Any, ban: Any) -> None:
    url = reverse("ban-tree", args=[ban.pk])
    for opened in ("x,,-1,1e9", "9" * 30, ",".join(map(str, range(500)))):
        assert signed_in.get(url, {"open": opened, "sort": "-nonsense"}).status_code == 200


def test_the_map_links_to_teams_and_to_those_below(signed_in: Any, ban: Any, team: Any, outsider: Any) -> None:
    url, engineering = reverse("ban-heat", args=[ban.pk]), team("Acme/Engineering").pk
    assert "Nothing is open here" in signed_in.get(url).content.decode()
    hooks = ban.workflows.create(key="hooks", position=0, title="Hooks", compatibility="full")
    ban.steps.filter(key="export").update(workflow=hooks)
    page = signed_in.get(url).content.decode()
    assert reverse("team", args=[ban.pk, engineering]) in page
    assert f'href="?team={engineering}"' in page
    assert "shade-4" in page
    assert "Search" in signed_in.get(url, {"team": engineering}).content.decode()
    assert signed_in.get(url, {"team": outsider.memberships.get().team_id}).status_code == 404


def test_the_difference_is_told_on_a_page_and_as_a_part(signed_in: Any, ban: Any, now: datetime) -> None:
    url = reverse("ban-difference", args=[ban.pk])
    assert "nothing to compare with" in signed_in.get(url).content.decode()
    counting.keep_day(ban, now.date())
    ban.progress_days.filter(team__isnull=True).update(people=2)
    part = signed_in.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "1 came back." in part
    assert "<h1>" not in part


def test_the_page_of_a_ban_fetches_how_it_fares_and_why_with_the_difference(signed_in: Any, ban: Any) -> None:
    url = reverse("ban-difference", args=[ban.pk])
    assert f'hx-get="{url}?with=health"' in signed_in.get(reverse("ban", args=[ban.pk])).content.decode()
    part = signed_in.get(f"{url}?with=health", headers={"HX-Request": "true"}).content.decode()
    assert "Too early" in part
    assert "too few, or too few days, for a forecast." in part
    assert "for a forecast" not in signed_in.get(url, headers={"HX-Request": "true"}).content.decode()


def test_the_pages_take_a_fixed_number_of_queries(
    signed_in: Any, ban: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    counting.keep_day(ban, now.date())
    for name in ("ban-tree", "ban-heat", "ban-difference"):
        with django_assert_max_num_queries(11):
            signed_in.get(reverse(name, args=[ban.pk]))
