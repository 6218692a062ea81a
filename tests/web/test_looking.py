"""What is in force changes only after a look at what that does, and the look has to fit."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from migration_planner.people.models import SiteCalendar, User
from migration_planner.planning.models import Ban, Event
from migration_planner.reminders import escalating
from migration_planner.reminders.ladder import rungs_of


@pytest.fixture
def live(ban: Ban) -> Ban:
    ban.set_cutoff((timezone.now() + timedelta(days=30)).date(), time(18), "Asia/Shanghai")
    ban.save()
    return ban


def test_a_ladder_that_nobody_has_looked_at_is_looked_at_first(client: Any, live: Ban, owner: Any) -> None:
    client.force_login(owner)
    url = reverse("ban-ladder", args=[live.pk])
    page = client.post(url, {"rung": ["before:7"]})
    assert page.status_code == 200
    assert not live.rungs.exists()
    wrong = client.post(url, {"rung": ["before:6"], "seen": page.context["seen"]})
    assert "Something has changed since you looked" in wrong.content.decode()
    assert not live.rungs.exists(), "the look was at another ladder"
    live.set_cutoff((timezone.now() + timedelta(days=40)).date(), time(18), "Asia/Shanghai")
    live.save()
    assert client.post(url, {"rung": page.context["lines"], "seen": page.context["seen"]}).status_code == 200
    again = client.post(url, {"rung": ["before:7"]})
    assert client.post(url, {"rung": again.context["lines"], "seen": again.context["seen"]}).status_code == 303
    assert [rung.key for rung in rungs_of(live)] == ["publishing", "before-7"]


def test_a_cutoff_moves_only_after_a_look_at_this_very_move(client: Any, live: Ban, owner: Any) -> None:
    client.force_login(owner)
    url = reverse("ban-change-cutoff", args=[live.pk])
    before, day = live.cutoff_at, (timezone.now() + timedelta(days=45)).date()
    said = {"day": day.isoformat(), "at": "18:00", "zone": "Asia/Shanghai", "why": "Licences are late."}
    page = client.post(url, said)
    assert page.status_code == 200
    assert "What would change" in page.content.decode()
    seen = dict(page.context["kept"])["seen"]
    other = client.post(url, {**said, "day": (day + timedelta(days=1)).isoformat(), "seen": seen})
    assert "Something has changed since you looked" in other.content.decode()
    escalating.set_graces(live, [3], by=owner, now=timezone.now())
    Ban.objects.filter(pk=live.pk).update(published_at=live.published_at - timedelta(days=1))
    stale = client.post(url, {**said, "seen": seen})
    assert stale.context["changed_meanwhile"], "the ban is another one than was looked at"
    live.refresh_from_db()
    assert live.cutoff_at == before
    assert not live.events.filter(verb="cutoff_moved").exists()
    assert client.post(url, {**said, "seen": dict(stale.context["kept"])["seen"]}).status_code == 303
    live.refresh_from_db()
    assert live.cutoff_date == day


def test_an_escalation_is_looked_at_before_it_changes_and_stands_in_history(
    client: Any, live: Ban, owner: Any, employee: Any, lead: Any
) -> None:
    User.objects.filter(pk=employee.pk).update(line_manager=lead)
    client.force_login(owner)
    url = reverse("ban-escalation", args=[live.pk])
    page = client.post(url, {"grace": ["3", "2", ""], "why": "They wait."})
    assert page.context["foreseen"].added == 1
    assert "3 working days after the deadline: escalation to the line manager" in page.content.decode()
    assert escalating.graces_of(live) == ()
    answer = client.post(url, {"grace": ["3", "2"], "why": "They wait.", "seen": page.context["seen"]})
    assert answer.status_code == 303
    assert escalating.graces_of(live) == (3, 2)
    history = client.get(reverse("ban-history", args=[live.pk])).content.decode()
    assert "It is now: 3 working days after the deadline: escalation to the line manager" in history
    shown = client.get(reverse("ban-ladder", args=[live.pk])).content.decode()
    assert "5 working days after the deadline: escalation to the line manager 2 levels up" in shown
    for wrong in (["x"], ["0"], ["61"], ["1"] * 6):
        assert client.post(url, {"grace": wrong}).status_code == 409
    off = client.post(url, {"none": "yes"})
    assert off.context["foreseen"].cancelled == 1
    client.post(url, {"none": "yes", "seen": off.context["seen"]})
    assert escalating.graces_of(live) == ()


def test_the_escalation_of_a_draft_is_chosen_and_shown_in_its_calendar(
    client: Any, draft: Ban, owner: Any, employee: Any, lead: Any
) -> None:
    User.objects.filter(pk=employee.pk).update(line_manager=lead)
    client.force_login(owner)
    assert client.post(reverse("ban-escalation", args=[draft.pk]), {"grace": ["3"]}).status_code == 303
    assert escalating.graces_of(draft) == (3,)
    draft.set_cutoff((timezone.now() + timedelta(days=30)).date(), time(18), "Asia/Shanghai")
    draft.save()
    page = client.get(reverse("ban-preview", args=[draft.pk]), {"person": lead.pk}).content.decode()
    assert "Escalated to you: Old Editor → New Editor" in page
    assert "Eve" in page


def test_a_calendar_that_moves_mail_is_looked_at_before_it_changes(
    client: Client, live: Ban, owner: Any, employee: Any, administrator: Any
) -> None:
    User.objects.filter(pk=employee.pk).update(site="Riyadh", zone="Asia/Riyadh")
    client.force_login(administrator)
    url = reverse("calendar", args=["Riyadh"])
    page = client.post(url, {"country": "SA"})
    assert page.status_code == 200
    assert "Reminders would come on other days" in page.content.decode()
    assert not SiteCalendar.objects.exclude(country="").exists()
    kept = {**dict(page.context["kept"]), "seen": page.context["seen"]}
    assert client.post(url, {**kept, "country": "DE"}).status_code == 200, "the look was at another country"
    assert client.post(url, kept).status_code == 303
    assert SiteCalendar.objects.get(site="Riyadh").country == "SA"


def test_days_of_an_own_file_and_their_removal_show_what_moves(
    client: Client, live: Ban, employee: Any, administrator: Any
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    User.objects.filter(pk=employee.pk).update(site="Void", zone="Asia/Shanghai")
    row = SiteCalendar.objects.create(site="Void")
    day = employee_day = live.cutoff_date - timedelta(days=7)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    ics = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Off\r\n"
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert employee_day
    client.force_login(administrator)
    url = reverse("calendar-days", args=["Void"])
    page = client.post(url, {"file": SimpleUploadedFile("own.ics", ics.encode()), "reading": "off"})
    assert "What would change" in page.content.decode()
    sealed = {"days": page.context["days"], "source": "own.ics"}
    assert client.post(url, sealed).status_code == 200, "without the look"
    assert not row.own_days.exists()
    assert client.post(url, {**sealed, "seen": page.context["seen"]}).status_code == 303
    assert row.own_days.count() == 1
    gone = reverse("calendar-days-removal", args=["Void"])
    look = client.post(gone, {"source": "own.ics"})
    assert look.status_code == 200
    assert row.own_days.count() == 1
    assert client.post(gone, {"source": "own.ics", "seen": look.context["seen"]}).status_code == 303
    assert not row.own_days.exists()
    assert Event.objects.filter(verb="calendar_changed").count() == 2


def test_a_manager_reads_whom_they_were_told_of_and_nobody_else_does(
    client: Client, live: Ban, lead: Any, employee: Any
) -> None:
    from migration_planner.reminders.models import Reminder
    from migration_planner.reminders.ticking import tick

    User.objects.filter(pk=employee.pk).update(line_manager=lead)
    escalating.set_graces(live, [1], by=live.owners.get(), now=timezone.now())
    url = reverse("escalations")
    client.force_login(lead)
    assert "Nobody you were told of is late any more" in client.get(url).content.decode()
    tick(now=live.cutoff_at - timedelta(days=1))
    Reminder.objects.filter(kind="escalation").update(state="waiting")
    from migration_planner.reminders.models import Mail

    reminder = Reminder.objects.get(kind="escalation")
    mail = Mail.objects.get(pk=reminder.mail_id)
    now = timezone.now()
    Mail.objects.filter(pk=mail.pk).update(
        state="sent", sent_at=now, raw=b"x", message_id="<x>", date=now, subject="x", carries=[reminder.pk]
    )
    Reminder.objects.filter(pk=reminder.pk).update(state="sent")
    page = client.get(url).content.decode()
    assert "1 person below you is late." in page
    assert "Eve" in page
    client.force_login(employee)
    assert "Eve" not in client.get(url).content.decode().partition("<main")[2]
