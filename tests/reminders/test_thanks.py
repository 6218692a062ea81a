"""The lead of a team that is done is thanked once, and so is whoever stands in for them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.lib import zones
from migration_planner.people.models import Membership
from migration_planner.planning import substituting
from migration_planner.planning.models import Mark
from migration_planner.planning.substituting import Period
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.ticking import tick
from tests.finishing import finish, finish_all

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def migration(ban: Any, search: Any, mailbox: Any, now: datetime) -> Any:
    """The announcement is read."""
    for hours in (1, 17):
        tick(now=now + hours * HOUR)
    mailbox.clear()
    return ban.migrations.select_related("ban", "team").get(team=search)


@pytest.fixture
def later(now: datetime) -> datetime:
    """The day after, at noon of the lead."""
    return now + 20 * HOUR


@pytest.fixture
def morning(now: datetime) -> datetime:
    """Nine in the morning of the lead, the day after that."""
    return now + 41 * HOUR


def thanked(mailbox: Any, person: Any) -> list[str]:
    return [subject for subject in mailbox.subjects(person) if "has moved off" in subject]


def words(mailbox: Any, person: Any) -> str:
    return " ".join(mailbox.to(person)[-1].get_body(("plain",)).get_content().split())


def test_the_lead_is_thanked_once_with_the_next_mail_and_nobody_else(
    migration: Any, lead: Any, employee: Any, mailbox: Any, later: datetime, morning: datetime, walk: Any
) -> None:
    finish_all(migration, by=lead, now=later)
    tick(now=later)
    assert mailbox.messages == []
    tick(now=morning)
    assert thanked(mailbox, lead) == ["Search has moved off Old Editor"]
    assert "Search is done: all 2 people have finished" in words(mailbox, lead)
    assert f"/bans/{migration.ban_id}/teams/{migration.team_id}/" in words(mailbox, lead)
    assert mailbox.to(employee) == []
    walk(morning, days=3)
    assert len(thanked(mailbox, lead)) == 1


def test_opened_and_done_again_after_the_thanks_says_nothing_more(
    migration: Any, lead: Any, employee: Any, mailbox: Any, later: datetime, morning: datetime
) -> None:
    finish_all(migration, by=lead, now=later)
    for moment in (later, morning):
        tick(now=moment)
    row = migration.checklists.select_related("ban", "migration", "person").get(person=employee)
    row.mark(row.steps().first(), Mark.State.OPEN, by=employee, now=morning + HOUR)
    tick(now=morning + 2 * HOUR)
    finish(row, now=morning + 3 * HOUR)
    for days in (1, 2):
        tick(now=morning + days * DAY)
    assert len(thanked(mailbox, lead)) == 1


def test_a_team_that_was_opened_before_the_mail_went_is_not_thanked(
    migration: Any, lead: Any, employee: Any, mailbox: Any, later: datetime, morning: datetime
) -> None:
    finish_all(migration, by=lead, now=later)
    tick(now=later)
    row = migration.checklists.select_related("ban", "migration", "person").get(person=employee)
    row.mark(row.steps().first(), Mark.State.OPEN, by=employee, now=later + HOUR)
    tick(now=morning)
    assert thanked(mailbox, lead) == []
    assert list(Reminder.objects.filter(kind="thanks").values_list("state", "reason")) == [("cancelled", "not_meant")]


def test_a_substitute_is_thanked_along_and_reads_for_whom(
    migration: Any, lead: Any, person: Any, sales: Any, mailbox: Any, later: datetime, morning: datetime
) -> None:
    sam = person("sam", home=sales, zone="Asia/Shanghai")
    today = zones.local_day(later, lead.zone)
    substituting.name(migration, lead, sam, Period(today, today + 5 * DAY), by=lead, now=later)
    finish_all(migration, by=lead, now=later)
    for moment in (later, morning):
        tick(now=moment)
    assert thanked(mailbox, lead) == thanked(mailbox, sam) == ["Search has moved off Old Editor"]
    assert "You stand in there for Lee." in words(mailbox, sam)
    assert "You stand in" not in words(mailbox, lead)


def test_two_teams_of_one_lead_are_one_mail(
    ban: Any, migration: Any, lead: Any, owner: Any, acme: Any, mailbox: Any, later: datetime, morning: datetime
) -> None:
    Membership.objects.create(user=lead, team=acme, role="lead")
    finish_all(migration, by=lead, now=later)
    finish_all(ban.migrations.select_related("ban").get(team=acme), by=lead, now=later)
    for moment in (later, morning):
        tick(now=moment)
    assert mailbox.subjects(lead) == ["2 of your teams have moved off Old Editor"]


def test_a_withdrawn_ban_thanks_nobody(
    ban: Any, migration: Any, lead: Any, owner: Any, mailbox: Any, later: datetime, morning: datetime
) -> None:
    finish_all(migration, by=lead, now=later)
    tick(now=later)
    ban.withdraw(by=owner, now=later + HOUR, why="Over.")
    tick(now=morning)
    assert thanked(mailbox, lead) == []
    assert Reminder.objects.get(kind="thanks").reason == "ended"
