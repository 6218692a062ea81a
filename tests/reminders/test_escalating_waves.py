"""Escalation from the deadline of the wave: whoever moves early is late early, and told of then."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from migration_planner.people.models import User
from migration_planner.planning import publishing, waves
from migration_planner.planning.models import Ban
from migration_planner.planning.waves import Plan
from migration_planner.reminders import escalating, foreseeing, reported
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.previewing import calendar, mails_for
from migration_planner.reminders.ticking import tick

DAY = timedelta(days=1)
#: Search moves by Monday, 16 November; everybody else by Monday, 30 November; both at 18:00 in Shanghai.
PILOT_AT = datetime(2026, 11, 16, 10, tzinfo=UTC)
FIRST, SECOND = date(2026, 11, 19), date(2026, 12, 3)
LATE = "3 days overdue: {} below you {} still to move off Old Editor"


@pytest.fixture
def boss(person: Any, team: Any) -> User:
    """The line manager of pia, of the pilot, and of rob, who has until the cutoff."""
    found: User = person("boss", home=team("Board"), zone="Asia/Shanghai")
    person("pia", home=team("Acme/Engineering/Search"), zone="Asia/Shanghai", line_manager=found)
    person("rob", home=team("Acme/Sales"), zone="Asia/Shanghai", line_manager=found)
    return found


@pytest.fixture
def drafted(draft: Ban, boss: User, search: Any, owner: Any, now: datetime) -> Ban:
    """The draft with its pilot; it escalates to the line manager after three working days."""
    pilot = waves.add(draft, Plan("Pilot", date(2026, 11, 16), time(18)), by=owner, now=now)
    waves.put(draft, search, pilot, by=owner, now=now)
    escalating.set_graces(draft, [3], by=owner, now=now)
    return draft


@pytest.fixture
def piloted(drafted: Ban, owner: Any, now: datetime) -> Ban:
    publishing.publish(drafted, by=owner, now=now)
    return drafted


def told(boss: User) -> list[tuple[date, str]]:
    found = Reminder.objects.filter(person=boss, kind="escalation").order_by("day")
    return [(each.day, each.state) for each in found]


def finish(ban: Ban, name: str, now: datetime) -> None:
    checklist = ban.checklists.get(person__name=name)
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, "done", by=checklist.person, now=now)


def test_each_team_is_escalated_from_its_own_deadline(piloted: Ban, boss: User, mailbox: Any) -> None:
    tick(now=PILOT_AT + DAY)
    assert told(boss) == [(FIRST, "waiting")]
    tick(now=PILOT_AT + 2.75 * DAY)
    (message,) = mailbox.to(boss)
    text = message.get_body(("plain",)).get_content()
    assert message["Subject"] == LATE.format("1 person", "has")
    assert "Their deadline was Monday, 16 November 2026 at 18:00 (Asia/Shanghai)." in text
    assert "Pia" in text
    assert "Rob" not in text, "he has two weeks left"
    assert [each.person.name for each in reported.of_manager(boss)] == ["Pia"]


def test_my_work_leads_a_manager_to_the_people_they_were_told_of(
    piloted: Ban, boss: User, mailbox: Any, client: Any
) -> None:
    client.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert 'href="/escalations/"' not in client.get("/").content.decode()
    tick(now=PILOT_AT + DAY)
    tick(now=PILOT_AT + 2.75 * DAY)
    assert 'href="/escalations/"' in client.get("/").content.decode()
    page = client.get("/escalations/").content.decode().partition("<main")[2]
    assert 'datetime="2026-11-16T' in page, "the deadline that has passed is that of the wave"
    assert 'datetime="2026-11-30T' not in page


def test_at_the_cutoff_the_manager_hears_of_everybody_who_is_late_by_then(
    piloted: Ban, boss: User, mailbox: Any
) -> None:
    for moment in (PILOT_AT + 2.75 * DAY, PILOT_AT + 10 * DAY, PILOT_AT + 16.75 * DAY):
        tick(now=moment)
    assert told(boss) == [(FIRST, "sent"), (SECOND, "sent")]
    second = mailbox.to(boss)[-1]
    assert second["Subject"] == LATE.format("2 people", "have")
    words = "Their deadlines have passed, the last of them on Monday, 30 November 2026 at 18:00 (Asia/Shanghai)."
    assert words in second.get_body(("plain",)).get_content()
    assert {each.person.name for each in reported.of_manager(boss)} == {"Pia", "Rob"}


def test_nobody_is_told_again_of_a_wave_when_nobody_else_is_late(piloted: Ban, boss: User, mailbox: Any) -> None:
    tick(now=PILOT_AT + 2.75 * DAY)
    finish(piloted, "Rob", PILOT_AT + 12 * DAY)
    for moment in (PILOT_AT + 13 * DAY, PILOT_AT + 16.75 * DAY):
        tick(now=moment)
    assert len(mailbox.to(boss)) == 1


def test_a_team_that_has_moved_in_time_is_not_escalated(piloted: Ban, boss: User) -> None:
    finish(piloted, "Pia", PILOT_AT - DAY)
    tick(now=PILOT_AT + DAY)
    assert told(boss) == []


def test_who_joins_a_wave_after_its_end_has_until_the_cutoff(piloted: Ban, boss: User, mailbox: Any) -> None:
    piloted.checklists.filter(person__name="Pia").update(created_at=PILOT_AT + DAY / 24)
    finish(piloted, "Rob", PILOT_AT)
    tick(now=PILOT_AT + DAY)
    assert told(boss) == []
    tick(now=PILOT_AT + 14 * DAY)
    assert told(boss) == [(SECOND, "waiting")]


def test_a_moved_wave_moves_its_escalation_and_the_look_before_it_says_so(piloted: Ban, boss: User, owner: Any) -> None:
    now = PILOT_AT - DAY
    tick(now=now)
    assert told(boss) == [(FIRST, "waiting")]
    pilot = piloted.waves.get()
    foreseen = foreseeing.of_wave(piloted, PILOT_AT, PILOT_AT + 2 * DAY, now=now)
    ahead = {day.day: day.after - day.before for day in foreseen.changed_days}
    assert ahead[FIRST] < 0 < ahead[date(2026, 11, 23)]
    waves.change(pilot, Plan("Pilot", date(2026, 11, 18), time(18)), by=owner, now=now, why="Licences.")
    tick(now=now + DAY / 4)
    assert told(boss) == [(FIRST, "cancelled"), (date(2026, 11, 23), "waiting")]


def test_two_deadlines_whose_levels_fall_on_one_day_are_one_word(
    drafted: Ban, boss: User, owner: Any, mailbox: Any, now: datetime
) -> None:
    """A wave that ends on the Saturday, and the cutoff on the Monday: a day after is Monday, and Tuesday; on leave, none."""
    drafted.set_cutoff(date(2026, 11, 15), time(18), "Asia/Shanghai")
    drafted.save()
    waves.change(drafted.waves.get(), Plan("Pilot", date(2026, 11, 14), time(18)), by=owner, now=now)
    publishing.publish(drafted, by=owner, now=now)
    wednesday = datetime(2026, 11, 18, 2, tzinfo=UTC)
    for moment in (wednesday - 2 * DAY, wednesday):
        tick(now=moment)
    assert told(boss) == [(date(2026, 11, 18), "sent")]
    assert mailbox.to(boss)[0]["Subject"] == LATE.format("2 people", "have")


def test_the_preview_of_a_draft_knows_both_days_and_whom_each_is_about(
    drafted: Ban, boss: User, owner: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    letters = {mail.day: (mail.subject, mail.text) for mail in mails_for(drafted, boss, now=now)}
    days = dict(calendar(drafted, now=now))
    assert sorted(letters) == [FIRST, SECOND]
    assert "Rob" not in letters[FIRST][1]
    publishing.publish(drafted, by=owner, now=now)
    walk(now, days=32)
    assert [message["Subject"] for message in mailbox.to(boss)] == [letters[day][0] for day in (FIRST, SECOND)]
    assert {day for day in days if day in letters} == set(letters)
