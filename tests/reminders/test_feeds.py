from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from migration_planner.planning import changing, publishing
from migration_planner.planning.models import Ban, Event, Mark, Step, Tool
from migration_planner.reminders import feeds
from migration_planner.reminders.models import Feed
from migration_planner.reminders.ticking import tick

MORNING = datetime(2026, 11, 3, 1, tzinfo=UTC)
#: Properties that RFC 5545 (3.6, 3.6.1) and RFC 7986 demand or allow once; none of ours may stand twice.
REQUIRED = {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE", "LAST-MODIFIED", "DESCRIPTION", "URL", "TRANSP"}


def read(token: str, **headers: str) -> Any:
    return Client().get(f"/calendar/{token}.ics", headers=headers)


def events(token: str) -> list[Any]:
    return well_formed(read(token).content).events


def well_formed(raw: bytes) -> Calendar:
    """The calendar in `raw`, which obeys the rules of RFC 5545 about lines and required properties."""
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut in two
    calendar = Calendar.from_ical(raw)
    assert (calendar["VERSION"], bool(calendar["PRODID"])) == ("2.0", True)
    uids = [str(event["UID"]) for event in calendar.events]
    assert len(uids) == len(set(uids))
    for event in calendar.events:
        assert set(event) >= REQUIRED
        assert not {"ATTENDEE", "ORGANIZER", "DTEND"} & set(event)
        assert not event.errors
        assert event["DTSTART"].dt.tzinfo is not None
        assert event["DTSTART"].to_ical().endswith(b"Z")  # an instant, so that no zone has to be explained
    return calendar


@pytest.fixture
def token(employee: Any, now: datetime) -> str:
    return feeds.make(employee, by=employee, now=now)


@pytest.fixture
def as_lead(client: Any, lead: Any) -> Any:
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_persons_calendar_holds_the_deadlines_of_what_they_have_to_do(ban: Any, checklist: Any, token: str) -> None:
    answer = read(token)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = events(token)
    assert event["DTSTART"].dt == ban.cutoff_at
    assert str(event["SUMMARY"]) == "Move off Old Editor"
    assert "You have 3 steps left" in event["DESCRIPTION"]
    assert str(event["URL"]).endswith(f"/checklists/{checklist.pk}/")
    assert b"METHOD" not in answer.content


def test_a_moved_deadline_moves_under_its_name_and_counts_up(ban: Any, owner: Any, token: str, now: datetime) -> None:
    [before] = events(token)
    later = now + timedelta(days=1)
    changing.move_cutoff(ban, date(2026, 12, 10), time(18), "Asia/Shanghai", by=owner, now=later, why="Licences.")
    [after] = events(token)
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["LAST-MODIFIED"].dt == later > before["LAST-MODIFIED"].dt
    assert after["DTSTART"].dt == datetime(2026, 12, 10, 10, tzinfo=UTC)


def test_a_mark_is_seen_in_the_calendar_and_the_last_one_takes_the_deadline_away(
    checklist: Any, token: str, now: datetime
) -> None:
    first, *others = checklist.steps().filter(required=True)
    checklist.mark(first, Mark.State.DONE, by=checklist.person, now=now + timedelta(hours=1))
    [event] = events(token)
    assert "You have 2 steps left" in event["DESCRIPTION"]
    assert event["LAST-MODIFIED"].dt == now + timedelta(hours=1)
    for step in others:
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=now)
    assert events(token) == []


@pytest.mark.parametrize("end", ["withdrawn", "closed", "stopped"])
def test_what_has_ended_vanishes(ban: Any, checklist: Any, owner: Any, token: str, now: datetime, end: str) -> None:
    if end == "withdrawn":
        ban.withdraw(by=owner, now=now, why="The vendor has answered.")
    elif end == "closed":
        ban.close(by=owner, now=now)
    else:
        checklist.__class__.objects.filter(pk=checklist.pk).update(state="stopped", stopped_why="outside")
    assert events(token) == []


def test_a_calendar_that_has_not_changed_is_not_sent_again(ban: Any, checklist: Any, token: str, now: datetime) -> None:
    etag = read(token)["ETag"]
    same = read(token, if_none_match=etag)
    assert (same.status_code, same.content) == (304, b"")
    checklist.mark(checklist.steps()[0], Mark.State.DONE, by=checklist.person, now=now)
    assert read(token, if_none_match=etag).status_code == 200


def test_the_token_is_long_and_kept_nowhere(employee: Any, token: str) -> None:
    assert len(token) >= 43  # 256 bits
    feed = Feed.objects.get()
    assert token not in str(vars(feed))
    assert feed.digest == Feed.digest_of(token)


def test_a_new_address_ends_the_old_one_and_a_revoked_or_unknown_one_leads_nowhere(
    ban: Any, employee: Any, token: str, now: datetime
) -> None:
    other = feeds.make(employee, by=employee, now=now)
    assert (read(token).status_code, read(other).status_code) == (404, 200)
    assert feeds.revoke(employee, by=employee, now=now)
    assert not feeds.revoke(employee, by=employee, now=now)
    assert [read(each).status_code for each in (other, "x", "é", Feed.digest_of(other))] == [404] * 4
    verbs = Event.objects.filter(person=employee).values_list("verb", flat=True)
    assert list(verbs) == ["feed_made", "feed_made", "feed_revoked"]


def test_there_is_one_open_address_for_each_person_and_team(employee: Any, token: str, now: datetime) -> None:
    with pytest.raises(IntegrityError, match="one_open_feed"), transaction.atomic():
        Feed.objects.create(person=employee, digest="x", made_at=now)


def test_who_has_left_has_no_calendar(ban: Any, employee: Any, token: str) -> None:
    employee.is_active = False
    employee.save()
    assert read(token).status_code == 404


def test_a_leads_calendar_of_a_team_shows_numbers_and_no_names(
    ban: Any, checklist: Any, search: Any, lead: Any, employee: Any, now: datetime
) -> None:
    token = feeds.make(lead, search, by=lead, now=now)
    raw = read(token).content.decode()
    assert employee.name not in raw
    assert employee.email not in raw
    [event] = events(token)
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (
        "Move off Old Editor · Search",
        "Search: 2 of 2 unfinished",
    )
    ban.checklists.update(state="done", done_at=now)
    ban.migrations.filter(team=search).update(done=2)
    assert events(token) == []


def test_who_leads_the_team_no_more_reads_nothing_of_it(ban: Any, search: Any, lead: Any, now: datetime) -> None:
    token = feeds.make(lead, search, by=lead, now=now)
    lead.memberships.update(role="member")
    assert read(token).status_code == 404


def test_a_calendar_speaks_its_readers_language(ban: Any, employee: Any, token: str) -> None:
    employee.language = "zh-hans"
    employee.save()
    [event] = events(token)
    assert "Old Editor" in event["SUMMARY"]
    assert "Move" not in event["SUMMARY"]


@pytest.mark.parametrize("of_team", [False, True])
def test_a_calendar_takes_as_many_queries_for_one_ban_as_for_five(
    ban: Any, owner: Any, lead: Any, acme: Any, search: Any, now: datetime, of_team: bool
) -> None:
    from django.db import connection

    token = feeds.make(lead, search if of_team else None, by=lead, now=now)
    with CaptureQueriesContext(connection) as few:
        assert len(events(token)) == 1
    for number in range(4):
        another(f"Old Tool {number}", owner, acme, now)
    with CaptureQueriesContext(connection) as many:
        assert len(events(token)) == 5
    assert len(many) == len(few) <= 8


def another(name: str, owner: Any, team: Any, now: datetime) -> Ban:
    ban = Ban(tool=Tool.called(name), replacement=Tool.called(f"New {name}"), reason="x", playbook="any-tool",
              playbook_version="1", created_at=now)  # fmt: skip
    ban.set_cutoff(date(2026, 12, 1), time(18), "UTC")
    ban.save()
    ban.owners.add(owner)
    ban.write_scope("All of it.", by=owner, now=now)
    ban.audience_teams.create(team=team)
    Step.objects.create(ban=ban, key="one", position=1, title="One", per="person", required=True)
    ban.count_steps()
    publishing.publish(ban, by=owner, now=now)
    return ban


def test_the_announcement_brings_the_deadline_along(ban: Any, employee: Any, mailbox: Any, token: str) -> None:
    tick(now=MORNING)
    [message] = mailbox.to(employee)
    [part] = list(message.iter_attachments())
    assert (part.get_content_type(), part["Content-Type"].params["method"]) == ("text/calendar", "PUBLISH")
    assert part.get_filename() == "deadline.ics"
    calendar = well_formed(part.get_payload(decode=True))
    assert calendar["METHOD"] == "PUBLISH"
    [event], [fed] = calendar.events, events(token)
    assert (event["UID"], event["DTSTART"].dt) == (fed["UID"], fed["DTSTART"].dt)
    assert message.get_body(("plain",)).get_content().startswith("Hello Eve,")


def test_later_mails_bring_none(ban: Any, employee: Any, mailbox: Any, walk: Any, now: datetime) -> None:
    walk(now, days=15)
    _first, second = mailbox.to(employee)
    assert list(second.iter_attachments()) == []


def test_people_make_and_revoke_their_address_in_the_preferences_and_see_it_once(
    as_lead: Any, ban: Any, lead: Any
) -> None:
    page = as_lead.post("/preferences/calendar/", {"act": "make"}).content.decode()
    address = page.partition('readonly value="')[2].partition('"')[0]
    assert Client().get(address[address.index("/calendar/") :]).status_code == 200
    again = as_lead.get("/preferences/").content.decode()
    assert "/calendar/" not in again.replace("/preferences/calendar/", "")
    assert "Revoke the address" in again
    page = as_lead.post("/preferences/calendar/", {"act": "revoke"}, follow=True).content.decode()
    assert "Revoke the address" not in page


def test_a_lead_makes_an_address_on_the_teams_page_and_a_member_cannot(
    as_lead: Any, ban: Any, search: Any, employee: Any, client: Any
) -> None:
    url = f"/bans/{ban.pk}/teams/{search.pk}/calendar/"
    page = as_lead.post(url, {"act": "make"}).content.decode()
    assert 'readonly value="http' in page
    assert Feed.objects.get().team == search
    as_lead.post(url, {"act": "revoke"})
    assert not Feed.objects.open().exists()
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(url, {"act": "make"}).status_code == 403
    assert "Calendar of this team" not in client.get(url.removesuffix("calendar/")).content.decode()
