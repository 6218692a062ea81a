from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import gaps
from migration_planner.planning.models import Ban, Checklist, Gap, Mark, Workflow

HTMX = {"HX-Request": "true"}


def sign_in(client: Any, user: Any) -> Any:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def gap(ban: Ban, checklist: Checklist, employee: Any, now: Any) -> Gap:
    step = ban.steps.get(key="export")
    gaps.block(checklist, step, by=employee, now=now, note="Nothing runs.", title="No hooks")
    return Gap.objects.get()


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def file(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def answer(client: Any, gap: Gap, **changes: str) -> Any:
    values = {"state": "workaround", "answer": "Use **make**.", "title": gap.title, "words": gap.words}
    return client.post(reverse("gap-decision", args=[gap.pk]), {**values, **changes})


def test_a_gap_is_opened_by_a_plain_form_and_offered_to_the_next_one(
    client: Any, ban: Ban, checklist: Checklist, employee: Any, lead: Any
) -> None:
    step = ban.steps.get(key="export")
    sign_in(client, employee).post(
        reverse("checklist-step", args=[checklist.pk, step.pk]),
        {"state": "blocked", "reason": "Nothing runs.", "gap_title": "No hooks"},
    )
    gap = Gap.objects.get()
    assert (gap.title, gap.words) == ("No hooks", "Nothing runs.")
    lees = ban.checklists.get(person=lead)
    page = text(sign_in(client, lead).get(reverse("checklist", args=[lees.pk])))
    assert "Others reported this:" in page
    assert f'name="gap" value="{gap.pk}"' in page
    client.post(reverse("checklist-step", args=[lees.pk, step.pk]), {"state": "blocked", "gap": gap.pk})
    assert lees.marks.get().gap == gap


def test_a_workaround_stands_on_the_step_it_blocks_and_is_safe(
    client: Any, gap: Gap, owner: Any, employee: Any, checklist: Checklist
) -> None:
    sign_in(client, owner)
    assert answer(client, gap, answer="Use **make**. <script>alert(1)</script>").status_code == 303
    page = sign_in(client, employee).get(reverse("checklist", args=[checklist.pk])).content.decode()
    assert "Use <strong>make</strong>." in page
    assert "<script>alert(1)" not in page


def test_the_row_that_htmx_swaps_in_names_the_gap_and_its_answer(
    client: Any, ban: Ban, gap: Gap, owner: Any, lead: Any
) -> None:
    answer(sign_in(client, owner), gap)
    lees, step = ban.checklists.get(person=lead), ban.steps.get(key="export")
    part = sign_in(client, lead).post(
        reverse("checklist-step", args=[lees.pk, step.pk]), {"state": "blocked", "gap": gap.pk}, headers=HTMX
    )
    assert "Use <strong>make</strong>." in part.content.decode()


def test_what_the_product_refuses_keeps_what_was_typed(
    client: Any, checklist: Checklist, ban: Ban, employee: Any
) -> None:
    step = ban.steps.get(key="export")
    page = sign_in(client, employee).post(
        reverse("checklist-step", args=[checklist.pk, step.pk]),
        {"state": "blocked", "reason": "", "gap_title": "No hooks"},
    )
    assert page.status_code == 303  # a title is reason enough
    page = client.post(
        reverse("checklist-step", args=[checklist.pk, step.pk]),
        {"state": "blocked", "reason": "Other words", "gap_title": "x" * 201},
    )
    assert page.status_code == 409
    assert "Keep the title within 200 characters." in text(page)
    assert "x" * 201 in text(page)


def test_the_board_sorts_by_people_blocked_and_filters_by_state_and_workflow(
    client: Any, ban: Ban, gap: Gap, owner: Any, lead: Any, now: Any
) -> None:
    flow = Workflow.objects.create(ban=ban, key="rules", position=1, title="Rules", compatibility="none")
    other = Gap.objects.create(ban=ban, workflow=flow, title="No rules", opened_by=lead, opened_at=now)
    sign_in(client, owner)
    page = text(client.get(reverse("ban-gaps", args=[ban.pk])))
    assert page.index("No hooks") < page.index("No rules")
    only = text(client.get(reverse("ban-gaps", args=[ban.pk]), {"workflow": "rules"}))
    assert "No rules" in only
    assert "No hooks" not in only
    gaps.decide(other, gaps.Decision("will_not_fix", "By design.", "No rules", "", None), by=owner, now=now)
    names = file(client.get(reverse("ban-gaps-file", args=[ban.pk]), {"state": "will_not_fix"}))
    assert "No rules" in names
    assert "No hooks" not in names
    assert "No hooks" in file(client.get(reverse("gaps-file")))


def test_employees_see_how_many_and_leads_and_owners_see_whom(
    client: Any, gap: Gap, owner: Any, employee: Any, lead: Any, person: Callable[..., Any], acme: Any, ban: Ban
) -> None:
    link = reverse("gap", args=[gap.pk])
    assert "Whom it blocks" not in text(sign_in(client, employee).get(link))
    for user in (owner, lead):
        page = text(sign_in(client, user).get(link))
        assert "Whom it blocks" in page
        assert "Eve" in page
    assert "Only those of your teams are named." in page


def test_an_answer_reads_in_history_as_it_does_on_the_step(client: Any, gap: Gap, owner: Any) -> None:
    sign_in(client, owner)
    answer(client, gap, answer="Use **make**. <script>alert(1)</script>")
    page = text(client.get(reverse("ban-history", args=[gap.ban_id])))
    assert "Use <strong>make</strong>." in page
    assert "<script>alert(1)" not in page


def test_a_vote_is_one_and_can_be_taken_back(client: Any, gap: Gap, lead: Any) -> None:
    link = reverse("gap-vote", args=[gap.pk])
    sign_in(client, lead)
    for _time in range(2):
        assert client.post(link, {"state": "on"}).status_code == 303
    assert gap.votes.count() == 1
    assert "You said that this concerns you too." in text(client.get(reverse("gap", args=[gap.pk])))
    client.post(link, {"state": "off"})
    assert gap.votes.count() == 0


def test_who_looks_after_a_gap_may_answer_it_and_not_merge_it(client: Any, gap: Gap, owner: Any, outsider: Any) -> None:
    answer(sign_in(client, owner), gap, owner=outsider.email)
    sign_in(client, outsider)
    gap.refresh_from_db()
    assert client.get(reverse("gap", args=[gap.pk])).status_code == 200
    assert answer(client, gap, answer="Use just.", owner=outsider.email).status_code == 303
    assert client.post(reverse("gap-merging", args=[gap.pk])).status_code == 403


def test_an_answer_that_is_missing_or_an_owner_who_is_unknown_is_said_on_the_page(
    client: Any, gap: Gap, owner: Any
) -> None:
    sign_in(client, owner)
    page = answer(client, gap, answer="")
    assert page.status_code == 409
    assert "Write the answer" in text(page)
    assert answer(client, gap, owner="nobody@acme.example").status_code == 409
    assert answer(client, gap, title="").status_code == 422


def test_fixed_says_how_many_steps_are_open_again(client: Any, gap: Gap, owner: Any, checklist: Checklist) -> None:
    page = sign_in(client, owner).post(
        reverse("gap-decision", args=[gap.pk]), {"state": "fixed", "answer": "Update.", "title": gap.title}, follow=True
    )
    assert "1 step is open again." in text(page)
    checklist.refresh_from_db()
    assert checklist.state == "not_started"


def test_a_step_that_is_open_again_says_why_and_what_to_do_until_it_is_marked(
    client: Any, gap: Gap, owner: Any, employee: Any, checklist: Checklist, django_assert_max_num_queries: Any
) -> None:
    answer(sign_in(client, owner), gap, state="fixed", answer="Update to **2.1**. <script>alert(1)</script>")
    page = reverse("checklist", args=[checklist.pk])
    step = checklist.ban.steps.get(key="export")
    sign_in(client, employee)
    with django_assert_max_num_queries(
        14
    ):  # one of which asks why it is open again, and four whether it may be put off
        shown = client.get(page).content.decode()
    assert "To do again" in shown
    assert "Open again: what blocked it is fixed" in shown
    assert f'<a href="{reverse("gap", args=[gap.pk])}">No hooks</a>' in shown
    assert "Update to <strong>2.1</strong>." in shown
    assert "<script>alert(1)" not in shown
    lines = client.get(f"/api/checklists/{checklist.pk}/").json()["steps"]
    [line] = [line for line in lines if line["reopened"]]
    assert (line["id"], line["reopened"]["gap"], line["state"]) == (step.pk, gap.pk, "open")
    client.post(reverse("checklist-step", args=[checklist.pk, step.pk]), {"state": "done", "note": "Done."})
    client.post(reverse("checklist-step", args=[checklist.pk, step.pk]), {"state": "open"})
    assert "Open again" not in client.get(page).content.decode()


def test_a_gap_that_is_open_once_more_is_no_reason_to_go_on(
    client: Any, gap: Gap, owner: Any, employee: Any, checklist: Checklist
) -> None:
    answer(sign_in(client, owner), gap, state="fixed", answer="Update.")
    assert answer(client, gap, state="open", answer="").status_code == 303
    page = sign_in(client, employee).get(reverse("checklist", args=[checklist.pk]))
    assert "Open again" not in page.content.decode()


def test_a_merged_gap_leads_to_the_other_one(client: Any, ban: Ban, gap: Gap, owner: Any, lead: Any, now: Any) -> None:
    lees = ban.checklists.get(person=lead)
    gaps.block(lees, ban.steps.get(key="export"), by=lead, now=now, title="Hooks are missing")
    same = lees.marks.get().gap
    assert same
    sign_in(client, owner).post(reverse("gap-merging", args=[same.pk]), {"into": gap.pk})
    page = text(client.get(reverse("gap", args=[same.pk])))
    assert "This is the same as another gap:" in page
    assert client.post(reverse("gap-merging", args=[gap.pk]), {"into": gap.pk}).status_code == 422


def test_reasons_in_words_are_tied_in_one_go(client: Any, ban: Ban, gap: Gap, owner: Any, lead: Any) -> None:
    lees = ban.checklists.get(person=lead)
    lees.mark(ban.steps.get(key="export"), Mark.State.BLOCKED, by=lead, now=timezone.now(), note="The hook is dead.")
    link = reverse("ban-gap-reasons", args=[ban.pk])
    assert "The hook is dead." in text(sign_in(client, owner).get(link))
    assert client.post(link, {"gap": gap.pk}).status_code == 422
    page = client.post(link, {"gap": gap.pk, "marks": lees.marks.get().pk}, follow=True)
    assert "1 step is tied to the gap." in text(page)
    assert "Every reason has its gap" in text(page)


def test_pages_of_gaps_take_few_queries_however_many_there_are(
    client: Any, ban: Ban, gap: Gap, owner: Any, lead: Any, now: Any, django_assert_max_num_queries: Any
) -> None:
    Gap.objects.bulk_create(Gap(ban=ban, title=f"Gap {n}", opened_by=lead, opened_at=now) for n in range(30))
    sign_in(client, owner)
    with django_assert_max_num_queries(9):
        client.get(reverse("ban-gaps", args=[ban.pk]))
    with django_assert_max_num_queries(6):
        client.get(reverse("gaps"))
    with django_assert_max_num_queries(14):
        client.get(reverse("gap", args=[gap.pk]))
    own = reverse("checklist", args=[ban.checklists.get(person=owner).pk])
    with django_assert_max_num_queries(15):  # one more than under a ban without gaps
        client.get(own)
