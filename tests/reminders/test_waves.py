"""Mail by the deadline of the wave."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from migration_planner.planning import waves
from migration_planner.planning.models import Checklist, Wave
from migration_planner.planning.waves import Plan
from migration_planner.reminders import facts, foreseeing, previewing, snoozing
from migration_planner.reminders.balancing import of_ban
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.planning import plan
from migration_planner.reminders.ticking import tick

PILOT_AT = datetime(2026, 11, 16, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def pilot(ban: Any, owner: Any, search: Any, now: datetime) -> Wave:
    """Search is the pilot, two weeks before everybody else."""
    wave = waves.add(ban, Plan("Pilot", date(2026, 11, 16), time(18)), by=owner, now=now, why="To find out early.")
    waves.put(ban, search, wave, by=owner, now=now, why="They asked for it.")
    return wave


def rungs(person: Any, **fields: Any) -> list[tuple[str, str]]:
    found = Reminder.objects.filter(person=person, kind="rung", **fields).order_by("due_at")
    return [(row.rung, row.day.isoformat()) for row in found]


def test_each_person_is_reminded_by_the_deadline_of_their_team(
    ban: Any, pilot: Wave, employee: Any, owner: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=15)
    assert rungs(employee, state="sent")[:2] == [("before-7", "2026-11-09"), ("before-1", "2026-11-13")]
    assert "Last day: 3 steps to move off Old Editor" in mailbox.subjects(employee)
    assert rungs(owner, state="sent") == [("before-14", "2026-11-16")]
    balance = of_ban(ban, now=now + timedelta(days=15))
    assert balance.adds_up


def test_a_moved_wave_plans_anew_and_tells_those_it_touches_once(
    ban: Any, pilot: Wave, employee: Any, owner: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    assert rungs(employee, state="waiting") == [("before-7", "2026-11-09")]
    then = now + timedelta(days=2)
    tick(now=then)
    mailbox.clear()
    waves.change(pilot, Plan("Pilot", date(2026, 11, 18), time(18)), by=owner, now=then, why="Licences are late.")
    walk(then, days=1.5)
    assert rungs(employee, state="waiting")[:1] == [("before-7", "2026-11-11")]
    assert Reminder.objects.get(person=employee, rung="before-7", day="2026-11-09").reason == "cutoff_moved"
    (message,) = mailbox.to(employee)
    assert message["Subject"] == "New cutoff 18 Nov 2026: 3 steps to move off Old Editor"
    assert "The cutoff of your team has moved to Wednesday, 18 November 2026" in str(message.get_body(("plain",)))
    assert mailbox.to(owner) == []  # not in that wave


def test_the_preview_made_before_publishing_has_the_rungs_of_each_wave(
    draft: Any, owner: Any, employee: Any, search: Any, now: datetime
) -> None:
    wave = waves.add(draft, Plan("Pilot", date(2026, 11, 16), time(18)), by=owner, now=now)
    waves.put(draft, search, wave, by=owner, now=now)
    days = [mail.day.isoformat() for mail in previewing.mails_for(draft, employee, now=now)]
    assert "2026-11-09" in days
    assert "2026-11-23" in [mail.day.isoformat() for mail in previewing.mails_for(draft, owner, now=now)]


def test_another_ladder_or_cutoff_is_foreseen_under_each_deadline(
    ban: Any, pilot: Wave, employee: Any, now: datetime
) -> None:
    plan(now=now)
    nothing = foreseeing.of_cutoff(ban, ban.cutoff_at + timedelta(days=7), now=now)
    assert nothing.moved or nothing.added or nothing.cancelled
    assert not any(day.day == date(2026, 11, 9) and day.differs for day in nothing.days)  # the pilot's rung stays


def test_a_snooze_is_reckoned_with_the_wave(
    ban: Any, pilot: Wave, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=5)
    before = datetime(2026, 11, 8, 12, tzinfo=UTC)
    checklist = Checklist.objects.select_related("ban", "person", "migration").get(ban=ban, person=employee)
    assert snoozing.snooze(checklist, 1, by=employee, now=before)
    assert snoozing.offer(checklist, now=before).running
    tick(now=before + HOUR)
    assert Reminder.objects.get(person=employee, rung="before-7").reason == "snoozed"


def test_calendars_and_mails_speak_of_the_team_s_deadline(
    ban: Any, pilot: Wave, employee: Any, owner: Any, now: datetime
) -> None:
    assert [topic.ban.cutoff_at for topic in facts.deadlines_of(employee)] == [PILOT_AT]
    assert [topic.ban.cutoff_at for topic in facts.deadlines_of(owner)] == [ban.cutoff_at]


def test_planning_twice_with_waves_changes_nothing(ban: Any, pilot: Wave, now: datetime) -> None:
    plan(now=now)
    again = plan(now=now)
    assert (again.added, again.changed, again.cancelled) == (0, 0, 0)
