from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import outline
from migration_planner.planning.models import Checklist, Event, Mark, Step, Workflow
from migration_planner.web import markdown

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def as_employee(client: Any, employee: Any) -> Any:
    client.force_login(employee, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def sign_in(client: Any, user: Any) -> Any:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def url(checklist: Checklist, step: Step | None = None) -> str:
    if step is None:
        return reverse("checklist", args=[checklist.pk])
    return reverse("checklist-step", args=[checklist.pk, step.pk])


def test_the_page_says_what_is_banned_what_to_use_why_by_when_how_long_and_who_helps(
    as_employee: Any, ban: Any, checklist: Checklist
) -> None:
    ban.help = "Ask in **#editors**."
    ban.save(update_fields=["help"])
    page = as_employee.get(url(checklist)).content.decode()
    for words in (
        "Move from Old Editor to New Editor",
        "Its vendor reads our code.",
        "Security review 12",
        "Mon 30 Nov 2026, 18:00 your time (Asia/Shanghai)",
        "about 15 minutes",
        "Ask in <strong>#editors</strong>.",
        "Reading its documentation stays allowed.",
        'href="mailto:olga@acme.example"',
    ):
        assert words in page


def test_workflows_say_how_far_they_carry_over_and_an_unknown_one_is_a_question(
    as_employee: Any, ban: Any, checklist: Checklist
) -> None:
    known = {"key": "macros", "position": 1, "title": "Macros", "compatibility": "partial", "limits": "No **loops**."}
    macros = Workflow.objects.create(ban=ban, **known)
    Workflow.objects.create(ban=ban, key="ssh", position=2, title="Ssh", compatibility="unknown", question="Does it?")
    Step.objects.filter(ban=ban, key="install").update(workflow=macros)
    page = as_employee.get(url(checklist)).content.decode()
    for words in ("Carries over in part", "No <strong>loops</strong>.", "Not known yet", "Does it?"):
        assert words in page


def test_marking_without_javascript_goes_back_to_the_step(as_employee: Any, checklist: Checklist) -> None:
    step = checklist.steps()[0]
    answer = as_employee.post(url(checklist, step), {"state": "done"})
    assert (answer.status_code, answer["Location"]) == (303, f"{url(checklist)}#step-{step.pk}")
    assert checklist.marks.get().state == Mark.State.DONE


def test_marking_by_htmx_answers_the_row_the_progress_and_what_comes_next(
    as_employee: Any, checklist: Checklist
) -> None:
    first, second = checklist.steps()[:2]
    answer = as_employee.post(url(checklist, first), {"state": "done"}, **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert f'id="step-{first.pk}"' in page
    assert f'data-then="step-{second.pk}"' in page
    assert f'id="step-{second.pk}"' not in page, "a row somebody may be typing in stays as it is"
    assert "1 of 3 steps finished" in page
    assert 'id="live"' in page


def test_a_double_click_and_a_second_device_change_nothing_twice(as_employee: Any, checklist: Checklist) -> None:
    step = checklist.steps()[0]
    for _click in range(3):
        assert as_employee.post(url(checklist, step), {"state": "done"}, **HTMX).status_code == 200
    assert Event.objects.filter(checklist=checklist).count() == 1


def test_undo_opens_the_step_again(as_employee: Any, checklist: Checklist) -> None:
    step = checklist.steps()[0]
    as_employee.post(url(checklist, step), {"state": "done"})
    page = as_employee.post(url(checklist, step), {"state": "open"}, **HTMX).content.decode()
    assert "0 of 3 steps finished" in page
    assert not checklist.marks.exists()


def test_the_last_required_step_ends_the_reminders_and_thanks_and_optional_ones_do_not_block(
    as_employee: Any, checklist: Checklist
) -> None:
    *_, last = required = list(checklist.steps().filter(required=True))
    for step in required[:-1]:
        assert "Thank you" not in as_employee.post(url(checklist, step), {"state": "done"}, **HTMX).content.decode()
    page = as_employee.post(url(checklist, last), {"state": "not_applicable", "note": "Never had it"}, **HTMX)
    for words in (
        "Thank you!",
        "reminders about this ban have ended",
        "Optional steps can still be done",
        "data-focus",
    ):
        assert words in page.content.decode()
    whole = as_employee.get(url(checklist)).content.decode()
    assert "Thank you!" in whole
    assert "optional" in whole


def test_without_javascript_finishing_goes_to_the_top_where_the_thanks_stand(
    as_employee: Any, checklist: Checklist
) -> None:
    for step in checklist.steps().filter(required=True):
        answer = as_employee.post(url(checklist, step), {"state": "done"})
    assert answer["Location"] == url(checklist)


@pytest.mark.parametrize("extra", [{}, HTMX], ids=["page", "part"])
def test_a_missing_reason_is_refused_with_what_to_do_and_leaves_the_step_open(
    as_employee: Any, checklist: Checklist, extra: Any
) -> None:
    step = checklist.steps()[1]
    answer = as_employee.post(url(checklist, step), {"state": "blocked", "note": "  "}, **extra)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Give a reason in a few words." in page
    assert f'id="step-{step.pk}"' in page
    assert ("<html" in page) is (not extra)
    assert not checklist.marks.exists()


@pytest.mark.parametrize("extra", [{}, HTMX], ids=["page", "part"])
def test_what_was_typed_stays_when_the_product_says_no(as_employee: Any, checklist: Checklist, extra: Any) -> None:
    step = checklist.steps()[1]
    answer = as_employee.post(url(checklist, step), {"state": "blocked", "reason": "<i>" + "x" * 2001}, **extra)
    assert answer.status_code == 409
    assert "&lt;i&gt;" + "x" * 2001 in answer.content.decode()


def test_evidence_is_asked_for_shown_and_never_run(as_employee: Any, checklist: Checklist) -> None:
    step = checklist.steps()[0]
    Step.objects.filter(pk=step.pk).update(evidence="a link to the ticket")
    page = as_employee.post(url(checklist, step), {"state": "done"}, **HTMX)
    assert page.status_code == 409
    assert "This step asks for evidence: a link to the ticket" in page.content.decode()
    note = "https://tickets.example/1 <script>alert(1)</script> javascript:alert(1)"
    page = as_employee.post(url(checklist, step), {"state": "done", "note": note}, **HTMX).content.decode()
    assert 'href="https://tickets.example/1" rel="nofollow"' in page
    assert "<script" not in page
    assert 'href="javascript' not in page


def test_a_state_that_does_not_exist_is_answered_with_422(as_employee: Any, checklist: Checklist) -> None:
    answer = as_employee.post(url(checklist, checklist.steps()[0]), {"state": "finished"}, **HTMX)
    assert answer.status_code == 422
    assert "Reload the page" in answer.content.decode()


def test_a_step_removed_meanwhile_is_refused_as_a_toast_and_the_page_stays(
    as_employee: Any, checklist: Checklist, now: datetime
) -> None:
    step = checklist.steps()[0]
    Step.objects.filter(pk=step.pk).update(removed_at=now)
    answer = as_employee.post(url(checklist, step), {"state": "done"}, **HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#toasts")
    assert "not asked for any more" in answer.content.decode()


def test_a_tab_older_than_the_end_of_the_ban_reads_why_and_gets_a_row_without_buttons(
    as_employee: Any, ban: Any, owner: Any, checklist: Checklist, now: datetime
) -> None:
    step = checklist.steps()[0]
    ban.withdraw(by=owner, now=now, why="The vendor changed its terms.")
    answer = as_employee.post(url(checklist, step), {"state": "done"}, **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This ban has ended" in page
    assert "<form" not in page


def test_a_frozen_checklist_can_be_read_and_says_why(
    as_employee: Any, ban: Any, owner: Any, employee: Any, checklist: Checklist, now: datetime
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=employee, now=now, note="No licence")
    ban.withdraw(by=owner, now=now, why="The vendor changed its terms.")
    page = as_employee.get(url(checklist)).content.decode()
    for words in ("This ban was withdrawn", "The vendor changed its terms.", "No licence", "Blocked"):
        assert words in page
    assert "/steps/" not in page


def test_a_stopped_checklist_says_that_the_ban_does_not_reach_this_team(as_employee: Any, checklist: Checklist) -> None:
    Checklist.objects.filter(pk=checklist.pk).update(state="stopped", stopped_why="outside")
    page = as_employee.get(url(checklist)).content.decode()
    assert "does not reach this team any more" in page
    assert "/steps/" not in page


@pytest.mark.parametrize("who", ["lead", "owner", "auditor"])
def test_others_who_may_see_it_read_it_and_cannot_mark(
    who: str, client: Any, checklist: Checklist, request: Any
) -> None:
    sign_in(client, request.getfixturevalue(who))
    page = client.get(url(checklist)).content.decode()
    assert "only Eve can mark its steps" in page
    assert "/steps/" not in page
    assert client.post(url(checklist, checklist.steps()[0]), {"state": "done"}).status_code == 403
    assert client.get(reverse("checklist-history", args=[checklist.pk])).status_code == 200


def test_a_stranger_finds_nothing(client: Any, outsider: Any, checklist: Checklist) -> None:
    sign_in(client, outsider)
    assert client.get(url(checklist)).status_code == 404
    assert client.post(url(checklist, checklist.steps()[0]), {"state": "done"}).status_code == 404
    assert client.get(reverse("checklist-history", args=[checklist.pk])).status_code == 404


def test_a_step_of_the_team_or_of_another_ban_is_not_a_step_of_this_checklist(
    as_employee: Any, ban: Any, checklist: Checklist
) -> None:
    of_team = ban.steps.get(key="announce")
    assert as_employee.post(url(checklist, of_team), {"state": "done"}).status_code == 404


def test_history_tells_who_marked_what_when_and_why(as_employee: Any, checklist: Checklist) -> None:
    as_employee.post(url(checklist, checklist.steps()[0]), {"state": "blocked", "note": "No licence"})
    page = as_employee.get(reverse("checklist-history", args=[checklist.pk])).content.decode()
    for words in ("Eve", "marked a step blocked: Export", "No licence"):
        assert words in page


def test_a_reason_is_reported_and_only_what_is_finished_is_claimed(as_employee: Any, checklist: Checklist) -> None:
    as_employee.post(url(checklist, checklist.steps()[0]), {"state": "blocked", "note": "No licence"})
    page = as_employee.get(url(checklist)).content.decode()
    assert "Reported by Eve" in page
    assert "Claimed by" not in page


def test_workflows_that_no_own_step_depends_on_fold_away(as_employee: Any, ban: Any, checklist: Checklist) -> None:
    Workflow.objects.create(ban=ban, key="ci", position=9, title="Jobs in pipelines", compatibility="full")
    page = as_employee.get(url(checklist)).content.decode()
    folded = page[page.index('<details class="fold shut"><summary><h2>What else people built') :]
    assert "Jobs in pipelines" in folded[: folded.index("</details>")]


def test_the_page_takes_the_same_few_queries_however_long_the_checklist_is(
    as_employee: Any, ban: Any, employee: Any, checklist: Checklist, now: datetime, django_assert_num_queries: Any
) -> None:
    for n in range(20):
        flow = Workflow.objects.create(ban=ban, key=f"w{n}", position=n, title=f"W{n}", compatibility="full")
        step = Step.objects.create(ban=ban, workflow=flow, key=f"s{n}", position=9 + n, title=f"S{n}", guidance="*x*")
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    with django_assert_num_queries(9):  # session, reader, checklist, glance, steps, marks, scope, workflows, owners
        as_employee.get(url(checklist))


def test_a_mark_takes_few_queries(as_employee: Any, checklist: Checklist, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(13):  # of which one asks at a glance whether there is anything more to ask
        as_employee.post(url(checklist, checklist.steps()[0]), {"state": "done"}, headers={"HX-Request": "true"})


def test_another_word_about_a_workflow_shows_at_once_though_its_text_is_kept(
    as_employee: Any, ban: Any, checklist: Checklist
) -> None:
    flow = Workflow.objects.create(
        ban=ban, key="hooks", position=1, title="Hooks", compatibility="none", sources=[{"url": "https://one.example"}]
    )
    for change in (
        {"title": "Hooks, renamed"},
        {"limits": "None *known*"},
        {"sources": [{"url": "https://two.example"}]},
    ):
        before = as_employee.get(url(checklist)).content.decode()
        Workflow.objects.filter(pk=flow.pk).update(**change)
        after = as_employee.get(url(checklist)).content.decode()
        words = {"limits": "None <em>known</em>", "sources": "https://two.example"}.get(
            next(iter(change)), "Hooks, renamed"
        )
        assert words not in before
        assert words in after


def test_guidance_that_everybody_reads_is_rendered_once() -> None:
    before = markdown.render.cache_info().hits
    markdown.render("The same words, rendered once")
    markdown.render("The same words, rendered once")
    assert markdown.render.cache_info().hits == before + 1


def test_the_next_step_is_the_next_required_one_nobody_touched_and_then_the_first(
    checklist: Checklist, employee: Any, now: datetime
) -> None:
    export, install, uninstall = checklist.steps().filter(required=True)
    lines = outline.of_checklist(checklist)
    assert lines.first_open is not None
    assert lines.first_open.step == export
    follows = [lines.open_after(step.pk) for step in (export, install, uninstall)]
    assert [line.step for line in follows if line] == [install, uninstall, export]
    for step in (export, install, uninstall):
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    lines = outline.of_checklist(checklist)
    assert lines.open_after(uninstall.pk) is None
    assert lines.first_open is not None
    assert lines.first_open.step.required is False
    assert (lines.finished, lines.minutes_left) == (3, 0)


def test_the_deadline_is_told_by_the_readers_own_clock(client: Any, owner: Any, checklist: Checklist) -> None:
    page = sign_in(client, owner).get(url(checklist)).content.decode()
    assert "Mon 30 Nov 2026, 11:00 your time (Europe/Berlin)" in page


def test_time_left_is_told_in_working_days(as_employee: Any, ban: Any, checklist: Checklist) -> None:
    soon = (timezone.now() + timedelta(days=21)).astimezone(ZoneInfo("Asia/Shanghai"))
    ban.set_cutoff(soon.date(), soon.time(), "Asia/Shanghai")
    ban.save()
    ban.migrations.update(deadline_at=ban.cutoff_at)
    assert "15 working days left" in as_employee.get(url(checklist)).content.decode()
