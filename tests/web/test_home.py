from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from migration_planner.planning import publishing, work
from migration_planner.planning.models import Ban, Mark, Step, Tool


def read(client: Any, user: Any) -> str:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return str(client.get("/").content.decode())


def test_an_employee_reads_what_each_ban_asks_by_when_and_how_far_they_are(
    client: Any, employee: Any, checklist: Any, now: datetime
) -> None:
    checklist.mark(checklist.steps()[0], Mark.State.DONE, by=employee, now=now)
    page = read(client, employee)
    for words in (
        "Move from Old Editor to New Editor",
        "Started",
        "1 of 3 steps finished",
        "30 Nov 2026, 18:00 your time",
    ):
        assert words in page
    assert "Your teams" not in page
    assert "Bans you run" not in page


def test_finished_and_ended_ones_go_quietly_to_the_end(
    client: Any, employee: Any, checklist: Any, now: datetime
) -> None:
    for step in checklist.steps().filter(required=True):
        checklist.mark(step, Mark.State.DONE, by=employee, now=now)
    found = work.of_person(employee)
    assert ([], [checklist]) == (found.waiting, found.past)
    assert "Nothing is asked of you right now." in read(client, employee)


def test_nobody_with_nothing_to_do_sees_an_empty_page(client: Any, outsider: Any) -> None:
    assert "Nothing to do" in read(client, outsider)
    assert work.of_person(outsider).is_empty


def test_a_lead_sees_the_sums_of_their_teams_with_all_below(
    client: Any, ban: Any, lead: Any, employee: Any, team: Any, person: Any, checklist: Any, now: datetime
) -> None:
    person("ray", home=team("Acme/Engineering/Search/Ranking"))
    publishing.audience.follow(ban, now=now)
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=employee, now=now, note="No licence")
    (row,) = work.of_person(lead).teams
    assert (row.team.name, row.figures.people, row.figures.blocked, row.figures.not_started) == ("Search", 3, 1, 2)
    assert "Your teams" in read(client, lead)


def test_an_owner_sees_drafts_to_resume_and_live_bans_with_figures_and_no_others(
    client: Any, ban: Any, owner: Any, person: Any, now: datetime
) -> None:
    draft = Ban.objects.create(
        tool=Tool.called("Chatter"), replacement=Tool.called("Talk"), playbook="x", playbook_version="1", created_at=now
    )
    found = work.of_person(owner)
    assert (found.drafts, [row.ban for row in found.bans]) == ([], [ban])
    draft.owners.add(owner)
    found = work.of_person(owner)
    assert found.drafts == [draft]
    assert found.bans[0].figures.people == 3
    page = read(client, owner)
    assert "Chatter → Talk" in page
    assert "Bans you run" in page


def test_a_team_step_somebody_was_named_for_waits_until_it_is_finished(
    client: Any, ban: Any, lead: Any, employee: Any, checklist: Any, now: datetime
) -> None:
    step, migration = ban.steps.get(key="announce"), checklist.migration
    migration.assign(step, employee, by=lead, now=now)
    assert [row.step for row in work.of_person(employee).team_steps] == [step]
    assert "Steps you do for your team" in read(client, employee)
    migration.mark(step, Mark.State.DONE, by=employee, now=now)
    assert work.of_person(employee).team_steps == []


@pytest.mark.parametrize("bans", [1, 4])
def test_my_work_takes_the_same_few_queries_however_many_bans_there_are(
    client: Any, ban: Any, owner: Any, acme: Any, lead: Any, now: datetime, bans: int, django_assert_num_queries: Any
) -> None:
    acme.memberships.create(user=lead, role="lead")
    for n in range(bans):
        another = Ban(tool=Tool.called(f"T{n}"), replacement=ban.replacement, reason="x", playbook="x", created_at=now)
        another.set_cutoff(ban.cutoff_date, ban.cutoff_time, ban.cutoff_zone)
        another.save()
        another.owners.add(owner, lead)
        another.write_scope("x", by=owner, now=now)
        another.audience_teams.create(team=acme)
        Step.objects.create(ban=another, key="a", position=1, title="A")
        another.count_steps()
        publishing.publish(another, by=owner, now=now)
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    with django_assert_num_queries(10):
        client.get("/")


def test_who_may_draft_or_reads_all_bans_is_shown_the_way_when_nothing_is_to_do(
    client: Any, person: Any, auditor: Any, outsider: Any
) -> None:
    drafts, all_bans = reverse("ban-new"), f'class="button secondary" href="{reverse("bans")}"'
    for user, seen in (
        (person("ola", is_owner=True), (True, True)),
        (auditor, (False, True)),
        (outsider, (False, False)),
    ):
        client.force_login(user)
        page = client.get(reverse("home")).content.decode()
        assert "Nothing to do" in page
        assert (drafts in page, all_bans in page) == seen
