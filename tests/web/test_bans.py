from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import playbooks
from migration_planner.planning.drafting import draft_ban
from migration_planner.planning.models import Ban, Event


@pytest.fixture
def fresh(owner: Any) -> Ban:
    """A draft from the general playbook, without audience and cutoff."""
    return draft_ban(
        playbooks.find("any-tool"),
        by=owner,
        now=timezone.now(),
        owners=[owner],
        tool="Slow Chat",
        replacement="Quick Chat",
    )


def url(name: str, ban: Ban, *more: int) -> str:
    return reverse(name, args=[ban.pk, *more])


PARTS = [
    "ban-basics",
    "ban-audience",
    "ban-cutoff",
    "ban-steps",
    "ban-step-new",
    "ban-ladder",
    "ban-preview",
    "ban-discarding",
]


@pytest.mark.parametrize("name", PARTS)
def test_every_part_of_a_draft_opens_in_any_order_for_its_owner_alone(
    client: Any, fresh: Ban, owner: Any, auditor: Any, employee: Any, name: str
) -> None:
    for user, status in ((owner, 200), (auditor, 403), (employee, 404)):
        client.force_login(user)
        assert client.get(url(name, fresh)).status_code == status


def test_an_owner_goes_from_a_playbook_to_a_published_ban_without_javascript(
    client: Any, owner: Any, lead: Any, employee: Any, acme: Any
) -> None:
    client.force_login(owner)
    answer = client.post(reverse("ban-new"), {"playbook": "any-tool", "tool": "Slow Chat", "replacement": "Quick Chat"})
    ban = Ban.objects.get()
    assert (answer.status_code, answer.url) == (303, url("ban-basics", ban))

    page = client.get(answer.url)
    words = {**page.context["form"].initial, "owners": "olga@acme.example", "reason": "Its vendor is gone."}
    answer = client.post(url("ban-basics", ban), words)
    assert answer.url == url("ban-audience", ban)

    client.post(url("ban-audience", ban), {"team": acme.pk, "standing": "included"})
    day = (timezone.now() + timedelta(days=30)).date()
    answer = client.post(url("ban-cutoff", ban), {"day": day.isoformat(), "at": "18:00", "zone": "Asia/Shanghai"})
    assert answer.url == url("ban-steps", ban)

    page = client.get(url("ban-preview", ban))
    assert "Publish to 3 people" in page.content.decode()
    answer = client.post(url("ban-publication", ban))
    assert Ban.objects.get().is_draft
    answer = client.post(url("ban-publication", ban), {"confirmed": "on"}, follow=True)
    assert "Published to 3 people" in answer.content.decode()
    assert Ban.objects.get().is_live
    assert ban.reason == "" or Ban.objects.get().reason == "Its vendor is gone."


def test_the_preview_says_what_is_missing_and_links_there(client: Any, fresh: Ban, owner: Any) -> None:
    client.force_login(owner)
    page = client.get(url("ban-preview", fresh)).content.decode()
    assert f'<a href="{url("ban-audience", fresh)}">Choose an audience' in page
    assert f'<a href="{url("ban-cutoff", fresh)}">Set the cutoff' in page
    assert "confirmed" not in page
    answer = client.post(url("ban-publication", fresh), {"confirmed": "on"})
    assert answer.status_code == 409
    assert "Set the cutoff" in answer.content.decode()


def test_an_older_form_is_sent_back_with_what_was_typed_and_what_the_other_wrote(
    client: Any, fresh: Ban, owner: Any
) -> None:
    client.force_login(owner)
    old = {**client.get(url("ban-basics", fresh)).context["form"].initial, "owners": owner.email}
    client.post(url("ban-basics", fresh), {**old, "reason": "Theirs."})
    answer = client.post(url("ban-basics", fresh), {**old, "reason": "Mine, at length."})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Mine, at length." in page
    assert "Theirs." in page
    assert Ban.objects.get().reason == "Theirs."
    again = {**old, "reason": "Mine, at length.", "seen": answer.context["form"]["seen"].value()}
    assert client.post(url("ban-basics", fresh), again).status_code == 303
    assert Ban.objects.get().reason == "Mine, at length."


def test_wrong_input_is_said_at_its_field_and_nothing_is_saved(client: Any, fresh: Ban, owner: Any) -> None:
    client.force_login(owner)
    old = {**client.get(url("ban-basics", fresh)).context["form"].initial, "owners": owner.email}
    answer = client.post(url("ban-basics", fresh), {**old, "scope": "", "owners": "nonsense"})
    assert answer.status_code == 422
    assert {"scope", "owners"} == set(answer.context["form"].errors)
    answer = client.post(url("ban-basics", fresh), {**old, "owners": "nobody@acme.example", "reason": "Kept here."})
    assert answer.status_code == 409
    assert "nobody@acme.example" in answer.content.decode()
    assert "Kept here." in answer.content.decode()
    assert client.post(url("ban-cutoff", fresh), {"day": "2026-13-40", "at": "18:00", "zone": "UTC"}).status_code == 422
    assert client.post(url("ban-cutoff", fresh), {"day": "2020-01-01", "at": "18:00", "zone": "UTC"}).status_code == 409
    assert fresh.events.count() == 1


def test_saving_and_staying_comes_back_to_the_same_part(client: Any, fresh: Ban, owner: Any) -> None:
    client.force_login(owner)
    values = {"day": "2036-11-30", "at": "18:00", "zone": "UTC", "then": "stay"}
    assert client.post(url("ban-cutoff", fresh), values).url == url("ban-cutoff", fresh)


def test_while_choosing_a_cutoff_one_reads_what_it_means(client: Any, fresh: Ban, owner: Any) -> None:
    client.force_login(owner)
    page = client.get(
        url("ban-cutoff", fresh),
        {"day": "2036-11-30", "at": "18:00", "zone": "Asia/Shanghai"},
        headers={"HX-Request": "true"},
    )
    words = page.content.decode()
    assert "<html" not in words
    assert "10:00 (UTC)" in words
    assert "days of notice" in words


def test_teams_are_found_by_search_and_by_going_down_and_standing_shows(
    client: Any, fresh: Ban, owner: Any, acme: Any, search: Any, sales: Any, lead: Any
) -> None:
    client.force_login(owner)
    assert "Engineering" in client.get(url("ban-audience", fresh), {"in": acme.pk}).content.decode()
    client.post(url("ban-audience", fresh), {"team": acme.pk, "standing": "included"})
    answer = client.post(
        url("ban-audience", fresh),
        {"team": search.pk, "standing": "excluded", "q": "sea"},
        headers={"HX-Request": "true"},
    )
    words = answer.content.decode()
    assert words.lstrip().startswith('<div class="stack" id="audience">')
    assert "left out" in words
    assert client.post(url("ban-audience", fresh), {"team": sales.pk, "standing": "toggled"}).status_code == 409
    assert client.post(url("ban-audience", fresh), {"team": 0, "standing": "included"}).status_code == 404


def test_what_is_still_missing_follows_a_change_that_htmx_swaps_in(
    client: Any, fresh: Ban, owner: Any, lead: Any, acme: Any
) -> None:
    client.force_login(owner)
    missing = "Choose an audience with at least one person in it."
    assert missing in client.get(url("ban-audience", fresh)).content.decode()
    part = client.post(
        url("ban-audience", fresh), {"team": acme.pk, "standing": "included"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert missing not in part
    assert part.count('hx-swap-oob="true"') == 2  # the parts of the draft, and what it lacks
    for step in fresh.steps.live():
        part = client.post(url("ban-step-removal", fresh, step.pk), headers={"HX-Request": "true"}).content.decode()
    assert "No steps yet." in part
    assert 'id="lacks"' in part


def test_a_step_moves_changes_and_goes_and_its_row_comes_back_for_htmx(client: Any, fresh: Ban, owner: Any) -> None:
    client.force_login(owner)
    first, second = fresh.steps.all()[:2]
    client.post(url("ban-step-place", fresh, second.pk), {"position": "0"})
    assert fresh.steps.first() == second
    part = client.post(
        url("ban-step-requirement", fresh, second.pk), {"required": "no"}, headers={"HX-Request": "true"}
    )
    assert part.content.decode().lstrip().startswith('<div class="stack" id="steps">')
    second.refresh_from_db()
    assert second.required is False
    client.post(url("ban-step-requirement", fresh, second.pk), {"required": "no"})
    assert fresh.events.filter(verb=Event.Verb.EDITED).count() == 2
    client.post(url("ban-step-removal", fresh, first.pk))
    assert not fresh.steps.filter(pk=first.pk).exists()
    assert client.post(url("ban-step-place", fresh, second.pk), {"position": "-1"}).status_code == 409


def test_a_step_is_edited_on_its_page(client: Any, fresh: Ban, owner: Any) -> None:
    client.force_login(owner)
    step = fresh.steps.first()
    assert step is not None
    form = client.get(url("ban-step", fresh, step.pk)).context["form"]
    values = {name: value for name, value in form.initial.items() if value is not None} | {
        "title": "Look around",
        "place": 3,
    }
    assert client.post(url("ban-step", fresh, step.pk), values).status_code == 303
    assert fresh.steps.all()[2].title == "Look around"
    stale = client.post(url("ban-step", fresh, step.pk), {**values, "title": "Look away"})
    assert stale.status_code == 409
    assert "Look away" in stale.content.decode()
    assert "Look around" in stale.content.decode()


def test_a_step_of_another_ban_is_not_found(client: Any, fresh: Ban, draft: Ban, owner: Any) -> None:
    client.force_login(owner)
    foreign = draft.steps.first()
    assert foreign is not None
    for name in ("ban-step", "ban-step-place", "ban-step-removal", "ban-step-requirement"):
        assert client.post(url(name, fresh, foreign.pk), {"position": "0"}).status_code == 404


def test_a_discarded_draft_is_gone_for_its_owner(client: Any, fresh: Ban, owner: Any) -> None:
    client.force_login(owner)
    assert client.post(url("ban-discarding", fresh), follow=True).status_code == 200
    assert client.get(url("ban", fresh)).status_code == 404
    assert client.get(reverse("bans")).context["rows"] == []


def test_an_old_link_to_a_draft_leads_to_the_ban_it_became(client: Any, ban: Ban, owner: Any) -> None:
    client.force_login(owner)
    for name in ("ban-basics", "ban-cutoff", "ban-preview", "ban-discarding"):
        assert client.get(url(name, ban)).url == url("ban", ban)
    values = {"day": "2036-11-30", "at": "18:00", "zone": "UTC"}
    answer = client.post(url("ban-cutoff", ban), values)
    assert answer.status_code == 409
    assert "published meanwhile" in answer.content.decode()
    assert client.post(url("ban-publication", ban), {"confirmed": "on"}).status_code == 409


def test_everybody_in_the_audience_reads_the_announcement_and_nobody_else(
    client: Any, ban: Ban, employee: Any, lead: Any, outsider: Any, auditor: Any
) -> None:
    for user, status in ((employee, 200), (lead, 200), (auditor, 200), (outsider, 404)):
        client.force_login(user)
        assert client.get(url("ban", ban)).status_code == status
    client.force_login(employee)
    page = client.get(url("ban", ban)).content.decode()
    assert "Its vendor reads our code." in page
    assert "18:00 your time (Asia/Shanghai)" in page
    assert "Withdraw" not in page
    assert "History of this ban" not in page


def test_the_list_shows_each_what_they_may_see_in_a_fixed_number_of_queries(
    client: Any, ban: Ban, fresh: Ban, owner: Any, employee: Any, outsider: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(employee)
    rows = client.get(reverse("bans")).context["rows"]
    assert [(row["ban"], row["figures"], row["own"]) for row in rows] == [(ban, None, "not_started")]
    client.force_login(outsider)
    assert client.get(reverse("bans")).context["rows"] == []
    client.force_login(owner)
    for number in range(3):
        draft_ban(playbooks.find("any-tool"), by=owner, now=timezone.now(), owners=[owner], tool=f"Tool {number}")
    with django_assert_max_num_queries(9):
        rows = client.get(reverse("bans")).context["rows"]
    assert len(rows) == 5
    assert rows[-1]["figures"].people == 3


def test_only_those_who_may_draft_find_the_way(
    client: Any, owner: Any, employee: Any, administrator: Any, auditor: Any
) -> None:
    for user, status in ((owner, 200), (administrator, 200), (auditor, 403), (employee, 403)):
        client.force_login(user)
        assert client.get(reverse("ban-new")).status_code == status
    client.force_login(employee)
    assert client.get(reverse("playbooks")).status_code == 403


def test_a_playbook_shows_its_verdicts_in_words_and_its_sources(client: Any, owner: Any) -> None:
    client.force_login(owner)
    assert "Claude Code to Qoder" in client.get(reverse("playbooks")).content.decode()
    page = client.get(reverse("playbook", args=["claude-code-to-qoder"])).content.decode()
    assert "Carries over in part" in page
    assert 'href="https://docs.qoder.com/cli/hooks"' in page
    other = client.get(reverse("playbook", args=["claude-code-to-qoder"]), {"edition": "qoder-cn"}).content.decode()
    assert "qoderclicn" in other
    assert client.get(reverse("playbook", args=["nothing"])).status_code == 404


@pytest.mark.parametrize("nonsense", ["", "-1", "one", "٣", "9" * 30, "9" * 5000])
def test_numbers_that_are_none_find_nothing_and_break_nothing(
    client: Any, fresh: Ban, owner: Any, nonsense: str
) -> None:
    client.force_login(owner)
    step = fresh.steps.first()
    assert step is not None
    assert client.post(url("ban-audience", fresh), {"team": nonsense, "standing": "included"}).status_code == 404
    assert client.get(url("ban-audience", fresh), {"in": nonsense}).status_code == 200
    assert client.post(url("ban-step-place", fresh, step.pk), {"position": nonsense}).status_code == 409
    assert client.post(reverse("ban-new"), {"playbook": nonsense}).status_code in (200, 409)


def test_a_cutoff_in_the_past_is_refused_with_what_it_means_beside_it(client: Any, draft: Any, owner: Any) -> None:
    client.force_login(owner)
    past = {"day": "2020-12-18", "at": "18:00", "zone": "UTC"}
    answer = client.post(reverse("ban-cutoff", args=[draft.pk]), past)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Fri 18 Dec 2020" in page
    assert "This has passed already. Choose a later one." in page
    assert "Choose a date, a time and a zone" not in page
