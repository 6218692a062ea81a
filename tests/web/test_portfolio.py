"""All bans side by side."""

from datetime import date, datetime, time
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import overlap, publishing
from migration_planner.planning.models import Ban, Mark, Step, Tool
from migration_planner.reminders import coming
from migration_planner.reminders.planning import plan
from migration_planner.steering.models import Forecast


def another(owner: Any, team: Any, tool: str, *, now: datetime) -> Ban:
    """A second ban in force, over one team."""
    ban = Ban(tool=Tool.called(tool), replacement=Tool.called(f"New {tool}"), reason="Costs.", created_at=now)
    ban.set_cutoff(date(2026, 12, 1), time(18), "UTC")
    ban.save()
    ban.owners.add(owner)
    ban.write_scope("All of it.", by=owner, now=now)
    ban.audience_teams.create(team=team)
    Step.objects.create(ban=ban, key="go", position=0, title="Go")
    ban.count_steps()
    publishing.publish(ban, by=owner, now=now)
    return ban


@pytest.fixture
def chat(ban: Any, owner: Any, search: Any, now: datetime) -> Ban:
    return another(owner, search, "Chat", now=now)


def test_each_ban_stands_with_its_figures_its_health_and_the_reason(
    client: Any, owner: Any, ban: Any, chat: Any, now: datetime
) -> None:
    at = {"ban": ban, "day": now.date(), "made_at": now, "people": 3, "done": 0, "all_by": [None] * 3}
    Forecast.objects.create(**at, by_cutoff=[2, 1, 0], people_then=3)
    Forecast.objects.create(**at | {"day": date(2026, 11, 1)}, by_cutoff=[3, 3, 3], people_then=3)
    client.force_login(owner)
    answer = client.get(reverse("portfolio"))
    if timezone.now() < ban.cutoff_at:
        assert [(row.ban, row.health.word) for row in answer.context["rows"]] == [(ban, "at_risk"), (chat, "too_early")]
        assert "up to 2 people miss the cutoff" in answer.content.decode()
        assert "At least 1 of 3 by the cutoff" in answer.content.decode()


def test_an_owner_reads_the_own_bans_and_an_auditor_all_of_them(
    client: Any, ban: Any, chat: Any, auditor: Any, person: Any
) -> None:
    rival = person("rita", is_owner=True)
    chat.owners.set([rival])
    for user, seen in ((rival, [chat]), (auditor, [ban, chat])):
        client.force_login(user)
        found = client.get(reverse("portfolio")).context["rows"]
        assert sorted((row.ban for row in found), key=lambda each: each.pk) == seen


def test_who_runs_no_ban_has_no_portfolio(client: Any, ban: Any, lead: Any) -> None:
    client.force_login(lead)
    assert client.get(reverse("portfolio")).status_code == 403


def test_ended_bans_are_folded_and_drafts_left_out(client: Any, ban: Any, chat: Any, owner: Any, now: datetime) -> None:
    chat.close(by=owner, now=now)
    client.force_login(owner)
    context = client.get(reverse("portfolio")).context
    assert ([row.ban for row in context["rows"]], context["ended"]) == ([ban], [chat])


def test_teams_with_people_to_finish_under_two_bans_overlap_until_one_is_done(
    ban: Any, chat: Any, search: Any, lead: Any, employee: Any, now: datetime
) -> None:
    [row] = overlap.of_bans([ban.pk, chat.pk]).rows
    assert (row.team_id, row.bans, row.people, row.unfinished) == (search.pk, [ban.pk, chat.pk], 2, 4)
    assert overlap.of_bans([ban.pk]).rows == []
    for each in (lead, employee):
        chat.checklists.get(person=each).mark(chat.steps.get(), Mark.State.DONE, by=each, now=now)
    assert overlap.of_bans([ban.pk, chat.pk]).teams == 0


def test_the_mails_of_a_week_are_counted_by_person_and_a_day_of_two_bans_is_one_mail(
    ban: Any, chat: Any, now: datetime
) -> None:
    plan(now=now)
    both, one = coming.week([ban.pk, chat.pk], now=now), coming.week([ban.pk], now=now)
    assert sum(each.people for each in both) == 3 == sum(each.people for each in one)
    assert recounted([ban.pk, chat.pk], now=now) == {each.mails: each.people for each in both}
    assert coming.week([], now=now) == []


def recounted(bans: list[int], *, now: datetime) -> dict[int, int]:
    """The same by hand, over the rows of the ORM."""
    from migration_planner.reminders.models import Reminder

    mails: dict[int, set[int]] = {}
    for row in Reminder.objects.waiting().filter(ban__in=bans, mail__isnull=False).select_related("mail"):
        if row.due_at < now + coming.WEEK:
            mails.setdefault(row.person_id, set()).add(row.mail_id)
    numbers = [len(each) for each in mails.values()]
    return {number: numbers.count(number) for number in numbers}


@pytest.mark.parametrize(
    ("name", "says"),
    [("portfolio-mail", "People by the number of mails"), ("portfolio-teams", "1 team has people to finish")],
)
def test_what_takes_longer_is_fetched_by_the_portfolio_and_a_page_of_its_own_too(
    client: Any, owner: Any, ban: Any, chat: Any, name: str, says: str
) -> None:
    plan(now=timezone.now())
    client.force_login(owner)
    portfolio = client.get(reverse("portfolio")).content.decode()
    assert f'hx-get="{reverse(name)}"' in portfolio
    assert f'<a href="{reverse(name)}">' in portfolio
    page = client.get(reverse(name)).content.decode()
    part = client.get(reverse(name), headers={"HX-Request": "true"}).content.decode()
    assert ("<h1>" in page, "<h1>" in part) == (True, False)
    assert says in part


def test_where_no_team_is_under_two_bans_it_says_so(client: Any, owner: Any, ban: Any) -> None:
    client.force_login(owner)
    assert reverse("portfolio-teams") not in client.get(reverse("portfolio")).content.decode(), "there is one ban"
    assert (
        "No team has people to finish under more than one ban."
        in client.get(reverse("portfolio-teams")).content.decode()
    )


def test_more_bans_cost_no_more_queries(
    client: Any, owner: Any, ban: Any, search: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    client.force_login(owner)
    client.get(reverse("portfolio"))
    with django_assert_num_queries(7):
        client.get(reverse("portfolio"))
    for number in range(4):
        another(owner, search, f"Tool {number}", now=now)
    with django_assert_num_queries(7):
        client.get(reverse("portfolio"))
