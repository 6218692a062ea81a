"""A lead's substitute: the lead's rights over one team, on the named days and only then, and both names in history."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from migration_planner.lib import zones
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Membership, Substitution, Team, User
from migration_planner.planning import deciding, leave, reopening, reviewing, substituting
from migration_planner.planning.leave import Leave
from migration_planner.planning.models import Checklist, Event, Mark, Migration, ReportToken, Waiver
from migration_planner.planning.permissions import can_decide_waiver, can_name_substitute, leads
from migration_planner.planning.scans import tokens
from migration_planner.planning.substituting import Period
from tests.waivers import ask

DAY = timedelta(days=1)


@pytest.fixture
def sam(person: Any, sales: Any) -> Any:
    """Works in another team of the same audience."""
    return person("sam", home=sales, zone="Europe/Berlin")


@pytest.fixture
def migration(sam: Any, ban: Any, search: Any, lead: Any) -> Migration:
    return ban.migrations.select_related("ban", "team").get(team=search)


def again(user: User) -> User:
    """The same person in the next request."""
    return User.objects.get(pk=user.pk)


def stand_in(
    migration: Migration, lead: User, sam: User, *, first: int = 0, last: int = 5, by: Any = None
) -> Substitution:
    today = zones.local_day(timezone.now(), lead.zone)
    period = Period(today + first * DAY, today + last * DAY)
    return substituting.name(migration, lead, sam, period, by=by or lead, now=timezone.now())


def test_a_substitute_has_the_rights_over_that_subtree_and_nothing_else(
    migration: Migration, ban: Any, lead: Any, sam: Any, employee: Any, team: Any, sales: Any
) -> None:
    team("Acme/Engineering/Search/Index")
    theirs = Checklist.objects.filter(person=employee)
    assert not theirs.visible_to(again(sam)).exists()
    stand_in(migration, lead, sam)
    found = again(sam)
    assert leads(found, "Acme/Engineering/Search")
    assert leads(found, "Acme/Engineering/Search/Index")
    assert not leads(found, "Acme/Engineering")
    assert not leads(found, "Acme/Engineering/SearchIndex")
    assert theirs.visible_to(found).exists()
    assert not found.own_led_paths
    assert Team.objects.visible_to(found).filter(path="Acme/Engineering/Search/Index").exists()
    event = Event.objects.get(verb="substitute_named")
    assert (event.actor, event.person, event.data["lead"]) == (lead, sam, "Lee")


def test_it_begins_and_ends_at_midnight_of_the_leads_zone(migration: Migration, lead: Any, sam: Any) -> None:
    row = substituting.name(
        migration,
        lead,
        sam,
        Period(date(2026, 12, 1), date(2026, 12, 3)),
        by=lead,
        now=datetime(2026, 11, 2, tzinfo=UTC),
    )
    assert row.from_at == datetime(2026, 11, 30, 16, tzinfo=UTC)  # Shanghai
    assert row.until_at == datetime(2026, 12, 3, 16, tzinfo=UTC)
    moment = timezone.now()
    for begins, ends, is_led in ((-2, 1, True), (1, 2, False), (-2, 0, False), (0, 1, True)):
        at = {"from_at": moment + begins * DAY, "until_at": moment + ends * DAY}
        Substitution.objects.filter(pk=row.pk).update(**at)
        assert leads(again(sam), migration.path) is is_led


def test_it_is_over_when_it_is_ended_early_or_either_of_them_has_gone(
    migration: Migration, lead: Any, sam: Any, employee: Any
) -> None:
    row = stand_in(migration, lead, sam)
    membership = Membership.objects.filter(user=lead, team=migration.team)
    membership.update(role="member")
    assert not leads(again(sam), migration.path)
    membership.update(role="lead")
    User.objects.filter(pk=lead.pk).update(is_active=False)
    assert not leads(again(sam), migration.path)
    User.objects.filter(pk=lead.pk).update(is_active=True)
    assert leads(again(sam), migration.path)
    with pytest.raises(DomainError):
        substituting.end(row, migration, by=employee, now=timezone.now())
    assert substituting.end(row, migration, by=again(sam), now=timezone.now())
    assert not substituting.end(row, migration, by=lead, now=timezone.now())
    assert not leads(again(sam), migration.path)
    assert Event.objects.filter(verb="substitute_ended").count() == 1


def test_both_names_stand_in_history_and_own_acts_have_one(
    migration: Migration, ban: Any, lead: Any, sam: Any, employee: Any, now: datetime
) -> None:
    stand_in(migration, lead, sam)
    found = again(sam)
    row = ban.checklists.select_related("ban", "migration", "person").get(person=employee)
    leave.note(row, Leave(timezone.localdate(), timezone.localdate() + DAY), by=found, now=timezone.now())
    assert Event.objects.get(verb="leave_noted").data["for"] == {"id": lead.pk, "name": "Lee"}
    step = row.steps().first()
    row.mark(step, Mark.State.DONE, by=employee, now=now)
    reviewing.confirm([row], step, by=found, now=now)
    mark = row.marks.select_related("confirmed_by", "confirmed_for").get()
    assert (mark.confirmed_by, mark.confirmed_for) == (sam, lead)
    reviewing.give_back([row], step, by=found, now=now, why="No.")
    assert Event.objects.get(verb="mark_returned").data["for"]["name"] == "Lee"
    assert reopening.why_open(row).returned[step.pk].for_name == "Lee"
    own = ban.checklists.select_related("ban", "migration").get(person=sam)
    own.mark(own.steps().first(), Mark.State.DONE, by=found, now=now)
    assert "for" not in Event.objects.get(verb="marked_done", person=sam).data


def test_who_leads_or_owns_in_their_own_right_acts_in_their_own_name(
    migration: Migration, ban: Any, lead: Any, sam: Any, employee: Any, now: datetime
) -> None:
    stand_in(migration, lead, sam)
    ban.owners.add(sam)
    found = again(sam)
    row = ban.checklists.select_related("ban", "migration", "person").get(person=employee)
    row.mark(row.steps().first(), Mark.State.DONE, by=employee, now=now)
    reviewing.confirm([row], row.steps().first(), by=found, now=now)
    assert "for" not in Event.objects.get(verb="mark_confirmed").data
    migration.mark(ban.steps.per_team().get(), Mark.State.DONE, by=found, now=now)
    assert leads(found, migration.path)
    migration.mark(ban.steps.per_team().get(), Mark.State.OPEN, by=found, now=now)
    assert Event.objects.get(verb="mark_undone").data["for"]["name"] == "Lee"  # owners do no team steps


def test_rights_are_not_handed_on(migration: Migration, lead: Any, sam: Any, employee: Any, person: Any) -> None:
    stand_in(migration, lead, sam)
    assert not can_name_substitute(again(sam), migration)
    with pytest.raises(DomainError, match="not by a substitute"):
        stand_in(migration, lead, employee, first=20, last=21, by=sam)


def test_a_substitute_reviews_and_notes_nothing_of_their_own_nor_of_the_lead(
    migration: Migration, ban: Any, lead: Any, employee: Any, now: datetime
) -> None:
    """Eve, of the same team, stands in for Lee."""
    stand_in(migration, lead, employee)
    found = again(employee)
    for who in (lead, employee):
        row = ban.checklists.select_related("ban", "migration", "person").get(person=who)
        row.mark(row.steps().first(), Mark.State.DONE, by=who, now=now)
        assert reviewing.confirm([row], row.steps().first(), by=found, now=now).refused
        with pytest.raises(DomainError):
            leave.note(row, Leave(timezone.localdate(), timezone.localdate()), by=found, now=timezone.now())


def test_nobody_approves_their_own_waiver_or_the_leads_through_a_substitution(
    migration: Migration, ban: Any, lead: Any, sam: Any, employee: Any, person: Any, search: Any, now: datetime
) -> None:
    ban.waiver_levels = 2
    ban.save(update_fields=["waiver_levels"])
    person("lou", home=search, role="lead")  # so that Lee's waiver waits for a lead at all
    of_lee = ask(ban.checklists.get(person=lead), now=now, until=date(2026, 12, 10))
    of_eve = ask(ban.checklists.get(person=employee), now=now, until=date(2026, 12, 10))
    assert {of_lee.level, of_eve.level} == {"lead"}
    stand_in(migration, lead, employee)
    found = again(employee)
    assert not Waiver.objects.to_decide_by(found).exists()
    for waiver in (of_lee, of_eve):
        assert not can_decide_waiver(found, waiver)
        with pytest.raises(DomainError):
            deciding.approve(waiver, by=found, now=now)
    substituting.end(Substitution.objects.get(), migration, by=lead, now=timezone.now())
    stand_in(migration, lead, sam)
    assert set(Waiver.objects.to_decide_by(again(sam))) == {of_eve}
    substitute = again(sam)
    assert can_decide_waiver(substitute, of_eve)
    deciding.approve(of_eve, by=substitute, now=now)
    event = Event.objects.get(verb="waiver_approved")
    assert (event.actor, event.data["for"]["name"]) == (sam, "Lee")


def test_an_approval_that_comes_after_the_end_is_refused(
    migration: Migration, ban: Any, lead: Any, sam: Any, employee: Any, now: datetime
) -> None:
    ban.waiver_levels = 2
    ban.save(update_fields=["waiver_levels"])
    waiver = ask(ban.checklists.get(person=employee), now=now, until=date(2026, 12, 10))
    row = stand_in(migration, lead, sam)
    found = again(sam)
    assert can_decide_waiver(found, waiver)  # known to the request before it is over
    substituting.end(row, migration, by=lead, now=timezone.now())
    with pytest.raises(DomainError):
        deciding.approve(waiver, by=found, now=now)


def test_a_token_made_by_a_substitute_ends_with_the_substitution(migration: Migration, lead: Any, sam: Any) -> None:
    row = stand_in(migration, lead, sam)
    found = again(sam)
    assert leads(found, migration.path)
    tokens.make(migration.team, by=found, now=timezone.now(), **migration.in_history())
    assert ReportToken.objects.get().expires_at == row.until_at
    assert Event.objects.get(verb="token_made").data["for"]["name"] == "Lee"


@pytest.mark.parametrize(
    ("first", "last", "words"), [(3, 1, "before the first"), (-3, 1, "over already"), (1, 400, "at most a year")]
)
def test_days_that_make_no_sense_are_refused(
    migration: Migration, lead: Any, sam: Any, first: int, last: int, words: str
) -> None:
    with pytest.raises(DomainError, match=words):
        stand_in(migration, lead, sam, first=first, last=last)


def test_who_may_not_or_is_no_help_is_refused(
    migration: Migration, ban: Any, lead: Any, sam: Any, owner: Any, employee: Any, person: Any, search: Any, team: Any
) -> None:
    above = person("ada", home=team("Acme/Engineering"), role="lead")
    gone = person("gil", is_active=False)
    refused = [
        (lead, sam, sam, "not by a substitute"),  # names themselves and leads nothing
        (lead, sam, employee, "not by a substitute"),
        (lead, lead, lead, "stands in for themselves"),
        (lead, owner, owner, "makes themselves"),
        (lead, above, above, "makes themselves"),
        (employee, sam, lead, "does not lead this team"),
        (lead, above, lead, "leads this team already"),
        (lead, gone, lead, "has left"),
    ]
    for whom, who, by, words in refused:
        with pytest.raises(DomainError, match=words):
            stand_in(migration, whom, who, by=by)
    assert stand_in(migration, lead, sam, by=owner).made_by == owner
    with pytest.raises(DomainError, match="stands in on some"):
        stand_in(migration, lead, employee, first=5, last=9)
    assert stand_in(migration, lead, employee, first=6, last=9)
    with pytest.raises(IntegrityError, match="nobody_makes_themselves_a_substitute"), transaction.atomic():
        Substitution.objects.update(made_by=sam)


@pytest.mark.django_db(transaction=True)
def test_two_substitutes_named_at_once_for_the_same_days_are_one(
    migration: Migration, lead: Any, sam: Any, employee: Any
) -> None:
    said: list[str] = []

    def name(who: User) -> None:
        try:
            stand_in(migration, lead, who)
        except DomainError as error:
            said.append(str(error))
        connection.close()

    threads = [Thread(target=name, args=[who]) for who in (sam, employee)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Substitution.objects.count() == 1
    assert len(said) == 1
    assert "stands in on some of these days" in said[0]
