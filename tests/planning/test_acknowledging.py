"""The scope statement is acknowledged version by version, by everybody for themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from migration_planner.lib.errors import ChangedMeanwhile, DomainError
from migration_planner.planning import acknowledging, changing, held
from migration_planner.planning.acknowledging import NO, YES, acknowledge, count, people
from migration_planner.planning.models import Acknowledgement, Event


def test_a_version_is_acknowledged_once_and_stands_in_history(checklist: Any, employee: Any, now: datetime) -> None:
    assert acknowledge(checklist, 1, by=employee, now=now)
    assert not acknowledge(checklist, 1, by=employee, now=now + timedelta(days=1))
    assert Acknowledgement.objects.get().at == now
    event = Event.objects.get(verb="scope_acknowledged")
    assert (event.person, event.checklist, event.data) == (employee, checklist, {"version": 1})
    assert event.pk not in checklist.ban.events.decisions().values_list("pk", flat=True)


def test_a_new_version_is_asked_for_again_and_the_old_one_cannot_be_acknowledged_any_more(
    ban: Any, checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    acknowledge(checklist, 1, by=employee, now=now)
    changing.change_scope(ban, "Every editor.", by=owner, now=now, why="A court said so.")
    first, second = ban.scope_statements.order_by("version")
    assert (count(ban, first).acknowledged, count(ban, second).acknowledged) == (1, 0)
    with pytest.raises(ChangedMeanwhile, match="newer version"):
        acknowledge(checklist, 1, by=employee, now=now)
    assert acknowledge(checklist, 2, by=employee, now=now)
    assert [(each.version, each.readers) for each in acknowledging.versions(ban)] == [(2, 1), (1, 1)]


def test_nobody_acknowledges_for_somebody_else_or_when_the_ban_has_ended(
    ban: Any, checklist: Any, lead: Any, owner: Any, employee: Any, now: datetime
) -> None:
    with pytest.raises(DomainError, match="for themselves"):
        acknowledge(checklist, 1, by=lead, now=now)
    ban.close(by=owner, now=now)
    with pytest.raises(DomainError, match="has ended"):
        acknowledge(checklist, 1, by=employee, now=now)
    assert not Acknowledgement.objects.exists()


def test_people_who_left_are_in_no_figure(ban: Any, checklist: Any, employee: Any, now: datetime) -> None:
    acknowledge(checklist, 1, by=employee, now=now)
    everybody = ban.checklists.count()
    assert (count(ban, ban.scope).people, count(ban, ban.scope).missing) == (everybody, everybody - 1)
    ban.checklists.filter(pk=checklist.pk).update(state="stopped", stopped_why="left")
    read = count(ban, ban.scope)
    assert (read.people, read.acknowledged) == (everybody - 1, 0)
    assert not people(ban, ban.scope, YES).exists()


def test_those_who_have_and_those_who_have_not_make_up_everybody(
    ban: Any, checklist: Any, employee: Any, now: datetime
) -> None:
    acknowledge(checklist, 1, by=employee, now=now)
    yes, no = people(ban, ban.scope, YES), people(ban, ban.scope, NO)
    assert [(row.person, row.acknowledged_at) for row in yes] == [(employee, now)]
    assert not set(yes) & set(no)
    assert set(yes) | set(no) == set(people(ban, ban.scope))


def test_it_is_held_about_the_person(checklist: Any, employee: Any, now: datetime) -> None:
    acknowledge(checklist, 1, by=employee, now=now)
    (entry,) = held.as_data(employee, now=now)["acknowledgements"]
    assert (entry["what"], entry["day"]) == ("Old Editor: version 1", now.date())
