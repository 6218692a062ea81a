from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from migration_planner.planning import audience, changing, locks, publishing
from migration_planner.planning.models import Ban, Checklist, Mark, Step, Tool
from migration_planner.reminders import ladder
from migration_planner.reminders.models import Heartbeat, Mail, Reminder
from migration_planner.reminders.planning import plan
from migration_planner.reminders.reports import counts
from migration_planner.reminders.ticking import tick

HOUR = timedelta(hours=1)


def finish(checklist: Any, *, at: datetime) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=checklist.person, now=at)


def rungs(person: Any, **kept: Any) -> list[tuple[str, str, str]]:
    found = Reminder.objects.filter(person=person, **kept).order_by("due_at", "rung")
    return [(reminder.rung, reminder.day.isoformat(), reminder.state) for reminder in found]


@pytest.fixture
def second_ban(ban: Any, owner: Any, acme: Any, now: datetime) -> Any:
    other = Ban(
        tool=Tool.called("Old Chat"), replacement=Tool.called("New Chat"), reason="Its licence ends.",
        playbook="any-tool", playbook_version="1", created_at=now,
    )  # fmt: skip
    other.set_cutoff(date(2026, 11, 30), time(12), "Asia/Shanghai")
    other.save()
    other.owners.add(owner)
    other.write_scope("Old Chat on every machine.", by=owner, now=now)
    other.audience_teams.create(team=acme)
    Step.objects.create(ban=other, key="move", position=1, title="Move the rooms")
    other.count_steps()
    publishing.publish(other, by=owner, now=now)
    return other


def test_everybody_hears_at_their_own_hour_and_then_rung_by_rung(
    ban: Any, employee: Any, owner: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=30)
    assert rungs(employee) == [
        ("publishing", "2026-11-03", "sent"),
        ("before-14", "2026-11-16", "sent"),
        ("before-7", "2026-11-23", "sent"),
        ("before-1", "2026-11-27", "sent"),
        ("before-3", "2026-11-27", "sent"),
        ("on_the_day", "2026-11-30", "sent"),
        ("after-1", "2026-12-01", "sent"),
        ("after-3", "2026-12-03", "waiting"),
        ("after-7", "2026-12-07", "waiting"),
    ]
    assert mailbox.subjects(employee)[:2] == [
        "Move off Old Editor by 30 Nov 2026: 3 steps",
        "14 days left: 3 steps to move off Old Editor",
    ]
    hours = {(m.person.zone, m.sent_at.astimezone(m.person.zone_info).hour) for m in Mail.objects.exclude(sent_at=None)}
    assert {hour for _zone, hour in hours} == {9}
    numbers = counts(ban)
    assert numbers.due == Reminder.objects.filter(ban=ban).count()
    assert numbers.mails_sent == len(mailbox.raw)


def test_two_bans_share_one_mail_a_day_that_names_the_more_urgent_first(
    ban: Any, second_ban: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=15)
    assert Reminder.objects.sent().filter(person=employee).count() == 4
    assert mailbox.subjects(employee) == [
        "Move off Old Chat by 30 Nov 2026: 1 step, and 1 more",
        "14 days left: 1 step to move off Old Chat, and 1 more",
    ]
    text = mailbox.to(employee)[1].get_body(("plain",)).get_content()
    assert text.index("Old Chat → New Chat") < text.index("Old Editor → New Editor")


def test_nothing_comes_after_the_last_step_and_an_undone_step_brings_the_rungs_back(
    ban: Any, checklist: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    finish(checklist, at=now + timedelta(days=2))
    walk(now + timedelta(days=2), days=13)
    assert len(mailbox.to(employee)) == 1
    assert rungs(employee, kind="rung") == []
    checklist.mark(checklist.steps().first(), Mark.State.OPEN, by=employee, now=now + timedelta(days=15))
    walk(now + timedelta(days=15), days=7)
    assert mailbox.subjects(employee)[1:] == ["7 days left: 1 step to move off Old Editor"]


def test_a_rung_cancelled_by_finishing_is_taken_up_again_when_the_finish_is_undone_in_time(
    ban: Any, checklist: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    eve = datetime(2026, 11, 14, 12, tzinfo=UTC)
    walk(now, days=12)
    finish(checklist, at=eve)
    tick(now=eve + HOUR)
    assert rungs(employee, rung="before-14") == [("before-14", "2026-11-16", "cancelled")]
    checklist.mark(checklist.steps().first(), Mark.State.OPEN, by=employee, now=eve + 2 * HOUR)
    walk(eve + 3 * HOUR, days=2)
    assert rungs(employee, rung="before-14") == [("before-14", "2026-11-16", "sent")]


def test_the_withdrawal_is_told_once_to_everybody_who_had_a_checklist_and_then_silence(
    ban: Any, checklist: Any, owner: Any, employee: Any, lead: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    finish(checklist, at=now + timedelta(days=2))
    mailbox.clear()
    ban.withdraw(by=owner, now=now + timedelta(days=3), why="The vendor has answered.")
    walk(now + timedelta(days=3), days=30)
    assert [mailbox.subjects(person) for person in (owner, employee, lead)] == [
        ["Withdrawn: the ban on Old Editor"]
    ] * 3
    assert "The vendor has answered." in mailbox.to(employee)[0].get_body(("plain",)).get_content()
    assert counts(ban).waiting == 0


def test_a_withdrawal_taken_back_before_it_was_told_is_told_to_nobody(
    ban: Any, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    mailbox.clear()
    later = now + timedelta(days=2)
    ban.withdraw(by=owner, now=later, why="By mistake.")
    tick(now=later + HOUR)
    ban.reopen(by=owner, now=later + 2 * HOUR, why="It was a mistake.")
    walk(later + 3 * HOUR, days=4)
    assert mailbox.subjects(employee) == []


def test_who_was_told_of_the_end_is_told_that_the_ban_is_back(
    ban: Any, checklist: Any, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    finish(checklist, at=now + timedelta(days=2))
    later = datetime(2026, 11, 5, 0, 30, tzinfo=UTC)
    ban.withdraw(by=owner, now=later, why="By mistake.")
    walk(later, days=0.5)
    ban.reopen(by=owner, now=later + 12 * HOUR, why="It was a mistake.")
    walk(later + 12 * HOUR, days=3)
    assert mailbox.subjects(employee)[1:] == [
        "Withdrawn: the ban on Old Editor",
        "In force again: the ban on Old Editor",
    ]


def test_a_leaver_hears_nothing_more(ban: Any, employee: Any, mailbox: Any, walk: Any, now: datetime) -> None:
    walk(now, days=2)
    leave(employee, ban, at=now + timedelta(days=2))
    walk(now + timedelta(days=2), days=30)
    assert len(mailbox.to(employee)) == 1
    assert not Reminder.objects.waiting().filter(person=employee).exists()


def leave(person: Any, ban: Any, *, at: datetime) -> None:
    from django.db import transaction

    with transaction.atomic():
        person.is_active = False
        person.save(update_fields=["is_active"])
        locks.hold_ban_alone(ban.pk)
        audience.follow(ban, now=at)


def test_a_joiner_gets_the_announcement_at_their_first_hour_and_no_rung_of_the_past(
    ban: Any, person: Any, search: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=20)
    joined = datetime(2026, 11, 22, 3, tzinfo=UTC)
    joiner = person("jo", home=search, zone="Asia/Shanghai")
    audience.follow(ban, now=joined)
    walk(joined, days=3)
    assert set(rungs(joiner, state="sent")) == {
        ("publishing", "2026-11-23", "sent"),
        ("before-7", "2026-11-23", "sent"),
    }
    assert mailbox.subjects(joiner) == ["Move off Old Editor by 30 Nov 2026: 3 steps"]


def test_a_moved_cutoff_is_told_once_and_the_rungs_follow_it(
    ban: Any, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=12)
    moved = datetime(2026, 11, 14, 8, tzinfo=UTC)
    assert ("before-14", "2026-11-16", "waiting") in rungs(employee)
    changing.move_cutoff(ban, date(2026, 12, 7), time(18), "Asia/Shanghai", by=owner, now=moved, why="More time.")
    walk(moved, days=25)
    assert Reminder.objects.get(person=employee, rung="before-14", day=date(2026, 11, 16)).reason == "cutoff_moved"
    told = [row for row in rungs(employee, state="sent") if row[0] != "publishing"]
    assert [(rung.partition("-")[0], day) for rung, day, _state in told] == [
        ("change", "2026-11-15"),
        ("before", "2026-11-23"),
        ("before", "2026-11-30"),
        ("before", "2026-12-04"),
        ("before", "2026-12-04"),
        ("on_the_day", "2026-12-07"),
        ("after", "2026-12-08"),
    ]
    notice = mailbox.to(employee)[1]
    assert notice["Subject"] == "New cutoff 7 Dec 2026: 3 steps to move off Old Editor"
    assert "More time." in notice.get_body(("plain",)).get_content()


def test_several_changes_of_one_day_share_one_mail(
    ban: Any, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    mailbox.clear()
    later = now + timedelta(days=2)
    changing.move_cutoff(ban, date(2026, 12, 1), time(18), "Asia/Shanghai", by=owner, now=later, why="More time.")
    changing.change_steps(ban, lambda: {"renamed": "Export"}, by=owner, now=later + HOUR, why="Clearer words.")
    walk(later + 2 * HOUR, days=2)
    assert mailbox.subjects(employee) == ["The steps have changed: 3 steps to move off Old Editor"]
    text = mailbox.to(employee)[0].get_body(("plain",)).get_content()
    assert "More time." in text
    assert "Clearer words." in text


def test_rungs_rest_during_leave_but_changes_are_told(
    ban: Any, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    employee.leave_from, employee.leave_until = date(2026, 11, 10), date(2026, 11, 25)
    employee.save()
    walk(now, days=18)
    changing.move_cutoff(
        ban, date(2026, 12, 7), time(18), "Asia/Shanghai", by=owner, now=now + timedelta(days=18), why="More time."
    )
    walk(now + timedelta(days=18), days=4)
    assert mailbox.subjects(employee) == [
        "Move off Old Editor by 30 Nov 2026: 3 steps",
        "New cutoff 7 Dec 2026: 3 steps to move off Old Editor",
    ]
    assert set(Reminder.objects.filter(person=employee, reason="on_leave").values_list("rung", flat=True)) == {
        "before-14"
    }


def test_a_person_without_an_address_is_counted_as_suppressed_and_hears_of_the_ban_once_there_is_one(
    ban: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    employee.email = ""
    employee.save()
    walk(now, days=15)
    assert {row[2] for row in rungs(employee)} == {"suppressed"}
    employee.email = "eve@acme.example"
    employee.save()
    walk(now + timedelta(days=15), days=1)
    assert mailbox.subjects(employee) == ["Move off Old Editor by 30 Nov 2026: 3 steps"]


def test_after_days_of_standstill_one_mail_goes_with_the_newest_rung_and_no_burst(
    ban: Any, employee: Any, mailbox: Any, now: datetime
) -> None:
    tick(now=now)
    tick(now=datetime(2026, 11, 29, 3, tzinfo=UTC))
    assert mailbox.subjects(employee) == ["Move off Old Editor by 30 Nov 2026: 3 steps"]
    states = dict(
        Reminder.objects.filter(person=employee, due_at__lte="2026-11-29T03:00Z").values_list("rung", "reason")
    )
    assert states == {
        "publishing": "", "before-14": "superseded", "before-7": "superseded", "before-3": "", "before-1": "",
    }  # fmt: skip
    tick(now=datetime(2026, 11, 29, 4, tzinfo=UTC))
    assert len(mailbox.to(employee)) == 1


def test_a_rung_before_the_cutoff_is_not_sent_after_it(ban: Any, employee: Any, mailbox: Any, now: datetime) -> None:
    tick(now=datetime(2026, 11, 29, 2, tzinfo=UTC))
    mailbox.clear()
    tick(now=datetime(2026, 11, 30, 11, tzinfo=UTC))
    assert mailbox.subjects(employee) == []
    assert Reminder.objects.get(person=employee, rung="on_the_day").reason == "too_late"


def test_notice_of_days_is_climbed_by_shares_of_it(
    draft: Any, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    draft.set_cutoff(date(2026, 11, 9), time(18), "Asia/Shanghai")
    draft.save()
    publishing.publish(draft, by=owner, now=now)
    walk(now, days=9)
    assert rungs(employee, state="sent") == [
        ("publishing", "2026-11-03", "sent"),
        ("share-50", "2026-11-06", "sent"),
        ("share-75", "2026-11-06", "sent"),
        ("last_day", "2026-11-09", "sent"),
        ("share-90", "2026-11-09", "sent"),
        ("after-1", "2026-11-10", "sent"),
    ]
    assert len(mailbox.to(employee)) == 4


def test_a_ban_for_today_is_announced_at_once(
    draft: Any, owner: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    draft.set_cutoff(date(2026, 11, 3), time(8), "Asia/Shanghai")
    draft.save()
    publishing.publish(draft, by=owner, now=now)
    tick(now=now)
    assert mailbox.subjects(employee) == ["Move off Old Editor by 3 Nov 2026: 3 steps"]


def test_another_hour_and_another_zone_move_what_is_waiting(
    ban: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=10)
    employee.reminder_hour, employee.zone = 17, "Europe/Berlin"
    employee.save()
    walk(now + timedelta(days=10), days=6)
    sent = Mail.objects.filter(person=employee, state="sent").order_by("sent_at").last()
    assert sent is not None
    assert sent.sent_at == datetime(2026, 11, 16, 16, tzinfo=UTC)
    assert len(mailbox.to(employee)) == 2


def test_a_rung_already_sent_does_not_come_again_in_the_next_zone(
    ban: Any, employee: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    """The cutoff at 18:00 in Shanghai falls on the day before in Honolulu: the 14th day before is the 16th there."""
    ban.set_cutoff(date(2026, 12, 1), time(12), "Asia/Shanghai")
    ban.save()
    ban.migrations.update(deadline_at=ban.cutoff_at)
    employee.zone = "Pacific/Honolulu"
    employee.save()
    walk(now, days=14.9)
    assert ("before-14", "2026-11-16", "sent") in rungs(employee)
    employee.zone = "Asia/Shanghai"
    employee.save()
    walk(now + timedelta(days=14.9), days=2)
    assert [row for row in rungs(employee) if row[0] == "before-14"] == [("before-14", "2026-11-16", "sent")]


def test_leads_get_the_figures_of_their_teams_on_mondays(
    ban: Any, lead: Any, employee: Any, checklist: Any, mailbox: Any, walk: Any, now: datetime
) -> None:
    walk(now, days=2)
    finish(checklist, at=now + timedelta(days=2))
    mailbox.clear()
    walk(now + timedelta(days=2), days=6)
    assert mailbox.subjects(lead) == ["Your teams: 1 of 2 people still to move off Old Editor"]
    mailbox.clear()
    walk(now + timedelta(days=8), days=7)
    assert mailbox.subjects(lead) == ["14 days left: 3 steps to move off Old Editor"]
    assert "1 of 2 people still" in mailbox.to(lead)[0].get_body(("plain",)).get_content()


def test_a_changed_ladder_replaces_what_is_waiting(
    ban: Any, owner: Any, employee: Any, walk: Any, mailbox: Any, now: datetime
) -> None:
    walk(now, days=10)
    ladder.set_rungs(ban, [(ladder.Anchor.BEFORE, 13)], by=owner, now=now + timedelta(days=10))
    walk(now + timedelta(days=10), days=10)
    assert rungs(employee, kind="rung") == [
        ("before-14", "2026-11-16", "cancelled"),
        ("before-13", "2026-11-17", "sent"),
    ]


def test_planning_twice_adds_nothing_and_costs_the_same_for_many_people(
    ban: Any, person: Any, search: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    plan(now=now)
    assert plan(now=now).added == 0
    for number in range(40):
        person(f"p{number}", home=search, zone="Asia/Shanghai")
    audience.follow(ban, now=now)
    with django_assert_max_num_queries(48):
        assert plan(now=now).added == 40
    assert Heartbeat.objects.get(pk="planner").up_to == now


def test_progress_is_kept_at_the_first_tick_after_midnight_once(ban: Any, mailbox: Any, now: datetime) -> None:
    assert tick(now=now).days_kept == 0
    midnight = datetime(2026, 11, 3, tzinfo=UTC)
    assert tick(now=midnight).days_kept == 1
    assert tick(now=midnight + HOUR).days_kept == 0
    assert ban.progress_days.filter(day=date(2026, 11, 2), team=None).exists()
    assert Checklist.objects.count() == 3
