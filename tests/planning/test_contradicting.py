"""Where checklists and signals disagree, what the person answers, both sides of each person, and relapses after the cutoff."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.planning import contradicting, relapses, using
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Ban, Checklist, Contradiction, Event, Mark, Side
from tests.planning.test_signals import take

Answer = Contradiction.Answer


@pytest.fixture
def use(ban: Ban, now: datetime) -> Callable[..., None]:
    """Report use: use(eve, "Old Editor", day, count=1), as known some days after `now`."""

    def act(person: Any, tool: str, day: date, count: int = 1, *, at: datetime | None = None) -> None:
        take(f"{person.email},{tool},{day},{count},sso", now=at or now + timedelta(days=40))

    return act


@pytest.fixture
def done(checklist: Checklist, employee: Any, now: datetime) -> Checklist:
    """The employee is done, on 2 November (16:00 in Shanghai)."""
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    return checklist


def open_ones() -> list[tuple[str, date]]:
    return list(Contradiction.objects.open().values_list("kind", "day"))


def test_use_after_the_day_of_being_done_is_a_contradiction_and_use_on_it_is_none(
    done: Checklist, employee: Any, use: Any
) -> None:
    use(employee, "Old Editor", date(2026, 11, 2))
    assert open_ones() == []
    use(employee, "Old Editor", date(2026, 11, 4))
    assert open_ones() == [("used_after_done", date(2026, 11, 4))]
    use(employee, "Old Editor", date(2026, 11, 5))
    assert open_ones() == [("used_after_done", date(2026, 11, 5))]


def test_the_day_of_being_done_is_that_of_the_persons_own_clock(
    checklist: Checklist, employee: Any, use: Any, now: datetime
) -> None:
    late = now.replace(hour=20)  # 3 November in Shanghai
    for step in checklist.steps():
        checklist.mark(step, Mark.State.DONE, by=employee, now=late)
    use(employee, "Old Editor", date(2026, 11, 3))
    assert open_ones() == []


def test_a_correction_of_the_figures_or_an_undone_step_ends_it(
    ban: Ban, done: Checklist, employee: Any, use: Any, now: datetime
) -> None:
    use(employee, "Old Editor", date(2026, 11, 4))
    use(employee, "Old Editor", date(2026, 11, 4), count=0)
    assert Contradiction.objects.get().answer == Answer.LAPSED
    use(employee, "Old Editor", date(2026, 11, 5))
    assert len(open_ones()) == 1
    done.mark(done.steps()[0], Mark.State.OPEN, by=employee, now=now)
    contradicting.find(ban, now=now)
    assert open_ones() == []


def test_who_has_not_begun_but_uses_the_new_tool_alone_is_asked_once(
    ban: Ban, checklist: Checklist, employee: Any, use: Any, now: datetime
) -> None:
    use(employee, "New Editor", date(2026, 11, 20))
    assert open_ones() == []  # nothing is known of the old tool
    use(employee, "Old Editor", date(2026, 11, 1))
    assert open_ones() == []  # and it was used no time ago
    use(employee, "Old Editor", date(2026, 11, 20), count=0)
    assert open_ones() == [("moved_unanswered", date(2026, 11, 20))]
    contradicting.answer(Contradiction.objects.get(), Answer.MOVED, by=employee, now=now)
    use(employee, "New Editor", date(2026, 11, 21))
    assert open_ones() == []


def test_still_needed_blocks_the_last_step_with_the_reason_and_the_counters_agree(
    ban: Ban, done: Checklist, employee: Any, use: Any, now: datetime
) -> None:
    use(employee, "Old Editor", date(2026, 11, 4))
    question = Contradiction.objects.get()
    with pytest.raises(DomainError, match="what you still need it for"):
        contradicting.answer(question, Answer.STILL_NEEDED, by=employee, now=now)
    contradicting.answer(question, Answer.STILL_NEEDED, by=employee, now=now, note="The macros.")
    done.refresh_from_db()
    assert (done.state, done.done_at) == ("blocked", None)
    assert done.marks.get(state="blocked").step.key == "uninstall"
    assert not differences(ban)
    event = done.events.get(verb=Event.Verb.CONTRADICTION_ANSWERED)
    assert (event.actor, event.why, event.data["answer"]) == (employee, "The macros.", "still_needed")


def test_an_answer_holds_until_the_tool_is_used_on_a_later_day(
    done: Checklist, employee: Any, use: Any, now: datetime
) -> None:
    use(employee, "Old Editor", date(2026, 11, 4))
    contradicting.answer(Contradiction.objects.get(), Answer.NOT_ME, by=employee, now=now + timedelta(days=4))
    use(employee, "Old Editor", date(2026, 11, 6))
    assert open_ones() == []
    use(employee, "Old Editor", date(2026, 11, 7))
    assert open_ones() == [("used_after_done", date(2026, 11, 7))]


def test_a_second_answer_and_one_that_does_not_fit_are_refused(
    done: Checklist, employee: Any, use: Any, now: datetime
) -> None:
    use(employee, "Old Editor", date(2026, 11, 4))
    question = Contradiction.objects.get()
    with pytest.raises(DomainError, match="Choose one of the answers"):
        contradicting.answer(question, Answer.MOVED, by=employee, now=now)
    contradicting.answer(question, Answer.STOPPED, by=employee, now=now)
    with pytest.raises(DomainError, match="was answered already"):
        contradicting.answer(question, Answer.NOT_ME, by=employee, now=now)
    assert done.events.filter(verb=Event.Verb.CONTRADICTION_ANSWERED).count() == 1


def test_both_sides_are_counted_for_a_ban_and_for_a_team_with_the_age_of_the_data(
    ban: Ban, employee: Any, lead: Any, owner: Any, use: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    assert using.sides(ban, using.data(ban), now=now) is None
    use(employee, "Old Editor", date(2026, 11, 1))
    use(employee, "New Editor", date(2026, 11, 20))
    use(lead, "Old Editor", date(2026, 11, 20))
    ban, found = Ban.objects.select_related("tool", "replacement").get(), using.data(ban)
    with django_assert_num_queries(1):
        sides = using.sides(ban, found, now=now + timedelta(days=20))
    assert sides
    assert sides.is_moved == 1
    assert [row.counts for row in sides.rows] == [(0, 0, 1), (1, 0, 0), (0, 0, 1)]  # the lead, the employee, the owner
    assert [(age.tool, age.newest, age.days) for age in sides.ages] == [
        ("Old Editor", date(2026, 11, 20), 2), ("New Editor", date(2026, 11, 20), 2)
    ]  # fmt: skip
    of_team = using.sides(ban, found, "Acme/Engineering/Search", now=now)
    assert of_team
    assert sum(map(sum, (row.counts for row in of_team.rows))) == 2
    people = using.of_people(ban, found, [employee.pk, owner.pk])
    assert people[employee.pk] == using.Status(Side.STOPPED, Side.IN_USE)
    assert people[owner.pk] == using.Status(Side.NEVER, Side.NEVER)


def test_use_after_the_cutoff_is_a_relapse_until_it_has_been_quiet_long_enough(
    ban: Ban, employee: Any, lead: Any, use: Any
) -> None:
    after = datetime.combine(date(2026, 12, 1), ban.created_at.timetz())
    use(employee, "Old Editor", date(2026, 11, 30), at=after)  # on the day of the cutoff
    assert not relapses.relapsed(ban, now=after).exists()
    use(employee, "Old Editor", date(2026, 12, 1), at=after)
    assert [row.person for row in relapses.standing(ban, now=after)] == [employee]
    assert not relapses.standing(ban, now=after + timedelta(days=14)).exists()
    assert relapses.relapsed(ban, now=after).count() == 1


def test_use_after_being_done_is_a_relapse_before_the_cutoff_too(
    ban: Ban, done: Checklist, employee: Any, use: Any, now: datetime
) -> None:
    use(employee, "Old Editor", date(2026, 11, 4))
    assert relapses.standing(ban, now=now).count() == 1


def test_a_ban_is_not_closed_by_oversight_while_relapses_stand(
    ban: Ban, done: Checklist, employee: Any, owner: Any, use: Any, now: datetime
) -> None:
    use(employee, "Old Editor", date(2026, 11, 4))
    later = now + timedelta(days=3)
    for said in ({}, {"despite": True}, {"why": "It is over."}):
        with pytest.raises(DomainError, match="1 person has used Old Editor"):
            relapses.close(ban, by=owner, now=later, **said)
    relapses.close(ban, by=owner, now=later, why="He has left it.", despite=True)
    assert ban.state == "closed"


def test_without_relapses_closing_asks_for_nothing_more(ban: Ban, owner: Any, now: datetime) -> None:
    relapses.close(ban, by=owner, now=now)
    assert ban.state == "closed"


def test_quiet_days_are_each_bans_own(ban: Ban, owner: Any, now: datetime) -> None:
    assert relapses.set_quiet_days(ban, 5, by=owner, now=now)
    assert not relapses.set_quiet_days(ban, 5, by=owner, now=now)
    for days in (0, 91):
        with pytest.raises(DomainError, match="1 to 90 quiet days"):
            relapses.set_quiet_days(ban, days, by=owner, now=now)
    assert ban.events.get(verb=Event.Verb.QUIET_DAYS_CHANGED).data == {"before": 14, "after": 5}
