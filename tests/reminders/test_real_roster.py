"""A ban over a real roster, from the announcement past the cutoff: the balance holds on every day, and what was shown before
publishing is what was sent, mail for mail, when nobody acts."""

import io
import re
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from migration_planner.lib.mail_hours import MailHours
from migration_planner.local.demo import company
from migration_planner.people.models import SiteCalendar, User
from migration_planner.people.roster.staging import stage
from migration_planner.planning import drafting, playbooks, publishing
from migration_planner.planning.models import Ban
from migration_planner.planning.rosters import apply_roster
from migration_planner.reminders import claiming, escalating
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.previewing import calendar, mails_for, people_on
from migration_planner.reminders.statements import run
from tests.reminders import postman

PUBLISHED = datetime(2026, 9, 23, 7, 30, tzinfo=UTC)
#: Behind China's golden week.
CUTOFF = date(2026, 10, 9)
#: So long after the cutoff nobody acts.
AFTER = 12
SAMPLE = 60


@pytest.fixture
def halden(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> User:
    """The roster in force, with sites, calendars, leaves, and people no mail reaches. Returns an owner."""
    settings.MAIL_HOURS, settings.MAIL_PER_WEEK = MailHours(7, 20), 4
    monkeypatch.setattr(claiming, "BATCH", 2_000)
    roster = stage(io.BytesIO(company.roster_file()), name="halden.csv", by=None, now=PUBLISHED)
    apply_roster(roster, by=None, now=PUBLISHED)
    for zone, site, country in [("Asia/Shanghai", "Shanghai", "CN"), ("Europe/Berlin", "Berlin", "DE")]:
        SiteCalendar.objects.create(site=site, country=country)
        User.objects.filter(zone=zone).update(site=site)
    people = list(User.objects.order_by("pk"))
    for number, each in enumerate(people):  # a tree of managers, nine under each
        each.line_manager = people[(number - 1) // 9] if number else None
    User.objects.bulk_update(people, ["line_manager"])
    gone = [each.pk for each in people[::97]]
    User.objects.filter(pk__in=gone).update(leave_from=date(2026, 10, 8), leave_until=date(2026, 10, 16))
    User.objects.filter(pk__in=[each.pk for each in people[7::301]]).update(address_refused_at=PUBLISHED)
    run(
        "ANALYZE people_user, people_membership, people_team"
    )  # as the database does by itself outside of a test's transaction
    return User.objects.get(email=company.CAST[0][0])


@pytest.fixture
def everybody(halden: User) -> Ban:
    """A draft over all of Halden that escalates."""
    ban = drafting.draft_ban(
        playbooks.find("any-tool"), by=halden, now=PUBLISHED, owners=[halden], tool="Old", replacement="New",
        audience=[company.ROOT], cutoff=(CUTOFF, time(18), "Asia/Shanghai"), scope="Everything.",
    )  # fmt: skip
    ban.reason, ban.reason_source = "It reads our code.", "Review 12"
    ban.save()
    escalating.set_graces(ban, [2, 2, 1], by=halden, now=PUBLISHED)
    return ban


def words(text: str) -> str:
    return re.sub(r"http://\S+", "…", text).strip()


def test_what_the_calendar_showed_before_publishing_is_what_was_sent_and_the_balance_holds_on_every_day(
    everybody: Ban, halden: User
) -> None:
    shown_until = CUTOFF + timedelta(days=AFTER - 2)
    shown = {day: number for day, number in calendar(everybody, now=PUBLISHED) if day <= shown_until}
    readers = {day: set(people_on(everybody, day, now=PUBLISHED).values_list("pk", flat=True)) for day in shown}
    sample = list(User.objects.order_by("pk")[: SAMPLE * 25 : 25])
    letters = {
        (each.pk, mail.day): (mail.due_at, mail.subject, words(mail.text))
        for each in sample
        for mail in mails_for(everybody, each, now=PUBLISHED)
        if mail.day <= shown_until
    }
    publishing.publish(everybody, by=halden, now=PUBLISHED)
    run("ANALYZE planning_checklist, planning_migration")
    postman.go(
        everybody, PUBLISHED, days=(CUTOFF - PUBLISHED.date()).days + AFTER, readers=[each.pk for each in sample]
    )

    sent: dict[date, set[int]] = defaultdict(set)
    for day, person in Mail.objects.filter(state="sent", day__lte=shown_until).values_list("day", "person"):
        sent[day].add(person)
    assert {day: len(people) for day, people in sent.items()} == shown
    assert dict(sent) == readers
    mails = Mail.objects.filter(state="sent", day__lte=shown_until, person__in=sample)
    assert {(mail.person_id, mail.day): _read(mail) for mail in mails} == letters
    assert len(letters) > 5 * SAMPLE
    assert Reminder.objects.sent().filter(kind="escalation").count() > 150
    assert Reminder.objects.filter(reason="week_is_full").exists()


def _read(mail: Mail) -> tuple[datetime, str, str]:
    message = message_from_bytes(bytes(mail.raw or b""), policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return mail.due_at, str(message["Subject"]), words(body.get_content().replace("\r\n", "\n"))
