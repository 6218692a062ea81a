"""Whom a ban writes to, counted of everybody in one statement, against one person at a time."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from migration_planner.people.models import Membership, User
from migration_planner.planning import publishing, waves
from migration_planner.planning.models import Ban, Checklist, Step, Tool
from migration_planner.reminders import escalating, ladder
from migration_planner.reminders.groups import groups
from migration_planner.reminders.ladder import Anchor, Audience, Line, Recipient
from migration_planner.reminders.planning import plan
from migration_planner.reminders.previewing import calendar, mails_for, next_for
from migration_planner.reminders.readers import Readers

ZONES = ["Asia/Shanghai", "Europe/Berlin", "Pacific/Honolulu"]
LINES = [
    Line(Anchor.BEFORE, 7),
    Line(Anchor.BEFORE, 5, Audience.NOT_STARTED),
    Line(Anchor.BEFORE, 4, Audience.BLOCKED, Recipient.LEAD),
    Line(Anchor.BEFORE, 3, Audience.UNFINISHED, Recipient.MANAGER),
    Line(Anchor.BEFORE, 2, Audience.TEAM_STEPS, Recipient.LEAD),
]


@pytest.fixture
def company(person: Any, search: Any, sales: Any, acme: Any, request: Any) -> list[User]:
    """Twenty people of three teams, some of whom lead, manage, are on leave, or cannot be reached."""
    random, people = Random(request.param), []
    for number in range(20):
        away = date(2026, 11, random.randint(1, 25)) if random.random() < 0.2 else None
        each = person(
            f"p{number}",
            home=random.choice([search, sales, acme]),
            role=random.choice([Membership.Role.MEMBER, Membership.Role.MEMBER, Membership.Role.LEAD]),
            zone=random.choice(ZONES),
            reminder_hour=random.choice([7, 9]),
            is_active=random.random() < 0.9,
            address_refused_at=datetime.fromisoformat("2026-10-01T00:00Z") if random.random() < 0.1 else None,
            leave_from=away,
            leave_until=away and away + timedelta(days=6),
            line_manager=random.choice(people) if people else None,
        )
        people.append(each)
    return people


def move(ban: Any, random: Random, now: datetime) -> None:
    """Somebody is done, somebody blocked, the rest as they were."""
    for checklist in ban.checklists.order_by("pk"):
        state = random.choice(["not_started", "started", "blocked", "done"])
        moments = {"started_at": now} if state != "not_started" else {}
        Checklist.objects.filter(pk=checklist.pk).update(
            state=state, **moments, **({"done_at": now} if state == "done" else {})
        )


def one_by_one(ban: Any, now: datetime) -> Counter[date]:
    days: Counter[date] = Counter()
    for each in User.objects.all():
        readers = Readers.of(ban, now=now)
        for reader in readers.all(each):
            days.update(readers.mails(reader).days)
    return days


@pytest.fixture
def second(owner: Any, search: Any, now: datetime) -> Ban:
    """Another ban over one team, in force."""
    made = Ban(
        tool=Tool.called("Old Wiki"), replacement=Tool.called("New Wiki"), reason="It ends.", reason_source="Note 3",
        playbook="any-tool", playbook_version="1", created_at=now,
    )  # fmt: skip
    made.set_cutoff(date(2026, 11, 28), time(18), "Asia/Shanghai")
    made.save()
    made.owners.add(owner)
    made.write_scope("Old Wiki.", by=owner, now=now)
    made.audience_teams.create(team=search)
    Step.objects.create(ban=made, key="move", position=0, title="Move", per="person", required=True)
    made.count_steps()
    publishing.publish(made, by=owner, now=now)
    return made


@pytest.mark.parametrize("company", range(3), indirect=True)
def test_the_calendar_counts_everybody_as_it_counts_each(
    company: list[User], draft: Any, second: Any, search: Any, owner: Any, settings: Any, now: datetime
) -> None:
    settings.MAIL_PER_WEEK = 3
    ladder.set_rungs(draft, LINES, by=owner, now=now)
    escalating.set_graces(draft, [2, 3], by=owner, now=now)
    pilot = waves.add(draft, waves.Plan("Pilot", date(2026, 11, 20), time(18)), by=owner, now=now)
    waves.put(draft, search, pilot, by=owner, now=now)
    drafted = calendar(draft, now=now)
    assert drafted == sorted(one_by_one(draft, now).items())
    publishing.publish(draft, by=owner, now=now)
    plan(now=now)
    for ban in (draft, second):
        move(ban, Random(len(company)), now)
        in_force = calendar(ban, now=now)
        assert in_force == sorted(one_by_one(ban, now).items())
        assert len(in_force) > 5


@pytest.mark.parametrize("company", [1], indirect=True)
def test_what_comes_next_is_the_first_mail_of_the_preview_and_a_second_ban_asks_little_more(
    company: list[User], ban: Any, second: Any, settings: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    settings.MAIL_PER_WEEK = 3
    readers = Readers.of(ban, now=now)
    for each in company:
        for of in (ban, second):
            mails = mails_for(of, each, now=now)
            assert next_for(of, each, readers) == (mails[0].due_at if mails else None)
    asked = second.checklists.select_related("person")[0].person
    with django_assert_max_num_queries(2):
        assert next_for(second, asked, readers)


@pytest.mark.parametrize("company", [2], indirect=True)
def test_what_people_hear_of_another_ban_is_read_from_their_number_as_it_is_from_that_ban(
    company: list[User], ban: Any, second: Any, search: Any, owner: Any, settings: Any, now: datetime
) -> None:
    settings.MAIL_PER_WEEK = 3
    ladder.set_rungs(second, LINES, by=owner, now=now, why="First them.")
    pilot = waves.add(second, waves.Plan("Pilot", date(2026, 11, 20), time(18)), by=owner, now=now, why="First them.")
    waves.put(second, search, pilot, by=owner, now=now, why="First them.")
    move(second, Random(1), now)
    readers = Readers.of(ban, now=now)
    beside = next(each for each in readers.comings if each.ban == second)
    heard = set()
    for each in company:
        told = {group.roles for group in groups(second, beside.reach, each)}
        for reader in readers.all(each):
            found = {reader.groups[second.pk].roles} if second.pk in reader.groups else set()
            assert found == told
            heard |= told
    assert len(heard) > 3
