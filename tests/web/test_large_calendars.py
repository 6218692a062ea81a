"""A calendar of a large ban: the page comes at once, and the numbers after it."""

import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import drafting, publishing
from migration_planner.planning.models import Ban
from migration_planner.reminders.previewing import calendar
from migration_planner.web.views import mail_calendars, previews

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def large(monkeypatch: Any) -> None:
    """Whatever has anybody in it is large."""
    for module in (mail_calendars, previews):
        monkeypatch.setattr(module, "LARGE", 1)


@pytest.fixture
def ready(draft: Ban, owner: Any) -> Ban:
    """A draft whose cutoff lies ahead of the real clock, which pages go by."""
    day = (timezone.now() + timedelta(days=40)).date()
    drafting.set_cutoff(draft, day, time(18), "Asia/Shanghai", by=owner, now=timezone.now())
    return draft


@pytest.fixture
def asked(monkeypatch: Any) -> list[Any]:
    """The bans of which everybody was gone through."""
    found: list[Any] = []
    real = mail_calendars.Readers.all

    def spy(readers: Any, person: Any = None) -> Any:
        if person is None:
            found.append(readers.ban)
        return real(readers, person)

    monkeypatch.setattr(mail_calendars.Readers, "all", spy)
    return found


def numbers(page: str) -> list[str]:
    return re.findall(r"<strong>([\d,]+)</strong>", page)


def test_the_page_comes_without_counting_and_the_part_it_asks_for_has_what_a_small_ban_shows_at_once(
    client: Any, ready: Ban, owner: Any, asked: list[Any], monkeypatch: Any
) -> None:
    publishing.publish(ready, by=owner, now=timezone.now())
    client.force_login(owner)
    url = reverse("ban-calendar", args=[ready.pk])
    page = client.get(url).content.decode()
    assert asked == []
    assert f'hx-get="{url}"' in page
    assert "counted as things stand now" in page
    part = client.get(url, headers=HTMX)
    assert asked
    assert "HX-Request" in part["Vary"]
    assert "<html" not in part.content.decode()
    monkeypatch.setattr(mail_calendars, "LARGE", 1000)
    whole = client.get(url).content.decode()
    assert numbers(part.content.decode()) == numbers(whole) != []


def test_without_a_script_a_link_counts(client: Any, ready: Ban, owner: Any) -> None:
    client.force_login(owner)
    url = reverse("ban-calendar", args=[ready.pk])
    assert f'href="{url}?count=now"' in client.get(url).content.decode()
    counted = client.get(url, {"count": "now"}).content.decode()
    assert "<html" in counted
    assert numbers(counted)


def test_the_people_of_a_day_come_after_its_page_too_with_what_was_looked_for(
    client: Any, ready: Ban, owner: Any, employee: Any, asked: list[Any]
) -> None:
    client.force_login(owner)
    day = calendar(ready, now=timezone.now())[0][0]
    asked.clear()
    url = f"{reverse('ban-calendar-day', args=[ready.pk, day.isoformat()])}?q=eve@"
    page = client.get(url).content.decode()
    assert asked == []
    assert f'hx-get="{url}"' in page
    assert f'href="{url}&amp;count=now"' in page
    part = client.get(url, headers=HTMX).content.decode()
    assert employee.email in part
    assert "<html" not in part
    whole = client.get(f"{url}&count=now").content.decode()
    assert employee.email in whole
    assert owner.email not in whole.partition("<main")[2]


def test_the_last_look_at_a_large_draft_asks_for_its_numbers_too(
    client: Any, ready: Ban, owner: Any, asked: list[Any]
) -> None:
    client.force_login(owner)
    page = client.get(reverse("ban-preview", args=[ready.pk])).content.decode()
    url = reverse("ban-calendar", args=[ready.pk])
    assert asked == []
    assert f'hx-get="{url}"' in page
    assert numbers(client.get(url, headers=HTMX).content.decode())
