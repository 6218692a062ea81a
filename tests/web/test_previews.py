from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.people.models import User
from migration_planner.planning import drafting, publishing
from migration_planner.planning.models import Ban
from migration_planner.reminders import arriving
from migration_planner.reminders.models import Mail
from migration_planner.reminders.planning import plan
from migration_planner.reminders.previewing import calendar


@pytest.fixture
def ready(draft: Ban, owner: Any) -> Ban:
    """A draft whose cutoff lies ahead of the real clock, which pages go by."""
    day = (timezone.now() + timedelta(days=40)).date()
    drafting.set_cutoff(draft, day, time(18), "Asia/Shanghai", by=owner, now=timezone.now())
    return draft


def test_an_owner_reads_every_mail_as_somebody_will_get_it_before_anything_is_sent(
    client: Any, ready: Ban, owner: Any, employee: Any
) -> None:
    client.force_login(owner)
    url = reverse("ban-preview", args=[ready.pk])
    page = client.get(url)
    assert page.context["person"] == owner
    page = client.get(url, {"person": employee.pk})
    mails = page.context["mails"]
    assert len(mails) >= 6
    assert mails[0].subject in page.content.decode()
    assert page.context["mails_in_all"] == sum(count for _day, count in page.context["days"])
    shown = client.get(reverse("ban-preview-mail", args=[ready.pk, employee.pk, mails[0].day.isoformat()]))
    assert shown.status_code == 200
    assert "script-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert not Mail.objects.exists()


def test_a_person_is_found_by_name_within_the_audience_alone(
    client: Any, ready: Ban, owner: Any, employee: Any, outsider: Any
) -> None:
    client.force_login(owner)
    url = reverse("ban-preview", args=[ready.pk])
    page = client.get(url, {"who": "ev"})
    assert page.context["found"] == [employee]
    assert page.context["person"] == employee
    assert "Nobody in the audience" in client.get(url, {"who": "otto"}).content.decode()
    assert client.get(url, {"person": outsider.pk}).status_code == 404
    assert client.get(reverse("ban-preview-mail", args=[ready.pk, outsider.pk, "2026-12-01"])).status_code == 404
    assert client.get(reverse("ban-preview-mail", args=[ready.pk, employee.pk, "nonsense"])).status_code == 404


def test_people_without_an_address_are_named_before_publishing(
    client: Any, ready: Ban, owner: Any, search: Any, person: Any
) -> None:
    silent = person("sam", home=search)
    type(silent).objects.filter(pk=silent.pk).update(email="")
    client.force_login(owner)
    page = client.get(reverse("ban-preview", args=[ready.pk])).content.decode()
    assert "Who cannot be reached by mail" in page
    assert "Sam" in page


def test_a_preview_is_the_owners_alone(client: Any, ready: Ban, auditor: Any, employee: Any) -> None:
    for user, status in ((auditor, 403), (employee, 404)):
        client.force_login(user)
        assert client.get(reverse("ban-preview", args=[ready.pk])).status_code == status
        mail = reverse("ban-preview-mail", args=[ready.pk, employee.pk, "2026-12-01"])
        assert client.get(mail).status_code == status


def test_the_words_of_a_mail_are_printed_as_text_whatever_they_are(
    client: Any, ready: Ban, owner: Any, employee: Any
) -> None:
    nasty = "<script>alert(1)</script>"
    User.objects.filter(pk=employee.pk).update(name=nasty)
    Ban.objects.filter(pk=ready.pk).update(reason=f"{nasty} <img src=x onerror=alert(1)>")
    client.force_login(owner)
    page = client.get(reverse("ban-preview", args=[ready.pk]), {"person": employee.pk}).content.decode()
    assert "&lt;img src=x onerror" in page
    assert nasty not in page
    assert "<img src=x" not in page


def test_a_day_that_cannot_be_meant_is_read_as_no_cutoff(client: Any, ready: Ban, owner: Any) -> None:
    client.force_login(owner)
    for day in ("0001-01-01", "9999-12-31"):
        asked = {"day": day, "at": "00:00", "zone": "Asia/Kathmandu"}
        answer = client.get(reverse("ban-cutoff", args=[ready.pk]), asked)
        assert (answer.status_code, "Choose a date" in answer.content.decode()) == (200, True)


def test_the_mail_to_come_is_a_calendar_whose_numbers_open_the_people_and_their_words(
    client: Any, ready: Ban, owner: Any, employee: Any, lead: Any
) -> None:
    client.force_login(owner)
    page = client.get(reverse("ban-calendar", args=[ready.pk]))
    days = dict(calendar(ready, now=timezone.now()))
    shown = {cell.day: cell.number for month in page.context["months"] for week in month.weeks for cell in week if cell}
    assert {day: number for day, number in shown.items() if number} == days
    everybody = max(day for day, number in days.items() if number == 3)
    url = reverse("ban-calendar-day", args=[ready.pk, everybody.isoformat()])
    assert url in page.content.decode()
    listed = client.get(url)
    assert [person.name for person in listed.context["page"].rows] == ["Eve", "Lee", "Olga"]
    assert [person.name for person in client.get(url, {"q": "eve@"}).context["page"].rows] == ["Eve"]
    assert client.get(url, {"zone": "Europe/Berlin"}).context["page"].rows == [owner]
    read = client.get(url, {"person": employee.pk})
    assert "move off Old Editor" in read.content.decode()
    assert client.get(url, {"person": 10**9}).status_code == 404
    assert client.get(reverse("ban-calendar-day", args=[ready.pk, "nonsense"])).status_code == 404


def test_the_calendar_of_a_ban_in_force_shows_what_is_planned(client: Any, ready: Ban, owner: Any) -> None:
    now = timezone.now()
    publishing.publish(ready, by=owner, now=now)
    plan(now=now)
    client.force_login(owner)
    page = client.get(reverse("ban-calendar", args=[ready.pk]))
    assert page.context["mails_in_all"] == sum(count for _day, count in calendar(ready, now=timezone.now()))
    day = Mail.objects.waiting().order_by("day")[0].day
    listed = client.get(reverse("ban-calendar-day", args=[ready.pk, day.isoformat()]))
    assert {person.pk for person in listed.context["page"].rows} == set(
        Mail.objects.filter(day=day).values_list("person", flat=True)
    )


def test_at_a_limit_the_owner_reads_how_long_each_wave_takes_before_and_after_publishing(
    client: Any, ready: Ban, owner: Any, lead: Any, employee: Any, settings: Any
) -> None:
    client.force_login(owner)
    preview, month = (reverse(f"ban-{name}", args=[ready.pk]) for name in ("preview", "calendar"))
    assert "has set no limit" in client.get(preview).content.decode()
    settings.MAIL_PER_MINUTE = 1
    page = client.get(preview)
    waves = dict(page.context["waves"])
    assert waves["at publishing"].mails == 3
    assert waves["at publishing"].needs == timedelta(minutes=3)
    assert sum(wave.mails for _words, wave in page.context["waves"]) == page.context["mails_in_all"] - _figures(ready)
    assert "3 min" in page.content.decode()
    now = timezone.now()
    publishing.publish(ready, by=owner, now=now)
    plan(now=now)
    assert dict(client.get(month).context["waves"])["at publishing"].mails == 3


def _figures(ban: Ban) -> int:
    """Mails that carry weekly figures alone; they are no wave."""
    found = arriving.arrivals(ban, now=timezone.now())
    return sum(arrival.mails for arrival in found if not arrival.wave)


def test_a_ban_whose_mail_does_not_get_through_in_time_says_by_how_much(
    client: Any, ready: Ban, owner: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_PER_MINUTE = 30
    day = timezone.now()
    many = [arriving.Arrival(day, "publishing#0", 3_000_000)]
    monkeypatch.setattr(arriving, "arrivals", lambda ban, now, readers: many)
    client.force_login(owner)
    page = client.get(reverse("ban-preview", args=[ready.pk])).content.decode()
    assert "The mail does not get through in time" in page
    assert "69 days 10 h" in page
