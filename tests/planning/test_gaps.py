"""A gap's life: reported, known to the next one, counted, answered, merged, fixed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.planning import audience, gaps
from migration_planner.planning.counting import differences
from migration_planner.planning.gaps import Decision
from migration_planner.planning.models import Ban, Checklist, Event, Gap, Mark, Workflow


@pytest.fixture
def hooks(ban: Ban) -> Workflow:
    """A workflow that the step "export" belongs to."""
    flow = Workflow.objects.create(ban=ban, key="hooks", position=0, title="Hooks", compatibility="partial")
    ban.steps.filter(key="export").update(workflow=flow)
    return flow


@pytest.fixture
def block(ban: Ban, hooks: Workflow, now: datetime) -> Callable[..., Any]:
    """Block somebody's step: block(eve, title="No hooks") returns the mark."""

    def act(person: Any, key: str = "export", *, note: str = "It stops me.", **of_gap: Any) -> Mark:
        checklist, step = ban.checklists.get(person=person), ban.steps.get(key=key)
        gaps.block(checklist, step, by=person, now=now, note=note, **of_gap)
        return checklist.marks.get(step=step)

    return act


@pytest.fixture
def gap(block: Callable[..., Any], employee: Any) -> Gap:
    found = block(employee, title="No hooks before a commit").gap
    assert found
    return found


def said(gap: Gap, **changes: Any) -> Decision:
    gap.refresh_from_db()
    values = {"state": gap.state, "answer": gap.answer, "title": gap.title, "words": gap.words, "owner": gap.owner}
    return Decision(**{**values, **changes})


def counts(gap: Gap) -> tuple[int, int, int]:
    row = Gap.objects.with_counts().get(pk=gap.pk)
    return row.people, row.teams, row.votes_cast  # type: ignore[attr-defined]


def test_whoever_is_blocked_opens_a_gap_of_the_steps_workflow_looked_after_by_an_owner_of_the_ban(
    gap: Gap, hooks: Workflow, owner: Any, employee: Any
) -> None:
    assert (gap.workflow, gap.owner, gap.opened_by, gap.state) == (hooks, owner, employee, "open")
    opened = gap.events.get(verb=Event.Verb.GAP_OPENED)
    assert (opened.actor, opened.checklist) == (employee, Checklist.objects.get(person=employee))


def test_a_step_without_a_title_or_a_gap_is_blocked_in_words_as_before(
    block: Callable[..., Any], employee: Any
) -> None:
    mark = block(employee, note="No licence.")
    assert (mark.state, mark.note, mark.gap) == ("blocked", "No licence.", None)
    assert not Gap.objects.exists()


def test_the_next_one_is_blocked_by_the_known_gap_by_its_number_or_by_the_same_title(
    block: Callable[..., Any], gap: Gap, lead: Any, owner: Any
) -> None:
    assert block(lead, gap=gap.pk).gap == gap
    assert block(owner, title="  no HOOKS before a  commit ").gap == gap
    assert counts(gap) == (3, 2, 0)


def test_a_known_gap_is_reason_enough(block: Callable[..., Any], gap: Gap, lead: Any) -> None:
    assert block(lead, note="", gap=gap.pk).note == "No hooks before a commit"


def test_known_gaps_are_those_of_the_workflow_with_workarounds_first_and_without_fixed_ones(
    ban: Ban, block: Callable[..., Any], gap: Gap, hooks: Workflow, lead: Any, owner: Any, now: datetime
) -> None:
    helped = block(lead, title="No other hooks").gap
    gaps.decide(helped, said(helped, state="workaround", answer="Use *make*."), by=owner, now=now)
    of_none = block(owner, "install", title="No licence").gap
    assert gaps.known(ban) == {hooks.pk: [helped, gap], None: [of_none]}
    assert gaps.known(ban, [ban.steps.get(key="install")]) == {None: [of_none]}
    gaps.decide(gap, said(gap, state="fixed", answer="Update."), by=owner, now=now)
    assert gaps.known(ban)[hooks.pk] == [helped]


def test_a_workflow_offers_no_more_than_the_first_few(ban: Ban, hooks: Workflow, employee: Any, now: datetime) -> None:
    rows = [
        Gap(ban=ban, workflow=hooks, title=f"Gap {n}", opened_by=employee, opened_at=now)
        for n in range(gaps.OFFERED + 3)
    ]
    Gap.objects.bulk_create(rows)
    assert len(gaps.known(ban)[hooks.pk]) == gaps.OFFERED


def test_an_undone_or_finished_step_is_blocked_by_nothing(
    ban: Ban, gap: Gap, employee: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    checklist, step = ban.checklists.get(person=employee), ban.steps.get(key="export")
    checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    assert checklist.marks.get().gap is None
    assert counts(gap) == (0, 0, 0)
    with pytest.raises(IntegrityError, match="only_blocked_steps_have_a_gap"), transaction.atomic():
        Mark.objects.update(gap=gap)


def test_a_person_with_two_blocked_steps_counts_once_and_a_team_step_counts_its_team(
    ban: Ban, block: Callable[..., Any], gap: Gap, lead: Any, employee: Any, search: Any, now: datetime
) -> None:
    block(employee, "install", gap=gap.pk)
    assert counts(gap) == (1, 1, 0)
    migration = ban.migrations.get(team=search)
    gaps.block(migration, ban.steps.get(key="announce"), by=lead, now=now, gap=gap.pk)
    assert counts(gap) == (1, 1, 0)  # the same team
    assert migration.marks.get().gap == gap


def test_those_who_left_are_counted_no_more(ban: Ban, gap: Gap, employee: Any, now: datetime) -> None:
    employee.is_active = False
    employee.save(update_fields=["is_active"])
    audience.follow(ban, now=now)
    assert counts(gap) == (0, 0, 0)


def test_a_gap_of_another_ban_or_one_there_is_not_blocks_nothing(
    ban: Ban, block: Callable[..., Any], gap: Gap, lead: Any
) -> None:
    with pytest.raises(DomainError, match="There is no such gap under this ban"):
        block(lead, gap=gap.pk + 1)


def test_a_title_that_is_too_long_is_refused_and_nothing_stays(block: Callable[..., Any], employee: Any) -> None:
    with pytest.raises(DomainError, match="within 200 characters"), transaction.atomic():
        block(employee, title="x" * 201)
    assert not Gap.objects.exists()
    assert not Mark.objects.exists()


def test_everybody_has_one_vote_and_can_take_it_back(gap: Gap, lead: Any, now: datetime) -> None:
    assert gap.set_vote(True, by=lead, now=now)
    assert not gap.set_vote(True, by=lead, now=now)
    assert counts(gap) == (1, 1, 1)
    assert gap.set_vote(False, by=lead, now=now)
    assert counts(gap) == (1, 1, 0)
    assert list(gap.events.filter(actor=lead).values_list("verb", flat=True)) == ["gap_voted", "gap_vote_taken_back"]


def test_a_decision_needs_an_answer_and_stands_in_history(gap: Gap, owner: Any, now: datetime) -> None:
    with pytest.raises(DomainError, match="Write the answer"):
        gaps.decide(gap, said(gap, state="workaround"), by=owner, now=now)
    wanted = said(gap, state="workaround", answer="Use make.")
    assert gaps.decide(gap, wanted, by=owner, now=now) == 0
    assert gaps.decide(gap, said(gap), by=owner, now=now) is None  # it stands so already
    event = gap.events.get(verb=Event.Verb.GAP_CHANGED)
    assert (event.why, event.data["before"], event.data["after"]) == ("Use make.", "open", "workaround")
    assert gap.decided_at == now


def test_who_decides_by_an_old_page_is_told_so(gap: Gap, owner: Any, now: datetime) -> None:
    seen = said(gap).fingerprint
    gaps.decide(gap, said(gap, state="workaround", answer="Use make."), by=owner, now=now)
    with pytest.raises(ChangedMeanwhile):
        gaps.decide(gap, said(gap, answer="Use just."), by=owner, now=now, seen=seen)


def test_fixed_opens_every_step_it_blocked_and_counters_agree(
    ban: Ban, block: Callable[..., Any], gap: Gap, lead: Any, owner: Any, employee: Any, search: Any, now: datetime
) -> None:
    block(lead, gap=gap.pk)
    block(owner, note="No licence.")
    migration = ban.migrations.get(team=search)
    gaps.block(migration, ban.steps.get(key="announce"), by=lead, now=now, gap=gap.pk)
    assert gaps.decide(gap, said(gap, state="fixed", answer="Update it."), by=owner, now=now) == 3
    assert not Mark.objects.filter(gap=gap).exists()
    assert list(ban.checklists.order_by("state", "person").values_list("state", "person")) == [
        ("blocked", owner.pk), *sorted([("not_started", lead.pk), ("not_started", employee.pk)])
    ]  # fmt: skip
    assert not differences(ban)
    reopened = Event.objects.filter(verb=Event.Verb.STEP_REOPENED, gap=gap)
    assert set(reopened.values_list("person", "migration")) == {
        (employee.pk, None), (lead.pk, None), (lead.pk, migration.pk)
    }  # fmt: skip


def test_a_fixed_gap_blocks_nobody_any_more(
    block: Callable[..., Any], gap: Gap, lead: Any, owner: Any, now: datetime
) -> None:
    gaps.decide(gap, said(gap, state="fixed", answer="Update it."), by=owner, now=now)
    with pytest.raises(DomainError, match="This gap is fixed"):
        block(lead, gap=gap.pk)
    with pytest.raises(DomainError, match="This gap is fixed"):
        gap.set_vote(True, by=lead, now=now)
    assert block(lead, title=gap.title).gap != gap  # it is back: a new one


def test_a_gap_of_an_ended_ban_is_answered_and_opens_nothing(ban: Ban, gap: Gap, owner: Any, now: datetime) -> None:
    ban.close(by=owner, now=now)
    assert gaps.decide(gap, said(gap, state="fixed", answer="Late."), by=owner, now=now) == 0
    assert counts(gap) == (1, 1, 0)


def test_merged_into_another_one_its_marks_and_votes_are_that_ones(
    block: Callable[..., Any], gap: Gap, lead: Any, employee: Any, owner: Any, now: datetime
) -> None:
    same = block(lead, title="Hooks are missing").gap
    for person in (lead, employee):
        same.set_vote(True, by=person, now=now)
    gap.set_vote(True, by=lead, now=now)
    assert gaps.merge(same, gap, by=owner, now=now)
    assert not gaps.merge(same, gap, by=owner, now=now)
    assert counts(gap) == (2, 1, 2)
    assert list(Gap.objects.standing()) == [gap]
    with pytest.raises(DomainError, match="Merge it into another gap"):
        gaps.merge(gap, same, by=owner, now=now)  # not in a circle
    with pytest.raises(DomainError, match="Decide about that one"):
        gaps.decide(same, said(same, title="Other words"), by=owner, now=now)


def test_an_owner_ties_reasons_in_words_to_a_gap(
    ban: Ban, block: Callable[..., Any], gap: Gap, lead: Any, owner: Any, now: datetime
) -> None:
    mark = block(lead, note="The hook does not run.")
    assert list(gaps.untied(ban)) == [mark]
    assert gaps.tie([mark.pk], gap, by=owner, now=now) == 1
    assert gaps.tie([mark.pk], gap, by=owner, now=now) == 0
    assert counts(gap) == (2, 1, 0)
    assert not gaps.untied(ban).exists()
    event = gap.events.get(verb=Event.Verb.GAP_TIED)
    assert (event.person, event.actor, event.why) == (lead, owner, "The hook does not run.")


def test_what_is_not_blocked_or_of_another_ban_is_not_tied(
    ban: Ban, gap: Gap, employee: Any, lead: Any, owner: Any, now: datetime
) -> None:
    lees = ban.checklists.get(person=lead)
    lees.mark(ban.steps.get(key="install"), Mark.State.DONE, by=lead, now=now)
    assert gaps.tie([lees.marks.get().pk], gap, by=owner, now=now) == 0


def test_two_who_report_and_fix_at_once_leave_nobody_blocked_by_a_fixed_gap(
    ban: Ban, gap: Gap, lead: Any, owner: Any, now: datetime
) -> None:
    """`block` has looked the gap up; before it marks, the gap is fixed. The mark asks again under the ban's lock."""
    stale = Gap.objects.get(pk=gap.pk)
    gaps.decide(gap, said(gap, state="fixed", answer="Update it."), by=owner, now=now)
    checklist = ban.checklists.get(person=lead)
    with pytest.raises(DomainError, match="This gap is fixed"):
        checklist.mark(ban.steps.get(key="export"), Mark.State.BLOCKED, by=lead, now=now, gap=stale)
