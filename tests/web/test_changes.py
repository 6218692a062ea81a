from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning.models import Ban, Checklist, Event
from tests.looks import confirm

CHANGES = ["ban-change-cutoff", "ban-change-scope", "ban-change-owners", "ban-close", "ban-withdrawal"]


def url(name: str, ban: Ban, *more: int) -> str:
    return reverse(name, args=[ban.pk, *more])


@pytest.mark.parametrize("name", CHANGES)
def test_changes_are_the_owners_alone(
    client: Any, ban: Ban, owner: Any, employee: Any, auditor: Any, outsider: Any, name: str
) -> None:
    for user, status in ((owner, 200), (employee, 403), (auditor, 403), (outsider, 404)):
        client.force_login(user)
        assert client.get(url(name, ban)).status_code == status
        if user != owner:
            assert client.post(url(name, ban), {"why": "x", "confirmed": "on"}).status_code == status
    assert Ban.objects.get().is_live


def test_a_cutoff_is_moved_with_a_reason(client: Any, ban: Ban, owner: Any) -> None:
    client.force_login(owner)
    day = (timezone.now() + timedelta(days=60)).date().isoformat()
    values = {"day": day, "at": "12:00", "zone": "UTC"}
    assert client.post(url("ban-change-cutoff", ban), values).status_code == 422
    answer = confirm(client, url("ban-change-cutoff", ban), {**values, "why": "Licences are late."}, follow=True)
    assert "cutoff was moved" in answer.content.decode()
    again = client.post(url("ban-change-cutoff", ban), {**values, "why": "Licences are late."})
    assert again.status_code == 409
    assert ban.events.filter(verb=Event.Verb.CUTOFF_MOVED).count() == 1
    history = client.get(url("ban-history", ban)).content.decode()
    assert "moved the cutoff" in history
    assert "Licences are late." in history


def test_a_scope_statement_is_replaced_but_not_over_a_newer_one(client: Any, ban: Ban, owner: Any) -> None:
    client.force_login(owner)
    first = {"scope": "The models too.", "why": "It was unclear.", "seen": "1"}
    assert client.post(url("ban-change-scope", ban), first).status_code == 303
    answer = client.post(url("ban-change-scope", ban), {"scope": "Not the models.", "why": "Late.", "seen": "1"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Not the models." in page
    assert "The models too." in page
    seen = answer.context["form"]["seen"].value()
    assert (
        client.post(
            url("ban-change-scope", ban), {"scope": "Not the models.", "why": "Late.", "seen": seen}
        ).status_code
        == 303
    )


def test_a_step_in_force_changes_with_a_reason_and_is_removed_with_one(client: Any, ban: Ban, owner: Any) -> None:
    client.force_login(owner)
    assert "Make optional" not in client.get(url("ban-steps", ban)).content.decode()
    step = ban.steps.first()
    assert step is not None
    values = {"title": "Export everything", "minutes": "10", "required": "on", "place": "1", "seen": ""}
    assert client.post(url("ban-step", ban, step.pk), values).status_code == 422
    assert client.post(url("ban-step", ban, step.pk), {**values, "why": "Nothing may be lost."}).status_code == 303
    assert client.post(url("ban-step-removal", ban, step.pk)).status_code == 409
    assert client.post(url("ban-step-removal", ban, step.pk), {"why": "Done centrally."}).status_code == 303
    assert not ban.steps.live().filter(pk=step.pk).exists()
    assert ban.events.filter(verb=Event.Verb.STEPS_CHANGED).count() == 2


def test_the_audience_in_force_changes_team_by_team_with_a_reason(
    client: Any, ban: Ban, owner: Any, search: Any, checklist: Any
) -> None:
    client.force_login(owner)
    choice = {"team": search.pk, "standing": "excluded"}
    assert client.post(url("ban-audience", ban), choice).status_code == 409
    assert "2 checklists stop" in client.get(url("ban-change-audience", ban), choice).content.decode()
    assert client.post(url("ban-change-audience", ban), choice).status_code == 422
    client.post(url("ban-change-audience", ban), {**choice, "why": "They moved already."})
    checklist.refresh_from_db()
    assert checklist.state == Checklist.State.STOPPED
    assert "2 stopped" in client.get(url("ban-history", ban)).content.decode()


def test_owners_are_changed_by_address(client: Any, ban: Ban, owner: Any, lead: Any) -> None:
    client.force_login(owner)
    unknown = client.post(url("ban-change-owners", ban), {"owners": "nobody@acme.example", "why": "x"})
    assert unknown.status_code == 409
    client.post(url("ban-change-owners", ban), {"owners": f"{lead.email}\n{owner.email}", "why": "Help."})
    assert set(ban.owners.all()) == {lead, owner}


def test_a_ban_is_withdrawn_with_a_reason_and_a_tick_and_reopened_within_a_day(
    client: Any, ban: Ban, owner: Any
) -> None:
    client.force_login(owner)
    assert client.post(url("ban-withdrawal", ban), {"why": "The flaw is mended."}).status_code == 422
    assert client.post(url("ban-withdrawal", ban), {"confirmed": "on"}).status_code == 422
    client.post(url("ban-withdrawal", ban), {"why": "The flaw is mended.", "confirmed": "on"})
    assert Ban.objects.get().state == Ban.State.WITHDRAWN
    assert client.post(url("ban-withdrawal", ban), {"why": "Again.", "confirmed": "on"}).status_code == 409
    assert "Reopen the ban" in client.get(url("ban", ban)).content.decode()
    client.post(url("ban-reopening", ban), {"why": "It was not."})
    assert Ban.objects.get().is_live
    assert client.get(url("ban-reopening", ban)).url == url("ban", ban)


def test_a_ban_is_closed_after_a_tick(client: Any, ban: Ban, owner: Any) -> None:
    client.force_login(owner)
    assert "3 people of 3 have not finished" in client.get(url("ban-close", ban)).content.decode()
    assert client.post(url("ban-close", ban)).status_code == 422
    client.post(url("ban-close", ban), {"confirmed": "on"})
    assert Ban.objects.get().state == Ban.State.CLOSED
    Ban.objects.update(ended_at=timezone.now() - timedelta(days=2))
    assert "Reopen the ban" not in client.get(url("ban", ban)).content.decode()
    assert client.post(url("ban-reopening", ban), {"why": "Late."}).status_code == 409


def test_history_is_paged_by_key_and_hides_marks_until_asked(
    client: Any, ban: Ban, checklist: Any, owner: Any, employee: Any, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    Event.objects.bulk_create(
        Event(at=now, verb="edited", actor=owner, ban=ban, data={"part": "cutoff"}) for _number in range(60)
    )
    checklist.mark(checklist.steps().first(), "done", by=employee, now=now)
    client.force_login(owner)
    with django_assert_max_num_queries(8):
        page = client.get(url("ban-history", ban))
    assert len(page.context["lines"]) == 50
    second = client.get(url("ban-history", ban), {"cursor": page.context["page"].after})
    assert [line.event.verb for line in second.context["lines"]][-1] == Event.Verb.PUBLISHED
    assert "marked a step done" not in page.content.decode()
    assert "marked a step done" in client.get(url("ban-history", ban), {"of": "everything"}).content.decode()
    client.force_login(employee)
    assert client.get(url("ban-history", ban)).status_code == 403


def test_every_kind_of_event_is_a_sentence_even_without_its_data(ban: Ban, owner: Any) -> None:
    from migration_planner.web import history

    for verb in Event.Verb:
        event = Event(at=timezone.now(), verb=verb, actor=owner, ban=ban, data={})
        line = history.line(event)
        assert line.who == "Olga"
        assert line.what


def test_an_audience_is_never_changed_to_nobody(client: Any, ban: Ban, owner: Any, acme: Any) -> None:
    client.force_login(owner)
    answer = client.post(
        url("ban-change-audience", ban), {"team": acme.pk, "standing": "unnamed", "why": "Nobody left."}
    )
    assert answer.status_code == 409
    assert "at least one person" in answer.content.decode()
    assert ban.audience_teams.count() == 1


def test_a_ban_whose_owners_have_all_left_gets_new_ones_from_an_administrator(
    client: Any, ban: Ban, owner: Any, lead: Any, administrator: Any
) -> None:
    page, new = url("ban", ban), url("ban-change-owners", ban)
    client.force_login(administrator)
    assert client.get(new).status_code == 403
    assert new not in client.get(page).content.decode()
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    assert new in client.get(page).content.decode()
    answer = client.post(new, {"owners": lead.email, "why": "Olga has left."})
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert list(ban.owners.all()) == [lead]
    assert client.post(new, {"owners": administrator.email, "why": "Mine."}).status_code == 403
    assert client.get(url("ban-close", ban)).status_code == 403


def test_a_reason_that_would_fill_a_mail_is_refused_wherever_it_is_typed(client: Any, ban: Ban, owner: Any) -> None:
    client.force_login(owner)
    before, step = ban.events.count(), ban.steps.per_person()[0]
    asked = {"rung": ["publishing:0", "before:5"], "why": "x" * 2001}
    assert client.post(url("ban-ladder", ban), asked).status_code == 409
    assert client.post(url("ban-step-removal", ban, step.pk), {"why": "x" * 2001}).status_code == 409
    assert ban.events.count() == before


def test_a_page_that_does_not_fit_says_what_state_the_ban_is_in_and_what_can_be_done(
    client: Any, ban: Ban, draft: Any, owner: Any, now: Any
) -> None:
    client.force_login(owner)

    def said(name: str) -> str:
        return str(client.get(url(name, ban), follow=True).content.decode())

    assert "This ban is in force. Change it with a reason, close it, or withdraw it." in said("ban-reopening")
    assert "This ban is in force." in said("ban-basics")
    ban.close(by=owner, now=timezone.now())
    for name in ("ban-change-cutoff", "ban-withdrawal", "ban-basics", "ban-playbook"):
        assert "This ban was closed, so nothing of it changes any more. It can be reopened within a day" in said(name)
    stale = client.post(url("ban-change-scope", ban), {"scope": "Less.", "why": "A stale tab."})
    assert "This ban was closed" in stale.content.decode()


def test_a_cutoff_that_has_passed_is_spelled_out_beside_the_refusal(
    client: Any, ban: Ban, draft: Any, owner: Any
) -> None:
    client.force_login(owner)
    past = {"day": "2020-12-18", "at": "18:00", "zone": "UTC", "why": "Sooner."}
    for form in (past, {**past, "seen": "x"}):
        answer = client.post(url("ban-change-cutoff", ban), form)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "This has passed already. Choose a later one." in page
        assert "Choose a date, a time and a zone" not in page


def test_the_withdrawal_says_what_the_catalogue_says_afterwards(
    client: Any, ban: Ban, owner: Any, administrator: Any
) -> None:
    client.force_login(owner)
    assert "In the catalogue" not in client.get(url("ban-withdrawal", ban)).content.decode()
    ban.tool.decide("restricted", "Only indoors.", now=timezone.now())
    page = client.get(url("ban-withdrawal", ban)).content.decode()
    assert "is then again what was decided before:" in page
    assert "Restricted" in page
