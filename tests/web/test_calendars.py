from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from migration_planner.lib.errors import DomainError
from migration_planner.people import calendars
from migration_planner.people.models import OwnDay, SiteCalendar
from migration_planner.people.own_days import Day, Reading, read_days
from migration_planner.planning import site_calendars
from migration_planner.planning.models import Event
from tests.doors import DAYS_OFF

URL = reverse("calendar", args=["Shanghai"])
DAYS = reverse("calendar-days", args=["Shanghai"])


@pytest.fixture
def admin(client: Client, administrator: Any, employee: Any) -> Client:
    employee.site = "Shanghai"
    employee.save()
    client.force_login(administrator)
    return client


def ics(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *lines, "END:VCALENDAR", ""]).encode()


def event(start: str, *more: str, name: str = "Rest") -> list[str]:
    return ["BEGIN:VEVENT", "UID:1", f"DTSTART;VALUE=DATE:{start}", f"SUMMARY:{name}", *more, "END:VEVENT"]


def upload(content: bytes, reading: str = "marked") -> dict[str, Any]:
    return {"file": SimpleUploadedFile("own.ics", content), "reading": reading}


def test_sites_of_the_roster_are_listed_and_get_the_calendar_of_a_country(admin: Client, employee: Any) -> None:
    page = admin.get(reverse("calendars")).content.decode()
    assert "Shanghai" in page
    assert "Monday to Friday" in page
    assert admin.post(URL, {"country": "CN"}).status_code == 303
    page = admin.get(URL).content.decode()
    assert "Spring Festival" in page
    assert calendars.of_site("Shanghai").country == "CN"
    event = Event.objects.get(verb=Event.Verb.CALENDAR_CHANGED)
    assert event.data == {"site": "Shanghai", "before": ["", ""], "after": ["CN", ""]}


def test_a_part_of_the_country_can_be_chosen_once_the_country_is_and_goes_with_it(admin: Client) -> None:
    admin.post(URL, {"country": "DE"})
    admin.post(URL, {"country": "DE", "subdivision": "BY"})
    assert calendars.of_site("Shanghai").subdivision == "BY"
    admin.post(URL, {"country": "CN", "subdivision": "BY"})
    assert calendars.of_site("Shanghai").subdivision == ""
    assert admin.post(URL, {"country": "ZZ"}).status_code == 422


def test_a_file_is_looked_at_before_it_is_taken_in_and_a_second_time_changes_nothing(admin: Client) -> None:
    page = admin.post(DAYS, upload(DAYS_OFF))
    assert "3 days would change" in page.content.decode()
    assert not OwnDay.objects.exists()
    confirmed = {"days": page.context["days"], "source": page.context["source"]}
    assert admin.post(DAYS, confirmed).status_code == 303
    assert dict(OwnDay.objects.values_list("day", "works")) == {
        date(2026, 12, 19): True,
        date(2026, 12, 24): False,
        date(2026, 12, 25): False,
    }
    again = admin.post(DAYS, upload(DAYS_OFF)).content.decode()
    assert "0 days would change" in again
    admin.post(DAYS, confirmed)
    assert OwnDay.objects.count() == 3
    assert Event.objects.filter(verb=Event.Verb.CALENDAR_CHANGED).count() == 1
    shanghai = calendars.of_site("Shanghai")
    assert (shanghai.is_working(date(2026, 12, 19)), shanghai.is_working(date(2026, 12, 24))) == (True, False)
    admin.post(reverse("calendar-days-removal", args=["Shanghai"]), {"source": "own.ics"})
    assert not OwnDay.objects.exists()


def test_days_that_were_changed_on_their_way_are_not_taken(admin: Client) -> None:
    days = admin.post(DAYS, upload(DAYS_OFF)).context["days"]
    answer = admin.post(DAYS, {"days": days[:-4] + "AAAA", "source": "own.ics"})
    assert answer.status_code == 409
    assert "Upload the file again" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a calendar", "Export the calendar again as iCalendar"),
        (b"\xff\xfe\x00", "Export the calendar again as iCalendar"),
        (ics(), "no whole-day events"),
        (
            ics("BEGIN:VEVENT", "UID:1", "DTSTART:20261224T090000Z", "SUMMARY:Meeting", "END:VEVENT"),
            "no whole-day events",
        ),
        (ics(*event("20261224", "RRULE:FREQ=YEARLY")), "repeats"),
        (ics(*event("20261224", "DTEND;VALUE=DATE:20261220")), "Correct its dates"),
        (ics(*event("20260101", "DTEND;VALUE=DATE:20271231")), "Correct its dates"),
        (ics(*event("20261224"), *event("20261224", name="补班")), "Take one of them out"),
        (b"x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_of_no_use_says_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        read_days(content)


def test_a_refused_file_stands_above_its_form(admin: Client) -> None:
    answer = admin.post(DAYS, upload(b"not a calendar"))
    assert answer.status_code == 409
    assert "Export the calendar again" in answer.content.decode()


def test_make_up_days_are_known_by_their_words_or_as_the_administrator_says() -> None:
    file = ics(
        *event("20261001", "DTEND;VALUE=DATE:20261003", name="国庆节（休）"), *event("20261010", name="国庆节（班）")
    )
    assert [(day.day.day, day.works) for day in read_days(file)] == [(1, False), (2, False), (10, True)]
    assert {day.works for day in read_days(file, Reading.WORKED)} == {True}
    assert {day.works for day in read_days(file, Reading.OFF)} == {False}


def test_a_newer_file_corrects_a_day_and_leaves_the_others(administrator: Any, now: datetime) -> None:
    first = [Day(date(2026, 12, 24), False, "Rest"), Day(date(2026, 12, 25), False, "Rest")]
    site_calendars.bring("Lab", first, source="a.ics", by=administrator, now=now)
    brought = site_calendars.bring(
        "Lab", [Day(date(2026, 12, 24), True, "Work")], source="b.ics", by=administrator, now=now
    )
    assert (len(brought.new), len(brought.other)) == (0, 1)
    assert dict(OwnDay.objects.values_list("day", "source")) == {
        date(2026, 12, 24): "b.ics",
        date(2026, 12, 25): "a.ics",
    }


def test_only_administrators_set_calendars_and_nobody_makes_up_a_site(
    admin: Client, owner: Any, auditor: Any, now: datetime
) -> None:
    assert admin.get(reverse("calendar", args=["Atlantis"])).status_code == 404
    with pytest.raises(DomainError, match="Only administrators"):
        site_calendars.choose("Shanghai", country="CN", by=owner, now=now)
    client = Client()
    client.force_login(auditor)
    assert client.get(URL).status_code == 200
    assert client.post(URL, {"country": "CN"}).status_code == 403
    assert not SiteCalendar.objects.exists()


def test_the_list_of_sites_costs_the_same_for_many(
    admin: Client, person: Any, acme: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        person(f"p{number}", home=acme, site=f"Site {number}")
        SiteCalendar.objects.create(site=f"Site {number}", country="DE")
    with django_assert_max_num_queries(6):
        assert admin.get(reverse("calendars")).content.decode().count("Germany") == 20
