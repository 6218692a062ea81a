from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from migration_planner.people.models import below
from migration_planner.planning.models import Checklist, Event, Mark
from migration_planner.reminders.models import Reminder
from migration_planner.reminders.nudging import Nudged, nudge
from migration_planner.reminders.ticking import tick

NOON = datetime(2026, 11, 10, 4, tzinfo=UTC)  # in Shanghai


@pytest.fixture
def team_checklists(ban: Any, search: Any) -> Any:
    return Checklist.objects.filter(below(search.path, field="migration__path"), ban=ban)


def test_a_nudge_goes_to_the_unfinished_with_the_next_tick(
    ban: Any,
    team_checklists: Any,
    checklist: Any,
    lead: Any,
    employee: Any,
    owner: Any,
    mailbox: Any,
    walk: Any,
    now: datetime,
) -> None:
    walk(now, days=7.8)
    mailbox.clear()
    for step in checklist.steps().filter(required=True):
        Checklist.objects.get(person=lead).mark(step, Mark.State.DONE, by=lead, now=NOON)
    migration = checklist.migration
    assert nudge(team_checklists, by=lead, now=NOON, migration=migration) == Nudged(queued=1)
    event = Event.objects.get(verb=Event.Verb.NUDGED)
    assert (event.actor, event.migration, event.data) == (lead, migration, {"queued": 1, "already": 0})
    tick(now=NOON + timedelta(minutes=1))
    assert [recipient for recipient, _raw in mailbox.raw] == [employee.email]
    assert mailbox.subjects(employee) == ["20 days left: 3 steps to move off Old Editor"]
    assert "Lee asks you to finish" in mailbox.to(employee)[0].get_body(("plain",)).get_content()


def test_a_second_nudge_on_the_same_day_reaches_nobody_and_says_so(
    ban: Any, team_checklists: Any, lead: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=7.8)
    nudge(team_checklists, by=lead, now=NOON)
    assert nudge(team_checklists, by=lead, now=NOON) == Nudged(queued=0, already=2)
    tick(now=NOON + timedelta(minutes=1))
    assert nudge(team_checklists, by=lead, now=NOON + timedelta(hours=1)) == Nudged(queued=0, already=2)
    assert Event.objects.filter(verb=Event.Verb.NUDGED).count() == 1
    assert nudge(team_checklists, by=lead, now=NOON + timedelta(days=1)).queued == 2


def test_in_the_evening_and_after_the_mail_of_the_day_a_nudge_waits_for_the_next_morning(
    ban: Any, team_checklists: Any, lead: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    late = datetime(2026, 11, 10, 13, tzinfo=UTC)
    nudge(team_checklists, by=lead, now=late)
    assert set(Reminder.objects.filter(rung="nudge").values_list("due_at", flat=True)) == {
        datetime(2026, 11, 11, 1, tzinfo=UTC)
    }
    Reminder.objects.all().delete()
    walk(datetime(2026, 11, 16, 0, tzinfo=UTC), days=0.1)
    nudge(team_checklists, by=lead, now=datetime(2026, 11, 16, 5, tzinfo=UTC))
    assert set(Reminder.objects.filter(rung="nudge").values_list("due_at", flat=True)) == {
        datetime(2026, 11, 17, 1, tzinfo=UTC)
    }


def test_an_unreachable_person_is_not_nudged_but_counted(
    ban: Any, team_checklists: Any, lead: Any, employee: Any
) -> None:
    employee.email = ""
    employee.save()
    assert nudge(team_checklists, by=lead, now=NOON) == Nudged(queued=1, unreachable=1)


def test_nobody_is_nudged_for_a_ban_that_has_ended(ban: Any, team_checklists: Any, owner: Any, lead: Any) -> None:
    ban.close(by=owner, now=NOON)
    assert nudge(team_checklists, by=lead, now=NOON) == Nudged()


def test_nudging_costs_the_same_for_many_people(
    ban: Any, team_checklists: Any, person: Any, search: Any, lead: Any, django_assert_num_queries: Any
) -> None:
    from migration_planner.planning import audience

    for number in range(30):
        person(f"p{number}", home=search, zone="Asia/Shanghai")
    audience.follow(ban, now=ban.published_at)
    with django_assert_num_queries(6):
        assert nudge(team_checklists, by=lead, now=NOON).queued == 32
