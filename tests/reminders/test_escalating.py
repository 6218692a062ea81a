"""Escalation up the line managers: who hears of whom, when, and when no more."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connections

from migration_planner.people.models import SiteCalendar, User
from migration_planner.planning import changing, publishing
from migration_planner.planning.models import Ban, Event
from migration_planner.reminders import escalating, outbox, reported
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.ticking import tick

#: Monday; the fixture's ban ends on Monday, 30 November 2026, at 18:00 in Shanghai.
CUTOFF = datetime(2026, 11, 30, 10, tzinfo=UTC)
DAY = timedelta(days=1)
THURSDAY, SATURDAY = date(2026, 12, 3), date(2026, 12, 5)


@pytest.fixture
def line(person: Any, team: Any) -> dict[str, User]:
    """ceo ← vp ← boss ← (ann, bob), all in Shanghai but the ceo; the managers are outside the audience."""
    above, inside = team("Board"), team("Acme/Engineering/Search")
    zone = {"zone": "Asia/Shanghai"}
    ceo = person("ceo", home=above, zone="America/New_York")
    vp = person("vp", home=above, line_manager=ceo, **zone)
    boss = person("boss", home=above, line_manager=vp, **zone)
    ann, bob = (person(name, home=inside, line_manager=boss, **zone) for name in ("ann", "bob"))
    return {each.name.lower(): each for each in (ceo, vp, boss, ann, bob)}


@pytest.fixture
def escalates(draft: Ban, line: dict[str, User], owner: Any, now: datetime) -> Ban:
    """The ban in force, with levels after three, two and one working days."""
    escalating.set_graces(draft, [3, 2, 1], by=owner, now=now)
    publishing.publish(draft, by=owner, now=now)
    return draft


def told() -> list[tuple[str, str, date]]:
    found = Reminder.objects.filter(kind="escalation", state__in=["waiting", "sent"]).order_by("due_at", "pk")
    return [(each.person.name, each.rung[-1], each.day) for each in found.select_related("person")]


def finish(ban: Ban, person: User, now: datetime) -> None:
    checklist = ban.checklists.get(person=person)
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, "done", by=person, now=now)


def test_each_level_hears_after_its_grace_in_working_days_of_its_own(escalates: Ban, line: Any, mailbox: Any) -> None:
    tick(now=CUTOFF - DAY)
    assert told() == [("Boss", "1", THURSDAY), ("Vp", "2", date(2026, 12, 7))]
    for days in range(1, 10):
        tick(now=CUTOFF + days * DAY)
        tick(now=CUTOFF + (days + 0.5) * DAY)
    assert told() == [("Boss", "1", THURSDAY), ("Vp", "2", date(2026, 12, 7)), ("Ceo", "3", date(2026, 12, 8))]
    message = mailbox.to(line["boss"])[0]
    assert message["Subject"] == "3 days overdue: 2 people below you have still to move off Old Editor"
    text = message.get_body(("plain",)).get_content()
    assert "Ann" in text
    assert "Bob" in text
    assert "Their deadline was Monday, 30 November 2026 at 18:00 (Asia/Shanghai)." in text
    assert "/escalations/" in text
    assert message["List-Unsubscribe"] is None
    assert {each.person.name for each in reported.of_manager(line["boss"])} == {"Ann", "Bob"}
    assert not reported.of_manager(line["ann"])


def test_it_stops_for_whoever_finishes_or_leaves_and_with_the_ban(
    escalates: Ban, line: Any, owner: Any, mailbox: Any
) -> None:
    tick(now=CUTOFF - DAY)
    finish(escalates, line["ann"], CUTOFF + DAY)
    tick(now=CUTOFF + 2.75 * DAY)  # Thursday in Shanghai
    assert mailbox.subjects(line["boss"]) == ["3 days overdue: 1 person below you has still to move off Old Editor"]
    User.objects.filter(pk=line["bob"].pk).update(is_active=False)
    tick(now=CUTOFF + 7 * DAY)
    assert told() == [("Boss", "1", THURSDAY)]
    assert Reminder.objects.get(person=line["vp"], kind="escalation").reason == "not_meant"
    User.objects.filter(pk=line["bob"].pk).update(is_active=True)
    tick(now=CUTOFF + 7.1 * DAY)
    escalates.withdraw(by=owner, now=CUTOFF + 7.2 * DAY, why="Eased.")
    tick(now=CUTOFF + 7.3 * DAY)
    assert told() == [("Boss", "1", THURSDAY)]
    assert not mailbox.to(line["ceo"])


def test_whoever_is_away_is_passed_over_and_told_so(escalates: Ban, line: Any) -> None:
    User.objects.filter(pk=line["boss"].pk).update(leave_from=THURSDAY, leave_until=THURSDAY)
    tick(now=CUTOFF - DAY)
    assert told() == [("Vp", "1", THURSDAY), ("Vp", "2", date(2026, 12, 7))]
    assert Reminder.objects.get(person=line["boss"], kind="escalation").reason == "on_leave"


def test_whoever_has_left_or_cannot_be_reached_has_no_place_in_the_line(escalates: Ban, line: Any) -> None:
    User.objects.filter(pk=line["boss"].pk).update(is_active=False)
    tick(now=CUTOFF - DAY)
    assert [row[:2] for row in told()] == [("Vp", "1")]  # the second level, in New York, lies further ahead
    User.objects.filter(pk=line["vp"].pk).update(address_refused_at=CUTOFF)
    tick(now=CUTOFF - DAY / 2)
    assert [row[:2] for row in told()] == [("Ceo", "1")]


def test_rings_of_managers_and_people_who_manage_themselves_come_to_an_end(escalates: Ban, line: Any) -> None:
    User.objects.filter(pk=line["ceo"].pk).update(line_manager=line["boss"])
    User.objects.filter(pk=line["ann"].pk).update(line_manager=line["ann"])
    tick(now=CUTOFF + DAY / 2)
    assert [row[:2] for row in told()] == [("Boss", "1"), ("Vp", "2"), ("Ceo", "3")]


def test_a_manager_is_told_by_the_calendar_of_their_site(escalates: Ban, line: Any) -> None:
    SiteCalendar.objects.create(site="Riyadh", country="SA")  # Friday and Saturday are off
    User.objects.filter(pk=line["boss"].pk).update(site="Riyadh", zone="Asia/Riyadh", reminder_hour=7)
    tick(now=CUTOFF - DAY)
    first = Reminder.objects.get(person=line["boss"], kind="escalation")
    assert first.day == THURSDAY
    assert first.due_at == datetime(2026, 12, 3, 4, tzinfo=UTC)


def test_who_joined_after_the_cutoff_is_not_escalated(escalates: Ban, line: Any) -> None:
    escalates.checklists.update(created_at=CUTOFF + DAY / 24)
    tick(now=CUTOFF + DAY / 2)
    assert told() == []


def test_one_mail_carries_the_escalations_of_all_bans(
    escalates: Ban, line: Any, owner: Any, mailbox: Any, now: datetime
) -> None:
    other = Ban.objects.create(
        tool=escalates.replacement, replacement=escalates.tool, playbook="any-tool", playbook_version="1",
        created_at=now, reason="Eased.", reason_source="12",
        cutoff_date=date(2026, 11, 30), cutoff_time=time(18), cutoff_zone="UTC", cutoff_at=CUTOFF,
    )  # fmt: skip
    other.owners.add(owner)
    other.write_scope("Everything.", by=owner, now=now)
    other.audience_teams.create(team=line["ann"].memberships.get().team.parent)
    other.steps.create(key="move", position=0, title="Move", per="person", required=True)
    other.count_steps()
    escalating.set_graces(other, [3], by=owner, now=now)
    publishing.publish(other, by=owner, now=now)
    tick(now=CUTOFF + DAY / 2)
    tick(now=CUTOFF + 2.75 * DAY)
    assert len(mailbox.to(line["boss"])) == 1
    text = mailbox.to(line["boss"])[0].get_body(("plain",)).get_content()
    assert text.count("Escalated to you") == 2
    assert Mail.objects.filter(person=line["boss"]).count() == 1


def test_changing_an_escalation_is_history_and_nobody_hears_a_level_twice(
    escalates: Ban, line: Any, owner: Any
) -> None:
    for moment in (CUTOFF - DAY, CUTOFF + 2.75 * DAY):
        tick(now=moment)
    assert escalating.set_graces(escalates, [4], by=owner, now=CUTOFF + 2.8 * DAY, why="Too soon.")
    assert not escalating.set_graces(escalates, [4], by=owner, now=CUTOFF + 2.8 * DAY)
    event = Event.objects.filter(verb="escalation_changed").latest("pk")
    assert (event.data, event.why) == ({"before": [3, 2, 1], "after": [4]}, "Too soon.")
    tick(now=CUTOFF + 2.9 * DAY)
    assert Reminder.objects.get(person=line["vp"], kind="escalation").reason == "ladder_changed"


def test_a_moved_cutoff_moves_the_escalation(escalates: Ban, line: Any, owner: Any, person: Any) -> None:
    tick(now=CUTOFF - DAY)
    said: Any = {"now": CUTOFF - DAY / 2, "why": "Licences.", "first": person("oscar", is_owner=True)}
    changing.move_cutoff(escalates, date(2026, 12, 1), time(18), "Asia/Shanghai", by=owner, **said)
    tick(now=CUTOFF - DAY / 4)
    assert told()[0] == ("Boss", "1", date(2026, 12, 4))


def test_whoever_finishes_between_the_words_and_the_sending_is_not_named(
    escalates: Ban, line: Any, mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(now=CUTOFF - DAY)
    thursday, freeze = CUTOFF + 2.75 * DAY, outbox.freeze
    finishing = [line["ann"]]

    def freeze_and_finish(claim: Any, *, now: datetime) -> None:
        freeze(claim, now=now)
        if finishing and Mail.objects.filter(pk__in=claim.mails, names__len__gt=0).exists():
            finish(escalates, finishing.pop(), thursday)

    monkeypatch.setattr(outbox, "freeze", freeze_and_finish)
    tick(now=thursday)
    (message,) = mailbox.to(line["boss"])
    text = message.get_body(("plain",)).get_content()
    assert "Bob" in text
    assert "Ann" not in text
    finishing.append(line["bob"])  # nobody is left: the mail to the manager above does not go
    tick(now=CUTOFF + 7 * DAY)
    tick(now=CUTOFF + 7.1 * DAY)
    assert not mailbox.to(line["vp"])
    assert Reminder.objects.get(person=line["vp"], kind="escalation").reason == "not_meant"


@pytest.mark.django_db(transaction=True)
def test_whoever_is_named_finishes_before_the_mail_goes_or_after_it_has_gone(
    escalates: Ban, line: Any, mailbox: Any
) -> None:
    tick(now=CUTOFF - DAY)
    done = threading.Event()

    def finish_ann() -> None:
        try:
            finish(escalates, line["ann"], CUTOFF + 2.75 * DAY)
            done.set()
        finally:
            connections.close_all()

    click = threading.Thread(target=finish_ann)

    def while_the_server_thinks(recipient: str) -> None:
        if recipient == line["boss"].email:
            click.start()
            assert not done.wait(0.3), "it waits for the answer of the mail server"

    mailbox.before_answer = while_the_server_thinks
    tick(now=CUTOFF + 2.75 * DAY)
    click.join()
    assert done.is_set()
    assert "Ann" in mailbox.to(line["boss"])[0].get_body(("plain",)).get_content()
