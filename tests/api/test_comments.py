"""Comments by programs: the same words, the same refusals as on the pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from migration_planner.planning import commenting
from migration_planner.planning.models import Ban, Checklist, Comment
from migration_planner.reminders.models import Reminder

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(running: Ban, employee: Any) -> Checklist:
    return running.checklists.get(person=employee)


def test_a_lead_writes_the_person_reads_it_and_it_is_withdrawn_within_the_minute(
    api: Any, mine: Checklist, lead: Any, employee: Any
) -> None:
    step = mine.steps()[0]
    for _twice in range(2):
        answer = api(lead).post("api-checklist-comments", mine, text="Which version?", step=step.pk)
        assert answer.status_code == 201
    comment = answer.json()
    assert (comment["author"], comment["acted_for"], comment["step"], comment["text"]) == (
        "Lee", "", step.pk, "Which version?",
    )  # fmt: skip
    assert [row["id"] for row in api(employee).get("api-checklist-comments", mine).json()["results"]] == [comment["id"]]
    assert Reminder.objects.filter(kind="comment", person=employee).count() == 1
    assert api(employee).post("api-checklist-comment-withdrawal", mine, comment["id"]).status_code == 403
    for _twice in range(2):
        withdrawn = api(lead).post("api-checklist-comment-withdrawal", mine, comment["id"]).json()
        assert (withdrawn["text"], withdrawn["withdrawn_at"] is None) == ("", False)


def test_what_the_product_refuses_it_refuses_here(
    api: Any, running: Ban, mine: Checklist, lead: Any, employee: Any, auditor: Any, outsider: Any
) -> None:
    assert api(auditor).get("api-checklist-comments", mine).status_code == 200
    assert api(auditor).post("api-checklist-comments", mine, text="Hello").status_code == 403
    assert api(outsider).get("api-checklist-comments", mine).status_code == 404
    assert api(employee).post("api-checklist-comments", mine, text=" ").status_code == 400
    assert api(employee).post("api-checklist-comments", mine, text="x" * 1001).status_code == 400
    team_step = running.steps.per_team().get()
    assert api(employee).post("api-checklist-comments", mine, text="Hello", step=team_step.pk).status_code == 404
    row = running.checklists.select_related("ban", "migration").get(pk=mine.pk)
    old = commenting.write([row], "Hello", by=employee, now=timezone.now() - timedelta(minutes=2)).done[mine.pk]
    assert api(employee).post("api-checklist-comment-withdrawal", mine, old).status_code == 409


def test_many_at_once_each_with_what_became_of_it(
    api: Any, running: Ban, mine: Checklist, lead: Any, search: Any
) -> None:
    asked = {"act": "comment", "checklists": [mine.pk]}
    assert api(lead).post("api-team-acts", running, search, **asked).status_code == 400
    done = api(lead).post("api-team-acts", running, search, **asked, text="By Friday, please.", step=mine.steps()[0].pk)
    assert done.json() == {"results": [{"checklist": mine.pk, "person": "Eve", "error": ""}]}
    assert Comment.objects.get().step == mine.steps()[0]
