"""Asking for waivers, deciding about them, and what they do to the figures."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import Membership, User
from migration_planner.planning import deciding, explaining, progress, publishing, waived, waiving
from migration_planner.planning.counting import differences, keep_day, recount_all
from migration_planner.planning.models import Checklist, Event, Mark, Waiver, WaiverDecision
from migration_planner.planning.waiving import Rules
from tests.waivers import ask, grant, rules, wish

State, DAY = Waiver.State, timedelta(days=1)
LAST = date(2026, 12, 10)


def state(checklist: Any) -> str:
    checklist.refresh_from_db()
    return str(checklist.state)


@pytest.fixture
def boss(person: Any, acme: Any) -> Any:
    return person("berta", home=acme)


@pytest.fixture
def second(person: Any, ban: Any, acme: Any) -> Any:
    """A second owner."""
    user = person("oscar", home=acme, is_owner=True)
    ban.owners.add(user)
    return user


def test_a_granted_waiver_for_all_steps_makes_the_person_waived_until_its_end_and_then_as_the_marks_are(
    checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.DONE, by=employee, now=now)
    waiver = grant(checklist, by=owner, now=now)
    assert (waiver.state, waiver.granted_by, state(checklist)) == (State.GRANTED, owner, "waived")
    found = progress.total(checklist.ban).total
    assert (found.people, found.waived, found.started, found.unfinished) == (3, 1, 0, 2)
    assert not differences(checklist.ban)
    assert waived.keep(now=waiver.until_at - timedelta(seconds=1)) == 0
    assert waived.keep(now=waiver.until_at) == 1
    waiver.refresh_from_db()
    assert (waiver.state, waiver.ended_at, state(checklist)) == (State.EXPIRED, waiver.until_at, "started")
    assert progress.total(checklist.ban).total.waived == 0
    assert not differences(checklist.ban)


def test_it_ends_with_the_last_day_where_the_person_is(checklist: Any, owner: Any, now: datetime) -> None:
    assert grant(checklist, by=owner, now=now).until_at == datetime.fromisoformat("2026-12-11T00:00+08:00")


def test_finishing_counts_as_done_and_undoing_as_waived_again(
    checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    grant(checklist, by=owner, now=now)
    steps = list(checklist.steps().filter(required=True))
    for step in steps:
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    assert state(checklist) == "done"
    checklist.mark(steps[0], Mark.State.OPEN, by=employee, now=now)
    assert state(checklist) == "waived"
    assert not differences(checklist.ban)


def test_a_waiver_for_single_steps_waives_the_person_once_nothing_else_is_left(
    checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    first, second, third = checklist.steps().filter(required=True)
    grant(checklist, by=owner, now=now, steps=[third])
    assert state(checklist) == "not_started"
    for step in (first, second):
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
        assert not differences(checklist.ban)
    assert state(checklist) == "waived"
    checklist.mark(second, Mark.State.BLOCKED, by=employee, now=now, note="It came back.")
    assert state(checklist) == "blocked"
    assert not differences(checklist.ban)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"words": " "}, "why it is needed"),
        ({"control": ""}, "keeps the risk small"),
        ({"reason": "boredom"}, "from the list"),
        ({"until": date(2026, 11, 1)}, "over already"),
        ({"until": date(2027, 1, 1)}, "30 days beyond"),
        ({"words": "x" * 2001}, "within 2000"),
        ({"steps": (0,)}, "not asked for any more"),
    ],
)
def test_a_request_without_reason_control_or_an_allowed_end_is_refused(
    checklist: Any, employee: Any, now: datetime, changed: dict[str, Any], refusal: str
) -> None:
    with pytest.raises(DomainError, match=refusal):
        waiving.request(checklist, replace(wish(LAST), **changed), by=employee, now=now)
    assert not Waiver.objects.exists()


def test_the_cap_counts_from_the_deadline_and_after_it_from_today(checklist: Any, owner: Any, now: datetime) -> None:
    assert waiving.latest(checklist, now=now) == date(2026, 12, 30)
    late = now + 60 * DAY
    assert waiving.latest(checklist, now=late) == date(2027, 1, 31)


def test_only_the_person_and_leads_of_their_team_ask(
    checklist: Any, lead: Any, owner: Any, sales: Any, person: Any, now: datetime
) -> None:
    peer = person("pia", home=sales, role="lead")
    for stranger in (owner, peer):
        with pytest.raises(DomainError, match="by the person, or by a lead"):
            ask(checklist, by=stranger, now=now)
    waiver = ask(checklist, by=lead, now=now)
    assert waiver.is_on_behalf
    with pytest.raises(DomainError, match="asked for already"):
        ask(checklist, now=now)


def test_nobody_asks_when_everything_is_finished_or_the_ban_has_ended(
    checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    waiting = ask(checklist, now=now)
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    with pytest.raises(DomainError, match="finished"):
        ask(checklist, now=now)
    checklist.ban.close(by=owner, now=now)
    with pytest.raises(DomainError, match="ended"):
        deciding.approve(waiting, by=owner, now=now)
    with pytest.raises(DomainError, match="ended"):
        waiving.take_back(waiting, by=employee, now=now)


def test_three_levels_decide_one_after_the_other_and_owners_last(
    checklist: Any, employee: Any, lead: Any, boss: Any, owner: Any, now: datetime
) -> None:
    User.objects.filter(pk=employee.pk).update(line_manager=boss)
    rules(checklist.ban, levels=3)
    waiver = ask(checklist, now=now)
    for decider, level in ((lead, "lead"), (boss, "manager"), (owner, "owner")):
        assert waiver.level == level
        others = [user for user in (lead, boss, owner, employee) if user != decider]
        for other in others:
            with pytest.raises(DomainError):
                deciding.approve(waiver, by=other, now=now)
        assert list(Waiver.objects.to_decide_by(decider)) == [waiver]
        waiver = deciding.approve(waiver, by=decider, now=now)
    assert waiver.state == State.GRANTED
    verbs = Event.objects.filter(checklist=checklist).values_list("verb", flat=True)
    assert list(verbs) == ["waiver_requested", "waiver_approved", "waiver_approved", "waiver_granted"]


def test_a_level_at_which_nobody_could_decide_is_passed_on_and_says_so(
    checklist: Any, employee: Any, lead: Any, boss: Any, owner: Any, now: datetime
) -> None:
    rules(checklist.ban, levels=3)
    waiver = ask(checklist, by=lead, now=now)  # the only lead has asked, and there is no manager
    assert waiver.level == "owner"
    assert [each.level for each in waiver.decisions.filter(verdict="passed")] == ["lead", "manager"]
    waiving.take_back(waiver, by=lead, now=now)
    waiver = ask(checklist, now=now)
    assert waiver.level == "lead"
    User.objects.filter(pk=lead.pk).update(is_active=False)
    waived.keep(now=now)
    waiver.refresh_from_db()
    assert waiver.level == "owner"


def test_nobody_approves_their_own_not_even_through_a_second_role(
    ban: Any, owner: Any, second: Any, search: Any, now: datetime
) -> None:
    own = ban.checklists.get(person=owner)
    waiver = ask(own, now=now)
    with pytest.raises(DomainError, match="of their own"):
        deciding.approve(waiver, by=owner, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(state="granted", granted_at=now, granted_by=owner)
    about = {"waiver": waiver, "person": owner, "asker": owner, "level": "owner", "at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        WaiverDecision.objects.create(**about, verdict="approved", by=owner)
    disguised = {**about, "person": second, "asker": second}  # nor by saying that it is about somebody else
    with pytest.raises(IntegrityError), transaction.atomic():
        WaiverDecision.objects.create(**disguised, verdict="approved", by=owner)
    assert deciding.approve(waiver, by=second, now=now).granted_by == second


def test_an_owner_who_leads_the_team_and_asked_on_behalf_does_not_approve(
    checklist: Any, owner: Any, second: Any, search: Any, now: datetime
) -> None:
    Membership.objects.create(user=owner, team=search, role="lead")
    waiver = ask(checklist, by=User.objects.get(pk=owner.pk), now=now)
    with pytest.raises(DomainError, match="they have asked for"):
        deciding.approve(waiver, by=owner, now=now)
    assert deciding.approve(waiver, by=second, now=now).state == State.GRANTED


def test_nobody_approves_at_two_levels(checklist: Any, owner: Any, lead: Any, second: Any, now: datetime) -> None:
    """An owner who leads decides as an owner alone; a lead who becomes an owner in between has had their say."""
    rules(checklist.ban, levels=2)
    waiver = deciding.approve(ask(checklist, now=now), by=lead, now=now)
    checklist.ban.owners.add(lead)
    with pytest.raises(DomainError, match="approved it already"):
        deciding.approve(waiver, by=lead, now=now)
    assert deciding.approve(waiver, by=second, now=now).state == State.GRANTED


@pytest.mark.parametrize("lost", ["left", "owner", "lead"])
def test_whoever_has_left_or_lost_the_role_meanwhile_decides_nothing(
    checklist: Any, owner: Any, second: Any, lead: Any, now: datetime, lost: str
) -> None:
    rules(checklist.ban, levels=2 if lost == "lead" else 1)
    decider = lead if lost == "lead" else owner
    waiver = ask(checklist, now=now)
    assert decider.led_paths is not None  # known to the request before it is lost
    if lost == "left":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    elif lost == "owner":
        checklist.ban.owners.remove(owner)
    else:
        Membership.objects.filter(user=lead).update(role="member")
    for verb in (deciding.approve, deciding.refuse, deciding.ask):
        with pytest.raises(DomainError, match="waits for"):
            verb(waiver, by=decider, now=now, words="Yes.")
    waiver.refresh_from_db()
    assert (waiver.state, waiver.decisions.count()) == (State.REQUESTED, 0)


def test_a_person_who_has_left_is_granted_nothing(checklist: Any, employee: Any, owner: Any, now: datetime) -> None:
    waiver = ask(checklist, now=now)
    User.objects.filter(pk=employee.pk).update(is_active=False)
    publishing.audience.follow(checklist.ban, now=now)
    with pytest.raises(DomainError, match="stopped"):
        deciding.approve(waiver, by=owner, now=now)


def test_it_is_granted_for_shorter_but_not_for_longer(checklist: Any, owner: Any, now: datetime) -> None:
    waiver = ask(checklist, now=now)
    with pytest.raises(DomainError, match="not for longer"):
        deciding.approve(waiver, by=owner, now=now, until=LAST + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(until_at=waiver.latest_at + DAY)
    waiver = deciding.approve(waiver, by=owner, now=now, until=LAST - DAY)
    assert (waiver.until, waiver.asked_until) == (LAST - DAY, LAST)
    checklist.refresh_from_db()
    assert checklist.waived_until == waiver.until_at


def test_a_question_goes_back_and_its_answer_comes_to_the_same_level(
    checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    waiver = ask(checklist, now=now)
    with pytest.raises(DomainError, match="Write your question"):
        deciding.ask(waiver, by=owner, now=now, words=" ")
    waiver = deciding.ask(waiver, by=owner, now=now, words="Which macros?")
    assert not Waiver.objects.to_decide_by(owner).exists()
    with pytest.raises(DomainError, match="waits for the answer"):
        deciding.approve(waiver, by=owner, now=now)
    with pytest.raises(DomainError, match="for the person"):
        deciding.answer(waiver, by=owner, now=now, words="All.")
    waiver = deciding.answer(waiver, by=employee, now=now, words="The build ones.")
    assert waiver.state == State.REQUESTED
    with pytest.raises(DomainError, match="No question"):
        deciding.answer(waiver, by=employee, now=now, words="Again.")
    assert deciding.approve(waiver, by=owner, now=now).state == State.GRANTED


def test_refusing_and_revoking_need_a_reason_and_the_person_returns_at_once(
    checklist: Any, employee: Any, owner: Any, lead: Any, now: datetime
) -> None:
    waiver = ask(checklist, now=now)
    with pytest.raises(DomainError, match="why it is refused"):
        deciding.refuse(waiver, by=owner, now=now, words="")
    assert deciding.refuse(waiver, by=owner, now=now, words="Use the viewer.").state == State.REFUSED
    waiver = grant(checklist, by=owner, now=now)
    with pytest.raises(DomainError, match="Only owners"):
        deciding.revoke(waiver, by=lead, now=now, words="No.")
    with pytest.raises(DomainError, match="why it is revoked"):
        deciding.revoke(waiver, by=owner, now=now, words="")
    assert deciding.revoke(waiver, by=owner, now=now, words="A leak.").state == State.REVOKED
    assert state(checklist) == "not_started"
    assert not differences(checklist.ban)
    with pytest.raises(DomainError, match="not in force"):
        deciding.revoke(waiver, by=owner, now=now, words="Twice.")


def test_an_extension_is_a_review_of_its_own_and_their_number_is_capped(
    checklist: Any, owner: Any, now: datetime
) -> None:
    rules(checklist.ban, extensions=1)
    first = grant(checklist, by=owner, now=now)
    with pytest.raises(DomainError, match="lasts as long already"):
        ask(checklist, now=now, until=LAST)
    asked = ask(checklist, now=now + DAY, until=LAST + DAY)
    assert (asked.extends, asked.extension, asked.state) == (first, 1, State.REQUESTED)
    assert state(checklist) == "waived"
    second = deciding.approve(asked, by=owner, now=now + DAY)
    first.refresh_from_db()
    checklist.refresh_from_db()
    assert (first.state, first.ended_at, checklist.waived_until) == (State.EXTENDED, now + DAY, second.until_at)
    with pytest.raises(DomainError, match="extended 1 times"):
        ask(checklist, now=now + 2 * DAY, until=LAST + 2 * DAY)
    waived.keep(now=second.until_at)
    with pytest.raises(DomainError, match="extended 1 times"):  # nor by waiting until it is over
        ask(checklist, now=second.until_at, until=LAST + 9 * DAY)


def test_what_nobody_decides_in_time_lapses(checklist: Any, owner: Any, now: datetime) -> None:
    waiver = ask(checklist, now=now)
    with pytest.raises(DomainError, match="is over"):
        deciding.approve(waiver, by=owner, now=waiver.until_at)
    assert waived.keep(now=waiver.until_at) == 1
    waiver.refresh_from_db()
    assert (waiver.state, waiver.granted_at) == (State.LAPSED, None)


def test_the_database_refuses_what_no_waiver_can_be(checklist: Any, owner: Any, now: datetime) -> None:
    waiver = grant(checklist, by=owner, now=now)
    for wrong in (
        {"granted_at": None}, {"ended_at": now}, {"state": "expired"}, {"until_at": now - DAY}, {"words": ""}, {"levels": 4},
        {"until": LAST + DAY},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Waiver.objects.filter(pk=waiver.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Checklist.objects.filter(pk=checklist.pk).update(waived_until=None)


def test_many_are_decided_with_one_reason_each_for_itself(
    checklist: Any, employee: Any, owner: Any, lead: Any, now: datetime
) -> None:
    mine = ask(checklist, now=now)
    leads = ask(checklist.ban.checklists.get(person=lead), now=now)
    waiving.take_back(mine, by=employee, now=now)
    outcomes = deciding.decide_many([mine, leads], "refused", by=owner, now=now, words="The viewer does it.")
    assert [bool(outcome.error) for outcome in outcomes] == [True, False]
    assert "taken back" in outcomes[0].error
    leads.refresh_from_db()
    assert (leads.state, leads.decisions.get().words) == (State.REFUSED, "The viewer does it.")
    with pytest.raises(DomainError, match="at a time"):
        deciding.decide_many([mine] * 201, "approved", by=owner, now=now)


def test_recount_finds_and_mends_a_wrong_number_of_waived(checklist: Any, owner: Any, now: datetime) -> None:
    grant(checklist, by=owner, now=now)
    Checklist.objects.filter(pk=checklist.pk).update(state="not_started", waived_until=None)
    # the team still says one waived
    ((_ban, found),) = recount_all(check=True, now=now)
    assert (found.checklists, found.migrations) == (1, 1)
    list(recount_all(check=False, now=now))
    assert (state(checklist), bool(differences(checklist.ban))) == ("waived", False)


def test_the_burn_up_keeps_who_was_waived_at_the_end_of_a_day(checklist: Any, owner: Any, now: datetime) -> None:
    waiver = grant(checklist, by=owner, now=now)
    keep_day(checklist.ban, now.date())
    deciding.revoke(waiver, by=owner, now=now + DAY, words="A leak.")
    keep_day(checklist.ban, now.date() + DAY)
    days = checklist.ban.progress_days.filter(team=None).order_by("day").values_list("people", "waived")
    assert list(days) == [(3, 1), (3, 0)]


def test_the_burn_up_keeps_whom_a_waiver_for_single_steps_leaves_nothing_to_do(
    checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    first, second, third = checklist.steps().filter(required=True)
    grant(checklist, by=owner, now=now, steps=[third])
    checklist.mark(first, Mark.State.DONE, by=employee, now=now)
    keep_day(checklist.ban, now.date())
    checklist.mark(second, Mark.State.DONE, by=employee, now=now + DAY)
    keep_day(checklist.ban, now.date() + DAY)
    days = checklist.ban.progress_days.filter(team=None).order_by("day").values_list("people", "started", "waived")
    assert list(days) == [(3, 1, 0), (3, 0, 1)]
    found = explaining.last_week(checklist.ban, now=now + 9 * DAY)
    assert found is not None
    assert (found.waived_then, found.granted, found.waived_otherwise, found.waived_now) == (1, 0, 0, 1)


def test_a_stopped_checklist_is_not_waived_and_back_it_is_again(
    checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    grant(checklist, by=owner, now=now)
    User.objects.filter(pk=employee.pk).update(is_active=False)
    publishing.audience.follow(checklist.ban, now=now)
    assert (state(checklist), progress.total(checklist.ban).total.waived) == ("stopped", 0)
    User.objects.filter(pk=employee.pk).update(is_active=True)
    publishing.audience.follow(checklist.ban, now=now)
    assert state(checklist) == "waived"
    assert not differences(checklist.ban)


def test_the_rules_are_set_within_bounds_and_stand_in_history(ban: Any, owner: Any, now: datetime) -> None:
    assert waiving.set_rules(ban, Rules(2, 14, 0), by=owner, now=now)
    assert not waiving.set_rules(ban, Rules(2, 14, 0), by=owner, now=now)
    for wrong in (Rules(0, 14, 0), Rules(4, 14, 0), Rules(1, 0, 0), Rules(1, 366, 0), Rules(1, 14, 7)):
        with pytest.raises(DomainError, match="Choose 1 to 3"):
            waiving.set_rules(ban, wrong, by=owner, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        rules(ban, levels=4)
    assert ban.events.filter(verb="waiver_rules_changed").count() == 1
    ban.close(by=owner, now=now)
    with pytest.raises(DomainError, match="ended"):
        waiving.set_rules(ban, Rules(1, 14, 0), by=owner, now=now)


def test_escalation_can_ask_who_has_a_waiver_or_waits_for_one(checklist: Any, owner: Any, now: datetime) -> None:
    def found() -> tuple[int, int]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM planning_checklist AS checklist WHERE {waived.ASKED_OR_GRANTED}")
            return Checklist.objects.with_waiver().count(), cursor.fetchone()[0]

    assert found() == (0, 0)
    waiver = ask(checklist, now=now)
    assert found() == (1, 1)
    deciding.refuse(waiver, by=owner, now=now, words="No.")
    assert found() == (0, 0)
