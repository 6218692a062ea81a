"""Two bans at once, and a limit to the mails of a week: the calendars of both say what is then sent."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction

from migration_planner.planning import changing, publishing
from migration_planner.planning.models import Ban, Step, Tool
from migration_planner.reminders import escalating, foreseeing, ladder
from migration_planner.reminders.ladder import Anchor
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.planning import plan
from migration_planner.reminders.previewing import calendar, mails_for, people_on
from tests.reminders import postman

DAY = timedelta(days=1)
#: Every second day of the last two weeks, and the day itself.
DENSE = [*((Anchor.BEFORE, days) for days in range(14, 0, -2)), (Anchor.ON_THE_DAY, 0), (Anchor.AFTER, 2)]
DAYS = 45


@pytest.fixture(autouse=True)
def three_a_week(settings: Any) -> None:
    settings.MAIL_PER_WEEK = 3


@pytest.fixture
def first(draft: Ban, owner: Any, person: Any, search: Any, now: datetime) -> Ban:
    """In force since the first day, with a cutoff on the thirtieth; it escalates."""
    boss = person("boss", home=search, zone="America/New_York")
    person("kim", home=search, zone="Asia/Kathmandu", line_manager=boss)
    ladder.set_rungs(draft, DENSE, by=owner, now=now)
    escalating.set_graces(draft, [2], by=owner, now=now)
    publishing.publish(draft, by=owner, now=now)
    return draft


@pytest.fixture
def second(owner: Any, search: Any, now: datetime) -> Ban:
    """A draft over one team, whose cutoff comes two days earlier."""
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
    ladder.set_rungs(made, DENSE, by=owner, now=now)
    return made


def went(ban: Ban, since: datetime) -> Counter[date]:
    """By the reader's day, the mails that said something of the ban and were sent from then on."""
    told = Reminder.objects.filter(ban=ban, state="sent").values("mail")
    return Counter(Mail.objects.filter(pk__in=told, state="sent", sent_at__gte=since).values_list("day", flat=True))


def until(days: dict[date, int], last: date) -> dict[date, int]:
    return {day: number for day, number in days.items() if day < last}


def test_the_calendars_of_two_bans_say_what_is_sent_of_each(
    first: Ban, second: Ban, owner: Any, employee: Any, now: datetime
) -> None:
    then, last = now + 12 * DAY, (now + DAYS * DAY).date() - DAY
    postman.go(first, now, days=12)
    publishing.publish(second, by=owner, now=then)
    postman.tick(now=then)
    promised = {ban: dict(calendar(ban, now=then)) for ban in (first, second)}
    letters = {ban: [mail.day for mail in mails_for(ban, employee, now=then)] for ban in (first, second)}
    readers = {day: set(people_on(first, day, now=then)) for day in promised[first]}
    postman.go(first, then + DAY / 24, days=DAYS - 12)
    assert Reminder.objects.filter(ban=first, reason="week_is_full").exists()
    assert Reminder.objects.filter(ban=second, reason="week_is_full").exists()
    for ban in (first, second):
        sent = until(went(ban, then + DAY / 24), last)
        assert until(promised[ban], last) == sent, ban
        assert sent
        mine = Mail.objects.filter(person=employee, state="sent", sent_at__gt=then, reminders__ban=ban).distinct()
        assert [day for day in letters[ban] if day < last] == sorted(mine.values_list("day", flat=True))
    for day, people in readers.items():
        if day < last:
            told = Mail.objects.filter(day=day, state="sent", sent_at__gt=then, reminders__ban=first)
            assert {mail.person for mail in told} == people, day


def test_a_draft_knows_the_weeks_that_another_ban_has_filled(
    first: Ban, second: Ban, owner: Any, employee: Any, now: datetime
) -> None:
    then, last = now + 12 * DAY, (now + DAYS * DAY).date() - DAY
    postman.go(first, now, days=12)
    promised = until(dict(calendar(second, now=then)), last)
    alone = [mail.day for mail in mails_for(second, employee, now=then) if mail.day < last]
    publishing.publish(second, by=owner, now=then)
    postman.go(second, then, days=DAYS - 12)
    assert promised == until(went(second, then), last)
    sent = Mail.objects.filter(person=employee, state="sent", reminders__ban=second).distinct()
    assert alone == sorted(sent.filter(day__lt=last).values_list("day", flat=True))


def test_other_bans_cost_a_calendar_a_few_questions_each_and_none_where_no_week_has_a_limit(
    first: Ban, second: Ban, settings: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    postman.tick(now=now)
    with django_assert_max_num_queries(12):
        calendar(second, now=now)
    settings.MAIL_PER_WEEK = 0
    with django_assert_max_num_queries(5):
        calendar(second, now=now)


def test_a_look_at_a_change_knows_the_weeks_that_every_ban_fills(
    first: Ban, second: Ban, owner: Any, now: datetime
) -> None:
    """Before and after it says what the calendar says then; but for the word about the change itself, which goes at once."""
    then, last = now + 12 * DAY, first.cutoff_date + 20 * DAY
    postman.go(first, now, days=12)
    publishing.publish(second, by=owner, now=then)
    postman.tick(now=then)
    before, daily = until(dict(calendar(first, now=then)), last), [(Anchor.BEFORE, days) for days in range(14, 0, -1)]
    later = (first.cutoff_date + 7 * DAY, first.cutoff_time, first.cutoff_zone)
    changes: list[tuple[foreseeing.Foreseen, Callable[[], object]]] = [
        (
            foreseeing.of_ladder(first, daily, now=then),
            lambda: ladder.set_rungs(first, daily, by=owner, now=then),
        ),
        (
            foreseeing.of_cutoff(first, first.cutoff_at + 7 * DAY, now=then),
            lambda: changing.move_cutoff(first, *later, by=owner, now=then, why="Later."),
        ),
        (
            foreseeing.of_graces(first, [1, 1], now=then),
            lambda: escalating.set_graces(first, [1, 1], by=owner, now=then),
        ),
    ]
    for foreseen, change in changes:
        with transaction.atomic():
            change()
            plan(now=then)
            told = set(Reminder.objects.filter(ban=first, kind="change").values_list("day", flat=True))
            after = {day.day: day.after for day in foreseen.days if day.after}
            shown = {day: number for day, number in calendar(first, now=then) if day not in told - after.keys()}
            transaction.set_rollback(True)
        first.refresh_from_db()
        assert until({day.day: day.before for day in foreseen.days if day.before}, last) == before
        assert until(after, last) == until(shown, last)
        assert foreseen.changed_days
