"""What changes in flight: calendars, ladders and states. Each says why on the row; what was foreseen is what happens."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from migration_planner.lib.mail_hours import MailHours
from migration_planner.lib.zones import instant
from migration_planner.people.models import SiteCalendar
from migration_planner.planning import changing
from migration_planner.planning.models import Mark
from migration_planner.reminders import foreseeing, ladder
from migration_planner.reminders.ladder import Anchor, Audience, Line, Recipient
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.planning import plan
from migration_planner.reminders.ticking import tick

DAY = timedelta(days=1)


def states(person: Any, **kept: Any) -> set[tuple[str, str, str, str]]:
    found = Reminder.objects.filter(person=person, **kept)
    return {(row.rung, row.day.isoformat(), row.state, row.reason) for row in found}


def test_a_calendar_given_to_a_site_moves_what_is_waiting_and_says_so(ban: Any, employee: Any, now: datetime) -> None:
    employee.site = "Shanghai"
    employee.save()
    at = now + 13 * DAY
    plan(now=at)
    assert ("before-14", "2026-11-16", "waiting", "") in states(employee)
    calendar = SiteCalendar.objects.create(site="Shanghai", country="CN")
    calendar.own_days.create(day=date(2026, 11, 16), works=False, source="own.ics")
    calendar.own_days.create(day=date(2026, 11, 15), works=True, source="own.ics")
    at = datetime(2026, 11, 14, 20, tzinfo=UTC)
    plan(now=at)
    assert states(employee, rung="before-14") == {
        ("before-14", "2026-11-15", "waiting", ""),
        ("before-14", "2026-11-16", "cancelled", "moved"),
    }


def test_a_changed_ladder_cancels_with_its_own_reason(ban: Any, owner: Any, employee: Any, now: datetime) -> None:
    at = now + 10 * DAY
    plan(now=at)
    ladder.set_rungs(ban, [(Anchor.BEFORE, 13)], by=owner, now=at)
    plan(now=at)
    assert states(employee, kind="rung") == {
        ("before-14", "2026-11-16", "cancelled", "ladder_changed"),
        ("before-13", "2026-11-17", "waiting", ""),
    }


OWN = [
    Line(Anchor.BEFORE, 14, Audience.BLOCKED),
    Line(Anchor.BEFORE, 13, Audience.NOT_STARTED),
    Line(Anchor.BEFORE, 12, Audience.NOT_STARTED, Recipient.LEAD),
    Line(Anchor.BEFORE, 11, Audience.UNFINISHED, Recipient.MANAGER),
    Line(Anchor.BEFORE, 10, Audience.TEAM_STEPS, Recipient.LEAD),
]


@pytest.fixture
def told(ban: Any, owner: Any, lead: Any, employee: Any, now: datetime) -> Any:
    """A ban that tells people in some states, their lead, and Olga as Eve's line manager."""
    employee.line_manager = owner
    employee.save()
    ladder.set_rungs(ban, OWN, by=owner, now=now)
    return ban


def test_rungs_about_a_state_reach_who_is_in_it_and_who_answers_for_them(
    told: Any, checklist: Any, owner: Any, lead: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    step = checklist.steps().first()
    checklist.mark(step, Mark.State.BLOCKED, by=employee, now=now, note="No licence yet.")
    walk(now, days=20)
    sent = {(row.person, row.rung) for row in Reminder.objects.sent().exclude(kind__in=["announcement", "bundle"])}
    assert sent == {
        (employee, "before-14/blocked"),
        (owner, "before-13/not_started"),
        (lead, "before-13/not_started"),
        (owner, "before-11/unfinished/manager"),
        (lead, "before-10/team_steps/lead"),
    }
    assert "before-12/not_started/lead" not in {rung for _person, rung in sent}, (
        "Eve has begun; the lead is not told of it"
    )
    word = next(m for m in mailbox.to(owner) if "1 of your people has still" in str(m["Subject"]))
    text = word.get_body(("plain",)).get_content()
    assert "- Eve" in text
    assert "line manager" in text


def test_who_has_begun_in_the_last_moment_is_not_told_that_they_have_not(
    told: Any, checklist: Any, lead: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    eve = datetime(2026, 11, 16, 20, tzinfo=UTC)
    walk(now, days=14)
    tick(now=eve)
    assert ("before-13/not_started", "2026-11-17", "waiting", "") in states(employee)
    checklist.mark(checklist.steps().first(), Mark.State.DONE, by=employee, now=eve)
    tick(now=eve + timedelta(hours=12))
    assert states(employee, rung="before-13/not_started") == {
        ("before-13/not_started", "2026-11-17", "cancelled", "not_meant")
    }
    walk(eve + timedelta(hours=13), days=3)
    assert {row[2:] for row in states(lead, kind="theirs", rung="before-12/not_started/lead")} <= {
        ("cancelled", "not_meant")
    }
    assert not any("have not begun" in subject for subject in mailbox.subjects(lead))


def test_late_mail_waits_for_the_morning_where_mail_has_its_hours(
    ban: Any, employee: Any, mailbox: Any, settings: Any
) -> None:
    settings.MAIL_HOURS = MailHours(7, 20)
    night = datetime(2026, 11, 4, 17, tzinfo=UTC)  # one o'clock in Shanghai
    tick(now=night)
    assert mailbox.to(employee) == []
    assert Mail.objects.get(person=employee, state="waiting", day=date(2026, 11, 5)).due_at == datetime(
        2026, 11, 4, 23, tzinfo=UTC
    )
    tick(now=datetime(2026, 11, 4, 23, tzinfo=UTC))
    assert len(mailbox.to(employee)) == 1


def mails_by_day(ban: Any) -> dict[date, int]:
    waiting = Reminder.objects.waiting().filter(ban=ban).exclude(kind="change").values("mail")
    return dict(Counter(Mail.objects.filter(pk__in=waiting).values_list("day", flat=True)))


@pytest.mark.parametrize("what", ["ladder", "cutoff"])
def test_what_is_foreseen_is_what_planning_then_does(
    ban: Any, owner: Any, now: datetime, walk: Any, mailbox: Any, what: str
) -> None:
    walk(now, days=5)
    at = now + 5 * DAY
    lines = [(Anchor.BEFORE, 17), (Anchor.BEFORE, 16), (Anchor.BEFORE, 3)]
    cutoff_at = instant(date(2026, 11, 18), ban.cutoff_time, ban.cutoff_zone)
    foreseen = (
        foreseeing.of_ladder(ban, lines, now=at) if what == "ladder" else foreseeing.of_cutoff(ban, cutoff_at, now=at)
    )
    before = mails_by_day(ban)
    if what == "ladder":
        ladder.set_rungs(ban, lines, by=owner, now=at)
    else:
        changing.move_cutoff(ban, date(2026, 11, 18), ban.cutoff_time, ban.cutoff_zone, by=owner, now=at, why="Sooner.")
    plan(now=at)
    ahead = (at + 7 * DAY).date()
    assert before == {day.day: day.before for day in foreseen.days if day.before and day.day <= ahead}
    assert mails_by_day(ban) == {day.day: day.after for day in foreseen.days if day.after and day.day <= ahead}
    assert not foreseen.changes_nothing


def test_foreseeing_writes_nothing(ban: Any, now: datetime, django_assert_max_num_queries: Any) -> None:
    rows = list(Reminder.objects.values())
    with django_assert_max_num_queries(6):
        same = foreseeing.of_ladder(ban, [], now=now)
    assert same.changes_nothing
    assert list(Reminder.objects.values()) == rows


def test_another_hour_is_foreseen_for_the_one_person(ban: Any, employee: Any, now: datetime) -> None:
    [(_ban, foreseen)] = foreseeing.of_clock(employee, employee.zone, 15, now=now)
    assert (foreseen.added, foreseen.cancelled) == (0, 0)
    assert foreseen.moved > 5
    [(_ban, same)] = foreseeing.of_clock(employee, employee.zone, 9, now=now)
    assert same.changes_nothing
