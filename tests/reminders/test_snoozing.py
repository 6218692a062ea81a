import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from migration_planner.lib.errors import DomainError
from migration_planner.planning import changing
from migration_planner.planning.models import Event, Mark
from migration_planner.planning.preferences import choose
from migration_planner.reminders import ladder, nudging, snoozing
from migration_planner.reminders.models import Reminder, Rung, Snooze
from migration_planner.reminders.outbox import drain
from migration_planner.reminders.planning import plan
from migration_planner.reminders.reports import counts
from migration_planner.reminders.ticking import tick

#: The evening before the rung of fourteen days, on the clock of Eve, who reads at nine in Shanghai.
EVE = datetime(2026, 11, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def state(person: Any, rung: str) -> tuple[str, str]:
    return Reminder.objects.values_list("state", "reason").get(person=person, rung=rung)


def snooze(checklist: Any, days: int, *, now: datetime) -> bool:
    return snoozing.snooze(checklist, days, by=checklist.person, now=now)


@pytest.fixture
def planned(checklist: Any, mailbox: Any, walk: Any, now: datetime) -> Any:
    """The employee's checklist on the evening before a rung; the announcement has gone."""
    walk(now, days=13)
    tick(now=EVE - HOUR)
    mailbox.clear()
    return checklist


def test_a_snoozed_rung_is_kept_back_with_a_reason_and_the_next_one_comes(
    planned: Any, ban: Any, employee: Any, mailbox: Any, walk: Any
) -> None:
    assert state(employee, "before-14") == ("waiting", "")
    assert snooze(planned, 3, now=EVE)
    tick(now=EVE + HOUR)
    assert state(employee, "before-14") == ("suppressed", "snoozed")
    walk(EVE + HOUR, days=9)
    assert mailbox.subjects(employee) == ["7 days left: 3 steps to move off Old Editor"]
    numbers = counts(ban)
    assert numbers.suppressed >= 1
    assert numbers.due == Reminder.objects.filter(ban=ban).count()


def test_the_snooze_ends_at_the_hour_it_says(planned: Any, employee: Any) -> None:
    offer = snoozing.offer(planned, now=EVE)
    assert [(choice.days, choice.until.isoformat()) for choice in offer.choices] == [
        (1, "2026-11-16"),
        (2, "2026-11-17"),
        (3, "2026-11-18"),
    ]
    assert {choice.next_at for choice in offer.choices} == {datetime(2026, 11, 23, 1, tzinfo=UTC)}
    snooze(planned, 2, now=EVE)
    running = snoozing.offer(planned, now=EVE)
    assert (running.until, running.choices, running.left) == (date(2026, 11, 17), (), 2)
    assert Snooze.objects.get().ends_at == datetime(2026, 11, 18, 1, tzinfo=UTC)


def test_the_last_rung_before_the_cutoff_always_comes(planned: Any, employee: Any, mailbox: Any, walk: Any) -> None:
    before = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday; the day before the cutoff is a Sunday
    walk(EVE + HOUR, days=10.9)
    mailbox.clear()
    assert [choice.days for choice in snoozing.offer(planned, now=before).choices] == [1, 2, 3]
    snooze(planned, 3, now=before)
    walk(before, days=4)
    assert mailbox.subjects(employee) == ["Last day: 3 steps to move off Old Editor"]
    snoozing.take_back(planned, by=employee, now=datetime(2026, 11, 29, 11, tzinfo=UTC))
    with pytest.raises(DomainError, match="The last one"):
        snooze(planned, 1, now=datetime(2026, 11, 29, 12, tzinfo=UTC))


def test_nothing_is_offered_when_no_rung_would_be_put_off(planned: Any) -> None:
    assert snoozing.offer(planned, now=EVE + timedelta(days=2)).choices == ()
    with pytest.raises(DomainError, match="No reminder"):
        snooze(planned, 3, now=EVE + timedelta(days=2))


def test_taken_back_in_time_the_rung_comes_after_all(planned: Any, employee: Any, mailbox: Any, walk: Any) -> None:
    snooze(planned, 3, now=EVE)
    tick(now=EVE + HOUR)
    assert snoozing.take_back(planned, by=employee, now=EVE + 2 * HOUR)
    assert not snoozing.take_back(planned, by=employee, now=EVE + 2 * HOUR)
    walk(EVE + 3 * HOUR, days=1)
    assert mailbox.subjects(employee) == ["14 days left: 3 steps to move off Old Editor"]
    assert list(Event.objects.filter(checklist=planned).values_list("verb", flat=True)) == ["snoozed", "snooze_ended"]


@pytest.mark.parametrize("changed", ["cutoff", "ladder", "zone", "hour"])
def test_what_a_snooze_was_reckoned_by_ends_it_when_it_changes(
    planned: Any, ban: Any, owner: Any, employee: Any, changed: str
) -> None:
    snooze(planned, 3, now=EVE)
    later = EVE + HOUR
    if changed == "cutoff":
        changing.move_cutoff(ban, date(2026, 12, 1), time(18), "Asia/Shanghai", by=owner, now=later, why="Licences.")
    elif changed == "ladder":
        ladder.set_rungs(ban, [(Rung.Anchor.BEFORE, 14)], by=owner, now=later)
    else:
        zone, hour = ("Europe/Berlin", 9) if changed == "zone" else ("Asia/Shanghai", 11)
        choose(employee, zone=zone, language="en", reminder_hour=hour, by=employee, now=later)
    planned.refresh_from_db()
    assert snoozing.offer(planned.__class__.objects.get(pk=planned.pk), now=later).running is None
    ban.refresh_from_db()
    tick(now=later)
    assert not Reminder.objects.filter(person=employee, rung="before-14", reason="snoozed").exists()


def test_a_snooze_after_planning_holds_a_composed_mail_back(planned: Any, employee: Any, mailbox: Any) -> None:
    plan(now=EVE)
    mailbox.at_rcpt[employee.email] = "451 4.7.1 Later"
    snooze(planned, 3, now=EVE + HOUR)
    drain(now=datetime(2026, 11, 16, 1, tzinfo=UTC))
    assert mailbox.to(employee) == []
    assert state(employee, "before-14") == ("suppressed", "snoozed")


def test_announcements_changes_and_nudges_are_no_reminders_to_snooze(
    planned: Any, ban: Any, owner: Any, employee: Any, mailbox: Any, walk: Any
) -> None:
    snooze(planned, 3, now=EVE)
    ban.refresh_from_db()
    changing.change_scope(ban, "All of it.", by=owner, now=EVE + HOUR, why="People asked.")
    nudging.nudge(ban.checklists.filter(pk=planned.pk), by=owner, now=EVE + 26 * HOUR)
    walk(EVE + HOUR, days=3)
    kinds = Reminder.objects.sent().filter(person=employee).values_list("kind", flat=True)
    assert sorted(kinds) == ["announcement", "change", "nudge"]


def test_the_owners_say_for_how_long_and_nobody_snoozes_a_fourth_time(planned: Any, ban: Any, owner: Any) -> None:
    with pytest.raises(DomainError):
        snooze(planned, 4, now=EVE)
    assert snoozing.set_limit(ban, 0, by=owner, now=EVE)
    assert not snoozing.set_limit(ban, 0, by=owner, now=EVE)
    with pytest.raises(DomainError, match="do not allow"):
        snooze(planned, 1, now=EVE)
    snoozing.set_limit(ban, 7, by=owner, now=EVE)
    with pytest.raises(DomainError, match="0 to 7"):
        snoozing.set_limit(ban, 8, by=owner, now=EVE)
    for number in (1, 2, 3):
        snooze(planned, number, now=EVE)
        snoozing.take_back(planned, by=planned.person, now=EVE)
    with pytest.raises(DomainError, match="3 times"):
        snooze(planned, 1, now=EVE)
    with pytest.raises(IntegrityError, match="three_times"), transaction.atomic():
        Snooze.objects.filter(number=3).update(number=4)


def test_the_same_snooze_again_changes_nothing_and_another_one_is_refused(planned: Any) -> None:
    assert snooze(planned, 2, now=EVE)
    assert not snooze(planned, 2, now=EVE + HOUR)
    assert Snooze.objects.count() == 1
    with pytest.raises(DomainError, match="already"):
        snooze(planned, 1, now=EVE + HOUR)


def test_whoever_is_done_or_out_has_nothing_to_snooze(planned: Any, ban: Any, owner: Any, employee: Any) -> None:
    ban.close(by=owner, now=EVE)
    with pytest.raises(DomainError, match="has ended"):
        snooze(planned, 1, now=EVE)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_snooze(planned: Any) -> None:
    gate, made = threading.Barrier(2), []

    def click() -> None:
        gate.wait()
        made.append(snooze(planned, 2, now=EVE))
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, True]


# The pages.


@pytest.fixture
def as_employee(client: Any, employee: Any) -> Any:
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def soon(draft: Any, owner: Any, employee: Any) -> Any:
    """The employee's checklist under a ban with a rung every day, by the real clock."""
    from migration_planner.planning import publishing

    now = timezone.now()
    draft.set_cutoff((now + timedelta(days=16)).date(), time(18), "Asia/Shanghai")
    draft.save()
    ladder.set_rungs(draft, [(Rung.Anchor.BEFORE, days) for days in range(1, 18)], by=owner, now=now)
    publishing.publish(draft, by=owner, now=now)
    return draft.checklists.get(person=employee)


def test_a_person_snoozes_from_the_checklist_and_takes_it_back_there(
    as_employee: Any, soon: Any, django_assert_num_queries: Any
) -> None:
    page = f"/checklists/{soon.pk}/"
    with django_assert_num_queries(13):  # the nine of a checklist, its snoozes twice, its ladder, and the place
        assert "for 2 days, up to" in as_employee.get(page).content.decode()
    answer = as_employee.post(f"{page}snooze/", {"days": "2"}, follow=True)
    assert answer.redirect_chain == [(f"{page}#reminders", 303)]
    assert "You have snoozed them up to and including" in answer.content.decode()
    answer = as_employee.post(f"{page}snooze/", {"days": "0"}, follow=True)
    assert "You can do this 2 times." in answer.content.decode()
    assert as_employee.post(f"{page}snooze/", {"days": "many"}).status_code == 409


def test_the_lead_sees_who_has_snoozed_and_how_often(
    client: Any, soon: Any, lead: Any, person: Callable[..., Any]
) -> None:
    now = timezone.now()
    snooze(soon, 1, now=now)
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/bans/{soon.ban_id}/teams/{soon.migration.team_id}/").content.decode()
    assert "1 person here or below has snoozed the reminders now." in page
    assert "reminders snoozed up to" in page
    snoozing.take_back(soon, by=soon.person, now=now)
    page = client.get(f"/bans/{soon.ban_id}/teams/{soon.migration.team_id}/").content.decode()
    assert "here or below" not in page
    assert "snoozed 1 time" in page


def test_a_finished_checklist_offers_no_snooze(as_employee: Any, soon: Any) -> None:
    for step in soon.steps().filter(required=True):
        soon.mark(step, Mark.State.DONE, by=soon.person, now=timezone.now())
    assert "Snooze them" not in as_employee.get(f"/checklists/{soon.pk}/").content.decode()


def test_an_owner_sets_the_limit_beside_the_ladder(client: Any, soon: Any, owner: Any) -> None:
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.post(f"/bans/{soon.ban_id}/snoozes/", {"days": "5"}, follow=True).content.decode()
    assert '<option value="5" selected>' in page
    assert client.post(f"/bans/{soon.ban_id}/snoozes/", {"days": "9"}).status_code == 409
