"""What was promised before publishing is what was sent, mail for mail, when nobody acts; and the balance holds on every day."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from migration_planner.lib.mail_hours import MailHours
from migration_planner.people.models import SiteCalendar, User
from migration_planner.planning import publishing
from migration_planner.planning.models import Ban
from migration_planner.reminders import escalating, ladder
from migration_planner.reminders.ladder import Anchor, Audience, Line, Recipient
from migration_planner.reminders.models import Mail
from migration_planner.reminders.previewing import calendar, mails_for, people_on
from tests.reminders import postman

DAY = timedelta(days=1)
#: A Tuesday in Berlin, and in Shanghai. The cutoff follows the golden week of 2026.
PUBLISHED = datetime(2026, 9, 8, 7, 30, tzinfo=UTC)
CUTOFF = date(2026, 10, 12)

Letter = tuple[date, str, str, str]


@pytest.fixture(autouse=True)
def office_hours(settings: Any) -> None:
    settings.MAIL_HOURS = MailHours(7, 20)


@pytest.fixture
def company(person: Any, team: Any) -> list[User]:
    """Zones, hours, sites with and without calendars, leaves, leads, a lead of leads, a line manager, somebody unreachable."""
    for site, country, part in [("Shanghai", "CN", ""), ("Munich", "DE", "BY"), ("Riyadh", "SA", ""), ("Void", "", "")]:
        SiteCalendar.objects.create(site=site, country=country, subdivision=part)
    SiteCalendar.objects.get(site="Munich").own_days.create(day=date(2026, 10, 5), works=False, source="own.ics")
    search, sales = team("Acme/Engineering/Search"), team("Acme/Sales")
    boss = person("boss", home=team("Acme"), role="lead", zone="Europe/Berlin", site="Munich")
    return [
        boss,
        person("liu", home=search, role="lead", zone="Asia/Shanghai", site="Shanghai", line_manager=boss),
        person("eva", home=search, zone="Asia/Shanghai", site="Shanghai", language="zh-hans", line_manager=boss),
        person("dan", home=search, zone="Asia/Shanghai", reminder_hour=6),
        person("kim", home=search, zone="Asia/Kathmandu", reminder_hour=7, site="Void"),
        person("rami", home=sales, zone="Asia/Riyadh", site="Riyadh", line_manager=boss),
        person("lou", home=sales, zone="Australia/Lord_Howe", reminder_hour=22, site="Nowhere"),
        person("hana", home=sales, role="lead", zone="Pacific/Honolulu"),
        person(
            "lars", home=search, zone="Europe/Berlin", site="Munich",
            leave_from=date(2026, 9, 26), leave_until=date(2026, 10, 6),
        ),
        person("nina", home=sales, zone="Europe/Berlin", address_refused_at=PUBLISHED - DAY),
        person("cal", home=sales, zone="America/Los_Angeles"),
    ]  # fmt: skip


OWN: list[Any] = [
    (Anchor.BEFORE, 14),
    (Anchor.WORKDAYS_BEFORE, 3),
    (Anchor.HOURS_BEFORE, 30),
    Line(Anchor.BEFORE, 6, Audience.NOT_STARTED),
    Line(Anchor.BEFORE, 5, Audience.BLOCKED),
    Line(Anchor.WORKDAYS_BEFORE, 5, Audience.UNFINISHED, Recipient.LEAD),
    Line(Anchor.BEFORE, 2, Audience.NOT_STARTED, Recipient.MANAGER),
    Line(Anchor.AFTER, 2, Audience.TEAM_STEPS, Recipient.LEAD),
    (Anchor.SHARE, 50),
    (Anchor.ON_THE_DAY, 0),
    (Anchor.WORKDAYS_AFTER, 1),
    (Anchor.AFTER, 6),
    (Anchor.WEEKLY, 9),
]


def plain(text: str) -> str:
    """Words without addresses: those of a draft lead to no checklist yet."""
    return re.sub(r"http://\S+", "…", text).strip()


def promised(ban: Ban, people: Iterable[User], now: datetime) -> list[Letter]:
    return [
        (mail.day, each.email, mail.subject, plain(mail.text))
        for each in people
        for mail in mails_for(ban, each, now=now)
    ]


def delivered() -> list[Letter]:
    """What was sent, each with the day that stands in its Message-ID."""
    found = []
    for recipient, raw in Mail.objects.filter(state="sent").values_list("person__email", "raw"):
        message = message_from_bytes(bytes(raw), policy=policy.default)
        text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
        day = datetime.strptime(str(message["Message-ID"])[1:9], "%Y%m%d").replace(tzinfo=UTC).date()
        found.append((day, recipient, str(message["Subject"]), plain(text)))
    return found


@pytest.mark.parametrize("lines", [[], OWN], ids=["default", "own"])
def test_the_preview_made_before_publishing_equals_what_was_sent_mail_for_mail(
    draft: Any, company: list[User], owner: Any, lines: list[Any]
) -> None:
    draft.set_cutoff(CUTOFF, time(18), "Asia/Shanghai")
    draft.save()
    ladder.set_rungs(draft, lines, by=owner, now=PUBLISHED)
    escalating.set_graces(draft, [2, 2], by=owner, now=PUBLISHED)
    everybody = list(User.objects.order_by("pk"))
    letters, days = promised(draft, everybody, PUBLISHED), dict(calendar(draft, now=PUBLISHED))
    readers = {day: set(people_on(draft, day, now=PUBLISHED).values_list("email", flat=True)) for day in days}
    publishing.publish(draft, by=owner, now=PUBLISHED)
    postman.go(draft, PUBLISHED, days=(CUTOFF - PUBLISHED.date()).days + 30)

    shown_until = CUTOFF + 27 * DAY
    expected = sorted(letter for letter in letters if letter[0] <= shown_until)
    sent = sorted(letter for letter in delivered() if letter[0] <= shown_until)
    assert [letter[:3] for letter in sent] == [letter[:3] for letter in expected]
    assert sent == expected
    assert Counter(letter[0] for letter in sent) == {day: n for day, n in days.items() if day <= shown_until}
    for day, people in readers.items():
        assert people == {letter[1] for letter in letters if letter[0] == day}
    assert len(sent) > 80
    assert {letter[1] for letter in sent} == {each.email for each in everybody} - {"nina@acme.example"}


def test_no_mail_came_at_night_nor_on_a_day_off_but_where_the_decision_says_so(
    draft: Any, company: list[User], owner: Any
) -> None:
    draft.set_cutoff(CUTOFF, time(18), "Asia/Shanghai")
    draft.save()
    publishing.publish(draft, by=owner, now=PUBLISHED)
    postman.go(draft, PUBLISHED, days=40)
    eva = User.objects.get(email="eva@acme.example")
    days = [mail.day for mail in Mail.objects.filter(person=eva, state="sent").order_by("day")]
    assert days == [
        date(2026, *day) for day in [(9, 9), (9, 11), (9, 28), (9, 30), (10, 9), (10, 10), (10, 12), (10, 13), (10, 15)]
    ]
    for mail in Mail.objects.filter(state="sent").select_related("person"):
        local = mail.sent_at.astimezone(mail.person.zone_info)
        assert 7 <= local.hour < 20, (mail.person.name, local)
    letter = Mail.objects.filter(person=eva, state="sent").order_by("day")[3]
    text = message_from_bytes(bytes(letter.raw or b""), policy=policy.default).get_body(("plain",)).get_content()
    assert "2" in text
    assert "Shanghai" in text, "the calendar is named"
