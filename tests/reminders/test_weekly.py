"""At most so many mails to one person in seven of their days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from migration_planner.planning import publishing
from migration_planner.planning.models import Ban
from migration_planner.reminders import ladder, weekly
from migration_planner.reminders.ladder import Anchor
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.previewing import calendar, mails_for
from migration_planner.reminders.reports import counts
from migration_planner.reminders.weekly import DEADLINE, EARLY, ESCALATED, FIGURES, MUST, silent
from migration_planner.web import explaining

FIRST, DAY = date(2026, 11, 2), timedelta(days=1)
#: One a day in the last week, and on the two days after the cutoff.
DENSE = [
    *((Anchor.BEFORE, days) for days in range(7, 0, -1)),
    (Anchor.ON_THE_DAY, 0),
    (Anchor.AFTER, 1),
    (Anchor.AFTER, 2),
]
DAYS = st.dictionaries(
    st.integers(0, 25).map(lambda n: FIRST + n * DAY), st.sampled_from([FIGURES, 1, EARLY, DEADLINE, ESCALATED, MUST])
)


@given(days=DAYS, most=st.integers(1, 7))
def test_no_seven_days_hold_more_than_the_limit_but_for_what_must_go(days: dict[date, int], most: int) -> None:
    quiet = silent(days, most)
    kept = set(days) - quiet
    assert all(days[day] < MUST for day in quiet)
    for day in kept:
        week = [each for each in kept if day - 6 * DAY <= each <= day]
        assert len(week) <= most or days[day] == MUST
    for day in quiet:  # nobody keeps silent for nothing
        assert any(
            1
            + len({each for each in kept if last - 6 * DAY <= each < day})
            + sum(day < each <= last and days[each] > days[day] for each in days)
            > most
            for last in (day + n * DAY for n in range(7))
        )


def test_what_tells_of_the_deadline_wins_over_what_came_early() -> None:
    days = {FIRST + n * DAY: EARLY for n in range(5)} | {FIRST + n * DAY: DEADLINE for n in (5, 6, 7)}
    assert silent(days, 3) == {FIRST + n * DAY for n in range(1, 5)}
    assert silent(days, 0) == set()


@pytest.fixture
def limited(draft: Ban, owner: Any, settings: Any, now: datetime) -> Ban:
    settings.MAIL_PER_WEEK = 4
    ladder.set_rungs(draft, DENSE, by=owner, now=now)
    return draft


def test_the_preview_knows_what_keeps_silent_and_the_balance_holds(
    limited: Ban, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    letters = [(mail.day, mail.subject) for mail in mails_for(limited, employee, now=now)]
    days = dict(calendar(limited, now=now))
    publishing.publish(limited, by=owner, now=now)
    walk(now, days=36)
    sent = Mail.objects.filter(person=employee, state="sent").order_by("day")
    assert [(mail.day, mail.subject) for mail in sent] == letters
    assert Mail.objects.filter(state="sent").count() == sum(
        number for day, number in days.items() if day < (now + 36 * DAY).date()
    )
    quiet = Reminder.objects.filter(person=employee, state="suppressed", reason="week_is_full")
    assert quiet
    assert all(row.rung.startswith("before-") for row in quiet), "what tells of the deadline came"
    numbers = counts(limited)
    assert numbers.due == Reminder.objects.filter(ban=limited).count()
    line = explaining.line(quiet[0], explaining.Circumstances(employee, is_mine=True), now=now + 40 * DAY)
    assert "limit for one person" in line.sentence


def test_what_must_go_goes_however_full_the_week_is(
    limited: Ban, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    publishing.publish(limited, by=owner, now=now)
    walk(now, days=27)
    limited.withdraw(by=owner, now=now + 27 * DAY, why="Eased.")
    walk(now + 27 * DAY, days=2)
    assert mailbox.subjects(employee)[-1] == "Withdrawn: the ban on Old Editor"


KINDS = {FIGURES: "bundle", 1: "theirs", EARLY: "rung", DEADLINE: "rung", ESCALATED: "escalation", MUST: "announcement"}


@examples(max_examples=50, deadline=timedelta(seconds=2), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=DAYS, most=st.integers(1, 6))
def test_the_statement_decides_as_the_function_does(
    ban: Ban, employee: Any, settings: Any, days: dict[date, int], most: int
) -> None:
    settings.MAIL_PER_WEEK = most
    Reminder.objects.all().delete()
    Mail.objects.all().delete()
    for day, rank in days.items():
        due = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        mail = Mail.objects.create(person=employee, day=day, due_at=due, not_before=due)
        far = due + timedelta(hours=1 if rank == DEADLINE else 1000)
        Reminder.objects.create(
            person=employee, ban=ban, kind=KINDS[rank], rung="x", day=day, due_at=due, reckoned_from=far, mail=mail
        )
    quiet = set()
    for mail in Mail.objects.order_by("day"):
        if weekly.keep_silent([mail.pk]):
            quiet.add(mail.day)
            Mail.objects.filter(pk=mail.pk).update(state="cancelled", reason="nothing_left")
        else:
            frozen = {"message_id": f"<{mail.pk}>", "date": mail.due_at, "subject": "x", "raw": b"x", "carries": []}
            Mail.objects.filter(pk=mail.pk).update(state="sent", sent_at=mail.due_at, **frozen)
    assert quiet == silent(days, most)
