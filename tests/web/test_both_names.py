"""What a substitute does in a lead's place is shown with both names, wherever it is shown."""

import csv
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from migration_planner.lib import zones
from migration_planner.people.models import User
from migration_planner.planning import deciding, reopening, substituting, waiving
from migration_planner.planning.models import Ban, Checklist, Evidence, Mark
from migration_planner.planning.scans import aside
from migration_planner.planning.substituting import Period
from migration_planner.reminders import nudging, reviews
from migration_planner.reminders.facts import topics
from migration_planner.reminders.models import Mail, Reminder
from migration_planner.reminders.obligations import look
from migration_planner.reminders.placing import place
from migration_planner.reminders.words import Clock, sections
from tests.waivers import ask


@pytest.fixture
def sam(ban: Any, search: Any, sales: Any, lead: Any, person: Any) -> User:
    """Stands in for Lee, and knows it as anybody does whose page has been asked for."""
    found = person("sam", home=sales, zone="Asia/Shanghai")
    migration = ban.migrations.select_related("ban", "team").get(team=search)
    today = zones.local_day(timezone.now(), lead.zone)
    substituting.name(migration, lead, found, Period(today, today), by=lead, now=timezone.now())
    sam = User.objects.get(pk=found.pk)
    assert sam.leaderships
    return sam


@pytest.fixture
def checklist(ban: Any, employee: Any) -> Checklist:
    return ban.checklists.select_related("ban", "migration", "person").get(person=employee)


@pytest.fixture
def read(client: Any) -> Callable[..., str]:
    """The page of this name as somebody reads it: read(owner, "checklist", 7)."""

    def get(user: User, name: str, *args: Any, query: str = "") -> str:
        client.force_login(user)
        answer = client.get(reverse(name, args=args) + query)
        return (b"".join(answer) if answer.streaming else answer.content).decode()

    return get


def letter(person: User) -> str:
    """What the next mail to somebody says."""
    place(now=timezone.now())
    mail = Mail.objects.waiting().get(person=person)
    told = topics(look([mail.pk]))[mail.pk]
    found = sections(told, Clock(person.zone, timezone.now()))
    return " ".join(text for section in found for text in (*section.paragraphs, *section.lines))


def test_a_step_of_the_team_is_claimed_by_both(
    ban: Any, search: Any, lead: Any, sam: Any, owner: Any, read: Any
) -> None:
    migration = ban.migrations.select_related("ban").get(team=search)
    step = migration.steps().get()
    migration.mark(step, Mark.State.DONE, by=sam, now=timezone.now())
    assert migration.marks.get().acted_for == lead
    assert "Claimed by Sam for Lee" in read(owner, "team", ban.pk, search.pk, query=f"?step={step.pk}")
    migration.mark(step, Mark.State.DONE, by=lead, now=timezone.now(), note="Done anew.")
    assert migration.marks.get().acted_for is None
    assert "Claimed by Lee," in read(owner, "team", ban.pk, search.pk, query=f"?step={step.pk}")


def test_the_database_takes_no_mark_of_a_person_in_somebodys_place(checklist: Any, lead: Any, employee: Any) -> None:
    step = checklist.steps().first()
    checklist.mark(step, Mark.State.DONE, by=employee, now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        checklist.marks.update(acted_for=lead)


def test_a_decision_about_a_waiver_bears_both_on_its_page_and_in_the_mail(
    ban: Any, checklist: Any, lead: Any, sam: Any, employee: Any, read: Any
) -> None:
    Ban.objects.update(waiver_levels=2)
    waiver = ask(checklist, now=timezone.now())
    deciding.refuse(waiver, by=sam, now=timezone.now(), words="Use the viewer.")
    assert waiver.decisions.get().acted_for == lead
    assert "<strong>Sam for Lee</strong> refused" in read(employee, "waiver", waiver.pk)
    from migration_planner.reminders import waivers

    waivers.derive(now=timezone.now(), ahead=timedelta(days=8))
    assert "Sam for Lee has refused your waiver for Old Editor" in letter(employee)


def test_a_waiver_asked_for_on_behalf_says_who_asked_in_whose_place(
    ban: Any, checklist: Any, lead: Any, sam: Any, owner: Any, read: Any
) -> None:
    until = timezone.localdate() + timedelta(days=3)
    wish = waiving.Wish("other", "Soon.", "None.", until)
    waiver = waiving.request(checklist, wish, by=sam, now=timezone.now())
    assert waiver.requested_for == lead
    assert "Sam for Lee" in read(owner, "waiver", waiver.pk)
    assert "by Sam for Lee" in read(owner, "waivers")


def test_a_nudge_says_both_in_the_mail_in_its_list_and_in_the_file(
    ban: Any, checklist: Any, lead: Any, sam: Any, owner: Any, employee: Any, read: Any
) -> None:
    nudging.nudge(Checklist.objects.filter(pk=checklist.pk), by=sam, now=timezone.now())
    nudge = Reminder.objects.get(kind="nudge")
    assert (nudge.asked_by, nudge.asked_for) == (sam, lead)
    assert "Sam for Lee asks you to finish your move off Old Editor." in letter(employee)
    assert "Nudge by Sam for Lee" in read(employee, "person-mail", employee.pk)
    rows = list(csv.reader(read(owner, "ban-mail-file", ban.pk).splitlines()))
    assert "Nudge by Sam for Lee" in [cell for row in rows for cell in row]


def test_a_returned_mark_says_both(ban: Any, checklist: Any, lead: Any, sam: Any, employee: Any, read: Any) -> None:
    step = checklist.steps().first()
    checklist.mark(step, Mark.State.DONE, by=employee, now=timezone.now())
    reviews.give_back([checklist], step, by=sam, now=timezone.now(), why="The link is dead.")
    assert "Mark returned by Sam for Lee" in read(employee, "person-mail", employee.pk)
    assert "Returned by Sam for Lee" in read(employee, "checklist", checklist.pk)
    with translation.override("zh-hans"):
        assert reopening.why_open(checklist).returned[step.pk].by_names == "Sam（代 Lee）"


def test_evidence_is_set_aside_by_both(ban: Any, search: Any, lead: Any, sam: Any, owner: Any, read: Any) -> None:
    migration = ban.migrations.select_related("ban").get(team=search)
    step = migration.steps().get()
    type(step).objects.filter(pk=step.pk).update(scan="clean")
    found = Evidence.objects.create(migration=migration, step=step, verdict="clean", since=timezone.now())
    aside.set_aside(migration, step.pk, by=sam, now=timezone.now(), why="It is another team's.")
    found.refresh_from_db()
    assert found.set_aside_for == lead
    assert "was set aside by Sam for Lee" in read(owner, "team", ban.pk, search.pk, query=f"?step={step.pk}")
    aside.restore(migration, step.pk, by=lead, now=timezone.now())
    found.refresh_from_db()
    assert found.set_aside_for is None


def test_in_their_own_right_and_as_owners_they_bear_one_name(
    ban: Any, checklist: Any, lead: Any, sam: Any, owner: Any, employee: Any
) -> None:
    rows = Checklist.objects.filter(pk=checklist.pk)
    ban.owners.add(sam)
    nudging.nudge(rows, by=sam, now=timezone.now())
    assert Reminder.objects.get(kind="nudge").asked_for is None
