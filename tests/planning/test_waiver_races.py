"""Two at once about one waiver, with real transactions."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning import deciding, waived
from migration_planner.planning.counting import differences
from migration_planner.planning.models import Mark, Waiver
from tests.planning.test_roster_races import together
from tests.waivers import ask, grant

pytestmark = pytest.mark.django_db(transaction=True)


def refusals(results: list[Any]) -> int:
    return sum(isinstance(result, DomainError) for result in results)


def test_two_requests_at_once_leave_one(checklist: Any, lead: Any, now: datetime) -> None:
    lead = User.objects.get(pk=lead.pk)
    results = together(partial(ask, checklist, now=now), partial(ask, checklist, by=lead, now=now))
    assert (refusals(results), Waiver.objects.count()) == (1, 1)


def test_two_owners_who_press_at_once_decide_it_once(checklist: Any, owner: Any, person: Any, now: datetime) -> None:
    second = person("oscar", is_owner=True)
    checklist.ban.owners.add(second)
    waiver = ask(checklist, now=now)
    results = together(
        partial(deciding.approve, waiver, by=owner, now=now),
        partial(deciding.refuse, waiver, by=second, now=now, words="No."),
    )
    assert refusals(results) == 1
    waiver.refresh_from_db()
    assert waiver.decisions.count() == 1
    assert (waiver.state == "granted") == isinstance(results[1], DomainError)
    assert not differences(checklist.ban)


def test_marks_that_meet_a_grant_and_the_end_of_a_waiver_leave_true_figures(
    checklist: Any, employee: Any, owner: Any, now: datetime
) -> None:
    steps = list(checklist.steps().filter(required=True))
    waiver = ask(checklist, now=now)
    together(
        partial(deciding.approve, waiver, by=owner, now=now),
        *(partial(checklist.mark, step, Mark.State.DONE, by=employee, now=now) for step in steps[:2]),
    )
    checklist.refresh_from_db()
    assert (checklist.state, bool(differences(checklist.ban))) == ("waived", False)
    end = waiver.until_at
    together(
        partial(waived.keep, now=end),
        partial(waived.keep, now=end + timedelta(minutes=1)),
        partial(checklist.mark, steps[0], Mark.State.OPEN, by=employee, now=end),
    )
    checklist.refresh_from_db()
    assert (checklist.state, bool(differences(checklist.ban))) == ("started", False)
    assert checklist.events.filter(verb="waiver_expired").count() == 1


def test_a_waiver_is_revoked_or_extended_but_never_both(checklist: Any, owner: Any, now: datetime) -> None:
    first = grant(checklist, by=owner, now=now)
    longer = ask(checklist, now=now, until=first.until + timedelta(days=5))
    together(
        partial(deciding.revoke, first, by=owner, now=now, words="A leak."),
        partial(deciding.approve, longer, by=owner, now=now),
    )
    first.refresh_from_db()
    checklist.refresh_from_db()
    assert first.state in ("revoked", "extended")
    assert Waiver.objects.granted().count() == 1
    assert (checklist.state, bool(differences(checklist.ban))) == ("waived", False)
