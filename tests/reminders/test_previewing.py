import re
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.planning import publishing
from migration_planner.reminders import ladder
from migration_planner.reminders.models import Mail
from migration_planner.reminders.previewing import calendar, mails_for


@pytest.fixture
def crowd(person: Any, search: Any, sales: Any, lead: Any, employee: Any, owner: Any) -> list[Any]:
    """People of several zones and hours; one is on leave, one cannot be reached, and a lead is outside every audience."""
    return [
        *(lead, employee, owner),
        person("kim", home=search, zone="Asia/Kathmandu", reminder_hour=7),
        person("lou", home=sales, zone="Australia/Lord_Howe", reminder_hour=22),
        person("hana", home=sales, role="lead", zone="Pacific/Honolulu"),
        person(
            "lars", home=search, zone="Europe/Berlin", leave_from=date(2026, 11, 20), leave_until=date(2026, 11, 29)
        ),
        person(
            "nina", home=sales, zone="Europe/Berlin", address_refused_at=datetime.fromisoformat("2026-10-01T00:00Z")
        ),
    ]


def without_addresses(text: str) -> str:
    return re.sub(r"http://\S+", "…", text)


def words(message: Any) -> tuple[str, str]:
    body = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    return str(message["Subject"]), without_addresses(body).strip()


@pytest.mark.parametrize("cutoff", [date(2026, 11, 30), date(2026, 11, 10), date(2026, 11, 3)])
def test_the_preview_of_a_draft_is_what_is_sent_when_nobody_acts(
    draft: Any, crowd: list[Any], owner: Any, mailbox: Any, walk: Any, now: datetime, cutoff: date
) -> None:
    draft.set_cutoff(cutoff, time(18), "Asia/Shanghai")
    draft.save()
    promised = calendar(draft, now=now)
    letters = {each.email: mails_for(draft, each, now=now) for each in crowd}
    publishing.publish(draft, by=owner, now=now)
    walk(now, days=(cutoff - now.date()).days + 30)
    sent = Counter(Mail.objects.filter(state="sent").values_list("day", flat=True))
    last = promised[-1][0] - timedelta(days=1)
    assert {day: n for day, n in promised if day <= last} == {day: n for day, n in sent.items() if day <= last}
    assert promised[-1][0] > cutoff + timedelta(days=20)
    for each in crowd:
        mails = Mail.objects.filter(person=each, state="sent", day__lte=last).order_by("day")
        assert [(m.day, m.due_at, m.subject) for m in letters[each.email] if m.day <= last] == [
            (m.day, m.due_at, m.subject) for m in mails
        ]
        assert [(m.subject, without_addresses(m.text).strip()) for m in letters[each.email] if m.day <= last] == [
            words(message) for message in mailbox.to(each)
        ][: len(mails)]
    assert letters["nina@acme.example"] == []


def test_the_preview_of_a_ban_in_force_goes_on_from_what_is_planned(
    ban: Any, crowd: list[Any], employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=8)
    later = now + timedelta(days=8)
    promised = dict(calendar(ban, now=later))
    letters = mails_for(ban, employee, now=later)
    mailbox.clear()
    walk(later, days=30)
    sent = Counter(Mail.objects.filter(sent_at__gte=later).values_list("day", flat=True))
    assert {day: n for day, n in promised.items() if day <= date(2026, 12, 5)} == {
        day: n for day, n in sent.items() if day <= date(2026, 12, 5)
    }
    assert [(m.subject, without_addresses(m.text).strip()) for m in letters][:6] == [
        words(message) for message in mailbox.to(employee)
    ][:6]


def test_the_preview_follows_the_bans_own_ladder(draft: Any, owner: Any, employee: Any, now: datetime) -> None:
    ladder.set_rungs(draft, [(ladder.Anchor.BEFORE, 2)], by=owner, now=now)
    subjects = [mail.subject for mail in mails_for(draft, employee, now=now)]
    assert subjects == ["Move off Old Editor by 30 Nov 2026: 3 steps", "3 days left: 3 steps to move off Old Editor"]


def test_a_draft_without_a_cutoff_has_no_preview_and_says_what_to_do(draft: Any, now: datetime) -> None:
    draft.cutoff_at = draft.cutoff_date = draft.cutoff_time = None
    draft.save()
    with pytest.raises(DomainError, match="Set the cutoff"):
        calendar(draft, now=now)


def test_the_calendar_costs_the_same_for_many_people(
    draft: Any, person: Any, search: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(30):
        person(f"p{number}", home=search, zone="Asia/Shanghai")
    with django_assert_num_queries(4):
        first = dict(calendar(draft, now=now))
    assert first[date(2026, 11, 3)] == 32
